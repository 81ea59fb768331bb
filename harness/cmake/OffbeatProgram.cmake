include_guard(GLOBAL)
set(OFFBEAT_ROOT "${PROJECT_SOURCE_DIR}" CACHE INTERNAL "")

# offbeat_add_program(NAME name [SOURCES file...] [LIBRARIES archive...] [INCLUDES folder...]
#                     [DEFINITIONS definition...] [ENTRY function | EXPORTS function...])
#
# A program that hosts of targets run, see offbeat/host.h. SOURCES are compiled as they are, with
# the engine's instrumentation and sanitizers; LIBRARIES are static archives, paths or names such as
# libevent.a. ENTRY is the function that it begins with (main). With EXPORTS it is a library, whose
# functions of these names handlers in C call, see ob_library(). It is made for each target that
# names it in PROGRAMS, by ./scripts/redirect, in as many ways as targets are compiled.
function(offbeat_add_program)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;ENTRY"
                          "SOURCES;LIBRARIES;INCLUDES;DEFINITIONS;EXPORTS")
    set(usage "offbeat_add_program(NAME name SOURCES file... LIBRARIES archive...)")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${usage}: what is '${arg_UNPARSED_ARGUMENTS}'?")
    endif()
    if(NOT arg_NAME MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
        message(FATAL_ERROR "${usage}: the name '${arg_NAME}' is not a C identifier")
    endif()
    if(NOT arg_SOURCES AND NOT arg_LIBRARIES)
        message(FATAL_ERROR "${usage}: ${arg_NAME} is made of nothing")
    endif()
    if(TARGET offbeat_program_${arg_NAME})
        message(FATAL_ERROR "${usage}: there is a program ${arg_NAME} already")
    endif()
    if(arg_ENTRY AND arg_EXPORTS)
        message(FATAL_ERROR "${usage}: ${arg_NAME} has an ENTRY or EXPORTS, not both")
    endif()
    if(NOT arg_ENTRY)
        set(arg_ENTRY main)
    endif()
    find_program(OFFBEAT_PYTHON3 python3)
    if(NOT OFFBEAT_PYTHON3)
        message(FATAL_ERROR "${usage}: programs are made by a script that needs python3")
    endif()

    set(archives "")
    foreach(archive IN LISTS arg_LIBRARIES)
        if(NOT IS_ABSOLUTE "${archive}")
            string(MAKE_C_IDENTIFIER "OFFBEAT_ARCHIVE_${archive}" found)
            find_library(${found} NAMES "${archive}")
            if(NOT ${found})
                message(FATAL_ERROR "program ${arg_NAME}: there is no archive ${archive}")
            endif()
            set(archive "${${found}}")
        endif()
        list(APPEND archives "${archive}")
    endforeach()
    set(sources "")
    foreach(source IN LISTS arg_SOURCES)
        get_filename_component(source "${source}" ABSOLUTE)
        list(APPEND sources "${source}")
    endforeach()
    add_library(offbeat_program_${arg_NAME} INTERFACE) # keeps what was said
    set_target_properties(offbeat_program_${arg_NAME} PROPERTIES
                          OFFBEAT_SOURCES "${sources}" OFFBEAT_ARCHIVES "${archives}"
                          OFFBEAT_INCLUDES "${arg_INCLUDES}" OFFBEAT_ENTRY "${arg_ENTRY}"
                          OFFBEAT_EXPORTS "${arg_EXPORTS}"
                          OFFBEAT_DEFINITIONS "${arg_DEFINITIONS}")
endfunction()

# offbeat_make_program(NAME WAY): the library offbeat_program_WAY_NAME, for targets that are
# compiled that way: fuzzed, model or plain.
function(offbeat_make_program name way)
    set(library "offbeat_program_${way}_${name}")
    if(TARGET ${library})
        return()
    endif()
    if(NOT TARGET offbeat_program_${name})
        message(FATAL_ERROR "PROGRAMS: there is no program ${name}; offbeat_add_program() adds one")
    endif()
    foreach(part IN ITEMS SOURCES ARCHIVES INCLUDES ENTRY EXPORTS DEFINITIONS)
        get_target_property(${part} offbeat_program_${name} OFFBEAT_${part})
    endforeach()

    set(objects "")
    if(SOURCES)
        add_library(${library}_objects OBJECT EXCLUDE_FROM_ALL ${SOURCES})
        offbeat_language(${library}_objects)
        target_include_directories(${library}_objects PRIVATE ${INCLUDES})
        target_compile_definitions(${library}_objects PRIVATE ${DEFINITIONS})
        offbeat_compile_way(${library}_objects "${way}")
        offbeat_covered(${library}_objects)
        set(objects "$<TARGET_OBJECTS:${library}_objects>")
    endif()
    set(begin --entry "${ENTRY}")
    if(EXPORTS)
        set(begin ${EXPORTS})
        list(TRANSFORM begin PREPEND "--export=")
    endif()
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/programs/${way}")
    set(script "${OFFBEAT_ROOT}/scripts")
    set(lists "${OFFBEAT_ROOT}/harness/host/redirect")
    add_custom_command(
        OUTPUT "${folder}/${name}.o" "${folder}/${name}.c"
        COMMAND "${OFFBEAT_PYTHON3}" -B "${script}/lib/redirect/redirect.py" --program "${name}"
                --out "${folder}" ${begin} --objcopy "${CMAKE_OBJCOPY}" --nm
                "${CMAKE_NM}" "${objects}" ${ARCHIVES}
        DEPENDS ${objects} ${ARCHIVES} "${script}/lib/redirect/redirect.py"
                "${script}/lib/redirect/elf.py" "${script}/lib/redirect/sites.py" "${script}/lib/redirect/symbols.py"
                "${lists}/pure.txt" "${lists}/simulated.txt"
        COMMENT "Program ${name}" COMMAND_EXPAND_LISTS VERBATIM)
    set_source_files_properties("${folder}/${name}.o" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    add_library(${library} STATIC EXCLUDE_FROM_ALL "${folder}/${name}.c" "${folder}/${name}.o")
    offbeat_language(${library})
    offbeat_uninstrumented(${library})
    set(harness offbeat)
    if(way STREQUAL "plain")
        set(harness offbeat_plain)
        set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON
                              C_VISIBILITY_PRESET hidden)
    endif()
    target_link_libraries(${library} PRIVATE offbeat_internals INTERFACE "$<LINK_ONLY:${harness}>")
endfunction()

# offbeat_compile_way(TARGET WAY): what is compiled with targets, as these are.
function(offbeat_compile_way target way)
    if(way STREQUAL "fuzzed")
        offbeat_instrumented(${target})
        offbeat_sanitized(${target})
    elseif(way STREQUAL "model")
        offbeat_uninstrumented(${target})
        offbeat_sanitized(${target})
    else()
        offbeat_uninstrumented(${target})
        target_compile_options(${target} PRIVATE ${OFFBEAT_MUTATOR_SEES})
        set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    endif()
endfunction()
