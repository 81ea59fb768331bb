include_guard(GLOBAL)

# offbeat_add_target(NAME name SOURCES file... VARIANTS variant... [LIBRARIES library...]
#                    [PROGRAMS program...] [REGISTRY registry])
#
# Adds a target that a source file defines with OB_TARGET(name, ...):
#   - for each variant an executable fuzz_NAME_VARIANT, linked with the engine of this build;
#   - the target becomes one of those that the command `offbeat` knows, or that a command of your
#     own knows, with the REGISTRY that it was made of (offbeat_add_registry(), offbeat_add_cli());
#   - with AFL++, for each variant a library afl_mutator_NAME_VARIANT.so.
# Its code is compiled into the object library offbeat_fuzzed_NAME, with the engine's
# instrumentation, and where that differs once more into offbeat_model_NAME, without; further flags
# or include folders of yours go to those. LIBRARIES are linked wherever the target is. PROGRAMS are
# what offbeat_add_program() has made, which the target's hosts run.
function(offbeat_add_target)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;REGISTRY"
                          "SOURCES;VARIANTS;LIBRARIES;PROGRAMS")
    offbeat_check_target_arguments()
    if(NOT arg_REGISTRY)
        set(arg_REGISTRY offbeat_registry)
    endif()

    offbeat_add_model(offbeat_fuzzed_${arg_NAME} offbeat_patterns fuzzed)
    offbeat_instrumented(offbeat_fuzzed_${arg_NAME})
    offbeat_sanitized(offbeat_fuzzed_${arg_NAME})
    offbeat_name_invariants("${arg_NAME}" offbeat_fuzzed_${arg_NAME} ${arg_VARIANTS})
    set_target_properties(offbeat_fuzzed_${arg_NAME} PROPERTIES OFFBEAT_VARIANTS "${arg_VARIANTS}")
    foreach(variant IN LISTS arg_VARIANTS)
        offbeat_add_fuzzer("${arg_NAME}" "${variant}")
    endforeach()
    set(invariants offbeat_invariants_${arg_NAME})
    add_library(${invariants} OBJECT EXCLUDE_FROM_ALL
                "${CMAKE_CURRENT_BINARY_DIR}/offbeat_fuzzed_${arg_NAME}_invariants.c")
    add_dependencies(${invariants} offbeat_fuzzed_${arg_NAME}_names)
    offbeat_language(${invariants})
    offbeat_uninstrumented(${invariants})
    offbeat_sanitized(${invariants})
    target_link_libraries(${invariants} PRIVATE offbeat_internals)

    if(OFFBEAT_MODELS_ARE_FUZZED)
        set(model offbeat_fuzzed_${arg_NAME})
    else()
        set(model offbeat_model_${arg_NAME})
        offbeat_add_model(${model} offbeat_patterns_model model)
        offbeat_uninstrumented(${model})
        offbeat_sanitized(${model})
        set_target_properties(${model} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
    target_link_libraries(${arg_REGISTRY} PRIVATE ${model} ${invariants})
    target_link_libraries(${arg_REGISTRY} INTERFACE ${arg_LIBRARIES})
    set_property(TARGET ${arg_REGISTRY} APPEND PROPERTY OFFBEAT_TARGET_NAMES "${arg_NAME}")

    if(OFFBEAT_ENGINE STREQUAL "afl")
        offbeat_add_model(offbeat_plain_${arg_NAME} offbeat_patterns_plain plain)
        offbeat_uninstrumented(offbeat_plain_${arg_NAME})
        target_compile_options(offbeat_plain_${arg_NAME} PRIVATE ${OFFBEAT_MUTATOR_SEES})
        offbeat_only_public(offbeat_plain_${arg_NAME})
        foreach(variant IN LISTS arg_VARIANTS)
            offbeat_add_afl_mutator("${arg_NAME}" "${variant}")
        endforeach()
    endif()
endfunction()

# Part of offbeat_add_target(): the names become parts of C identifiers and of file names.
macro(offbeat_check_target_arguments)
    set(usage "offbeat_add_target(NAME name SOURCES file... VARIANTS variant...)")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${usage}: what is '${arg_UNPARSED_ARGUMENTS}'?")
    endif()
    foreach(needed IN ITEMS NAME SOURCES VARIANTS)
        if("${arg_${needed}}" STREQUAL "")
            message(FATAL_ERROR "${usage}: ${needed} is missing")
        endif()
    endforeach()
    foreach(name IN ITEMS ${arg_NAME} ${arg_VARIANTS})
        if(NOT name MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
            message(FATAL_ERROR "${usage}: '${name}' is not a C identifier")
        endif()
    endforeach()
    set(distinct_variants ${arg_VARIANTS})
    list(REMOVE_DUPLICATES distinct_variants)
    if(NOT "${distinct_variants}" STREQUAL "${arg_VARIANTS}")
        message(FATAL_ERROR "${usage}: a variant of ${arg_NAME} is named twice")
    endif()
    if(TARGET offbeat_fuzzed_${arg_NAME})
        message(FATAL_ERROR "${usage}: there is a target ${arg_NAME} already")
    endif()
endmacro()

# Part of offbeat_add_target(): the code of the target, in one way of compiling it, with the patterns
# and its programs compiled in the same way.
macro(offbeat_add_model library patterns way)
    add_library(${library} OBJECT ${arg_SOURCES})
    offbeat_language(${library})
    offbeat_covered(${library})
    target_link_libraries(${library} PUBLIC offbeat_headers ${patterns} ${arg_LIBRARIES})
    foreach(program IN LISTS arg_PROGRAMS)
        offbeat_make_program("${program}" "${way}")
        target_link_libraries(${library} PUBLIC "offbeat_program_${way}_${program}")
    endforeach()
endmacro()

# offbeat_name_invariants(NAME LIBRARY VARIANT...): finds the invariants in the objects of LIBRARY,
# which checks them for the target NAME, and writes fuzz_NAME_VARIANT_frames.c for each variant, and
# a table of all for the command. What compiles one of these depends on LIBRARY_names.
function(offbeat_name_invariants name library)
    set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/OffbeatInvariants.cmake")
    set(base "${CMAKE_CURRENT_BINARY_DIR}/${library}_invariants")
    set(frames ${ARGN})
    list(TRANSFORM frames REPLACE "(.+)" "${CMAKE_CURRENT_BINARY_DIR}/fuzz_${name}_\\1_frames.c")
    file(GENERATE OUTPUT "${base}.objects" CONTENT "$<JOIN:$<TARGET_OBJECTS:${library}>,\n>\n")
    add_custom_command(
        OUTPUT "${base}.txt" "${base}.c" ${frames}
        COMMAND "${CMAKE_COMMAND}" "-DFILES=${base}.objects" "-DOUT=${base}.txt" -P "${script}"
        COMMAND "${CMAKE_COMMAND}" "-DIDS=${base}.txt;${OFFBEAT_INVARIANTS_OF_HARNESS}"
                "-DOWN=${base}.txt"
                "-DNAME=${name}" "-DVARIANTS=${ARGN}" "-DTABLE=${base}.c" "-DFRAMES=${frames}"
                -P "${script}"
        DEPENDS "$<TARGET_OBJECTS:${library}>" "${OFFBEAT_INVARIANTS_OF_HARNESS}"
                offbeat_invariants_of_harness "${script}"
        COMMENT "Invariants of ${name}" VERBATIM)
    add_custom_target(${library}_names DEPENDS "${base}.c" ${frames})
endfunction()

# offbeat_name_variant(FILE NAME VARIANT): the C file that tells the glue what it is glued to.
function(offbeat_name_variant file name variant)
    file(CONFIGURE OUTPUT "${file}" @ONLY CONTENT
[=[/* Generated: the target and the variant that this program runs. */
#include "engine/fuzzed.h"

extern const struct ob_target ob_target_@name@;

const struct ob_target *const ob_fuzzed_target = &ob_target_@name@;
const char ob_fuzzed_variant[] = "@variant@";
]=])
endfunction()

# offbeat_add_fuzzer(NAME VARIANT): an executable that the engine drives.
function(offbeat_add_fuzzer name variant)
    set(fuzzer fuzz_${name}_${variant})
    set(source "${CMAKE_CURRENT_BINARY_DIR}/${fuzzer}.c")
    offbeat_name_variant("${source}" "${name}" "${variant}")
    # One source a program, as a build has hundreds of them: the frames, behind the names.
    add_executable(${fuzzer} "${CMAKE_CURRENT_BINARY_DIR}/${fuzzer}_frames.c")
    target_compile_options(${fuzzer} PRIVATE "SHELL:-include \"${source}\"")
    offbeat_place(${fuzzer})
    add_dependencies(${fuzzer} offbeat_fuzzed_${name}_names)
    offbeat_language(${fuzzer})
    offbeat_uninstrumented(${fuzzer})
    offbeat_sanitized(${fuzzer})
    target_link_libraries(${fuzzer} PRIVATE offbeat_fuzzed_${name} offbeat_entry offbeat)
    offbeat_links_covered(${fuzzer})
    offbeat_watch_process_end(${fuzzer})
    if(NOT OFFBEAT_ENGINE STREQUAL "afl")
        target_link_libraries(${fuzzer} PRIVATE offbeat_libfuzzer_mutator)
        target_link_options(${fuzzer} PRIVATE "LINKER:--wrap=__sanitizer_set_death_callback")
    endif()
    offbeat_lead_comparisons(${fuzzer})
    offbeat_link_engine(${fuzzer})
endfunction()

# offbeat_lead_comparisons(PROGRAM): the hooks of the engine at comparisons are shared with the
# mutator, see engine/comparisons.h.
function(offbeat_lead_comparisons program)
    if(NOT OFFBEAT_ENGINE MATCHES "libfuzzer|external")
        return()
    endif()
    foreach(hook IN ITEMS cmp1 cmp2 cmp4 cmp8 const_cmp1 const_cmp2 const_cmp4 const_cmp8
            switch pc_indir)
        target_link_options(${program} PRIVATE "LINKER:--wrap=__sanitizer_cov_trace_${hook}")
    endforeach()
endfunction()

# offbeat_watch_process_end(PROGRAM): calls that end the process are led past engine/process_end.h.
function(offbeat_watch_process_end program)
    foreach(function IN ITEMS exit _exit _Exit quick_exit)
        target_link_options(${program} PRIVATE "LINKER:--wrap=${function}")
    endforeach()
endfunction()

# offbeat_add_afl_mutator(NAME VARIANT): a library that afl-fuzz loads. afl-fuzz knows neither
# instrumentation nor sanitizers, so nothing in it has them.
function(offbeat_add_afl_mutator name variant)
    set(mutator afl_mutator_${name}_${variant})
    set(source "${CMAKE_CURRENT_BINARY_DIR}/${mutator}.c")
    offbeat_name_variant("${source}" "${name}" "${variant}")
    add_library(${mutator} MODULE "${source}"
                "${CMAKE_CURRENT_BINARY_DIR}/fuzz_${name}_${variant}_frames.c")
    add_dependencies(${mutator} offbeat_fuzzed_${name}_names)
    offbeat_language(${mutator})
    offbeat_uninstrumented(${mutator})
    offbeat_place(${mutator})
    set(launcher "${CMAKE_COMMAND};-E;env;AFL_NOOPT=1")
    set_target_properties(${mutator} PROPERTIES PREFIX "" C_LINKER_LAUNCHER "${launcher}"
                          CXX_LINKER_LAUNCHER "${launcher}")
    offbeat_watch_process_end(${mutator})
    target_link_libraries(${mutator} PRIVATE offbeat_plain_${name} offbeat_afl_mutator offbeat_plain)
endfunction()

# offbeat_add_regression(NAME name SOURCE file TARGET target [VARIANT variant])
#
# Adds a regression test that `offbeat export --c` wrote: an executable regression_NAME, and for
# ctest the test regression.NAME, with the label `regression`. TARGET is the name that a call of
# offbeat_add_target() has given. The test runs the variant that the file was written for; VARIANT
# is another one, where the fix is a variant of its own. Call enable_testing() first.
function(offbeat_add_regression)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;SOURCE;TARGET;VARIANT" "")
    set(usage "offbeat_add_regression(NAME name SOURCE file TARGET target [VARIANT variant])")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${usage}: what is '${arg_UNPARSED_ARGUMENTS}'?")
    endif()
    foreach(needed IN ITEMS NAME SOURCE TARGET)
        if("${arg_${needed}}" STREQUAL "")
            message(FATAL_ERROR "${usage}: ${needed} is missing")
        endif()
    endforeach()
    if(NOT TARGET offbeat_fuzzed_${arg_TARGET})
        message(FATAL_ERROR "${usage}: there is no target ${arg_TARGET}; offbeat_add_target() "
                "has to add it first")
    endif()

    # No engine takes part, so where there are two ways of compiling the target, it is the one
    # without instrumentation.
    set(model offbeat_fuzzed_${arg_TARGET})
    if(TARGET offbeat_model_${arg_TARGET})
        set(model offbeat_model_${arg_TARGET})
    endif()
    set(executable regression_${arg_NAME})
    add_executable(${executable} "${arg_SOURCE}")
    offbeat_language(${executable})
    offbeat_uninstrumented(${executable})
    offbeat_sanitized(${executable})
    offbeat_links_covered(${executable})
    target_link_libraries(${executable} PRIVATE ${model} offbeat)
    add_test(NAME regression.${arg_NAME} COMMAND ${executable} ${arg_VARIANT})
    set_tests_properties(regression.${arg_NAME} PROPERTIES LABELS "regression" TIMEOUT 60)
endfunction()

# offbeat_add_regressions(TARGET target [VARIANT variant] FOLDER folder)
#
# Adds a test regression.TARGET.FILE for each file of the folder. FILE.c is what `offbeat export --c`
# wrote, see above; any other is a scenario, in text form (.txt) or as bytes (.bin), and the command
# of this build runs it. The variant is the first unless it is named. Each has to pass. The folder
# may be empty, and is looked at again at each build. Call enable_testing() first.
function(offbeat_add_regressions)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;VARIANT;FOLDER" "")
    set(usage "offbeat_add_regressions(TARGET target [VARIANT variant] FOLDER folder)")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_TARGET OR NOT arg_FOLDER)
        message(FATAL_ERROR "${usage}: TARGET or FOLDER is missing, or there is too much: "
                "'${arg_UNPARSED_ARGUMENTS}'")
    endif()
    if(NOT TARGET offbeat_fuzzed_${arg_TARGET})
        message(FATAL_ERROR "${usage}: there is no target ${arg_TARGET}; offbeat_add_target() "
                "has to add it first")
    endif()
    if(NOT arg_VARIANT)
        get_target_property(variants offbeat_fuzzed_${arg_TARGET} OFFBEAT_VARIANTS)
        list(GET variants 0 arg_VARIANT)
    endif()
    get_filename_component(folder "${arg_FOLDER}" ABSOLUTE)
    set(annotate "") # ctest prints what a test that fails has printed, and the runner finds it there
    if(DEFINED ENV{GITHUB_ACTIONS})
        set(annotate --github)
    endif()
    file(GLOB files CONFIGURE_DEPENDS "${folder}/*.c" "${folder}/*.txt" "${folder}/*.bin")
    foreach(file IN LISTS files)
        get_filename_component(name "${file}" NAME_WE)
        if(file MATCHES "\\.c$")
            offbeat_add_regression(NAME ${arg_TARGET}.${name} SOURCE "${file}" TARGET ${arg_TARGET}
                                   VARIANT ${arg_VARIANT})
        elseif(TARGET offbeat_cli)
            add_test(NAME regression.${arg_TARGET}.${name}
                     COMMAND offbeat_cli run ${arg_TARGET}/${arg_VARIANT} "${file}" ${annotate})
            set_tests_properties(regression.${arg_TARGET}.${name} PROPERTIES LABELS "regression"
                                 TIMEOUT 60)
        endif()
    endforeach()
endfunction()
