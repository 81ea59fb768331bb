# Which fuzzing engine the fuzz_* executables are linked with.
#
#   OFFBEAT_ENGINE       standalone (default), libfuzzer, afl, or external
#   LIB_FUZZING_ENGINE   for `external`: a flag (-fsanitize=fuzzer) or the path of an archive with
#                        a main() that calls LLVMFuzzerTestOneInput(). Cache entry or environment.
#
# Naming LIB_FUZZING_ENGINE is enough: the engine is then `external`.
include_guard(GLOBAL)
include(CheckCSourceCompiles)

if(NOT DEFINED CACHE{LIB_FUZZING_ENGINE})
    # Kept in the cache, so that a later configuration from another shell gives the same build. An
    # engine that was chosen by name wins over the environment.
    set(engine_of_environment "")
    if(NOT DEFINED CACHE{OFFBEAT_ENGINE})
        set(engine_of_environment "$ENV{LIB_FUZZING_ENGINE}")
    endif()
    set(LIB_FUZZING_ENGINE "${engine_of_environment}" CACHE STRING
        "Flag or archive of an external fuzzing engine")
endif()
set(OFFBEAT_ENGINE "standalone" CACHE STRING "standalone, libfuzzer, afl or external")
set_property(CACHE OFFBEAT_ENGINE PROPERTY STRINGS standalone libfuzzer afl external)
if(LIB_FUZZING_ENGINE)
    set(OFFBEAT_ENGINE "external" CACHE STRING "standalone, libfuzzer, afl or external" FORCE)
endif()

set(instrument "")
set(link "")
if(OFFBEAT_ENGINE STREQUAL "libfuzzer")
    set(instrument "-fsanitize=fuzzer-no-link")
    set(link "-fsanitize=fuzzer")
    set(CMAKE_REQUIRED_FLAGS "-fsanitize=fuzzer")
    check_c_source_compiles("
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { (void)data; return (int)(size - size); }
" OFFBEAT_LIBFUZZER_WORKS)
    unset(CMAKE_REQUIRED_FLAGS)
    if(NOT OFFBEAT_LIBFUZZER_WORKS)
        message(FATAL_ERROR "OFFBEAT_ENGINE=libfuzzer: ${CMAKE_C_COMPILER} cannot link "
                "-fsanitize=fuzzer. It takes clang with libFuzzer (Debian: clang, libclang-rt-NN-dev).")
    endif()
elseif(OFFBEAT_ENGINE STREQUAL "afl")
    if(NOT OFFBEAT_COMPILER_IS_AFL)
        message(FATAL_ERROR "OFFBEAT_ENGINE=afl: ${CMAKE_C_COMPILER} is not a compiler of AFL++. "
                "Configure with CMAKE_C_COMPILER=afl-clang-fast (Debian: afl++).")
    endif()
    set(link "-fsanitize=fuzzer") # which afl-clang-fast turns into its persistent driver
elseif(OFFBEAT_ENGINE STREQUAL "external")
    if(NOT LIB_FUZZING_ENGINE)
        message(FATAL_ERROR "OFFBEAT_ENGINE=external: name the engine in LIB_FUZZING_ENGINE, "
                "a flag such as -fsanitize=fuzzer or the path of an archive.")
    endif()
    if(NOT LIB_FUZZING_ENGINE MATCHES "^-" AND NOT EXISTS "${LIB_FUZZING_ENGINE}")
        message(FATAL_ERROR "LIB_FUZZING_ENGINE: there is no file ${LIB_FUZZING_ENGINE}")
    endif()
    enable_language(CXX) # most engines are C++, and theirs is the runtime to link
elseif(OFFBEAT_ENGINE STREQUAL "standalone")
    # Edges and comparisons where the compiler tells of them, which takes no runtime library but
    # engine/comparisons.c. gcc knows comparisons alone.
    set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
    offbeat_takes_flag("-fsanitize-coverage=inline-8bit-counters,trace-cmp" OFFBEAT_HAS_COUNTERS)
    offbeat_takes_flag("-fsanitize-coverage=trace-cmp" OFFBEAT_HAS_COMPARISONS)
    unset(CMAKE_TRY_COMPILE_TARGET_TYPE)
    if(OFFBEAT_HAS_COUNTERS)
        set(instrument "-fsanitize-coverage=inline-8bit-counters,trace-cmp")
    elseif(OFFBEAT_HAS_COMPARISONS)
        set(instrument "-fsanitize-coverage=trace-cmp")
    endif()
else()
    message(FATAL_ERROR "OFFBEAT_ENGINE=${OFFBEAT_ENGINE}: "
            "it is one of standalone, libfuzzer, afl and external")
endif()
set(OFFBEAT_ENGINE_COMPILE_FLAGS "${instrument}" CACHE INTERNAL "")
set(OFFBEAT_ENGINE_LINK_FLAGS "${link}" CACHE INTERNAL "")
# Whether the command can have what fuzz programs are made of, as nothing is instrumented.
set(models_are_fuzzed OFF)
if(OFFBEAT_ENGINE STREQUAL "standalone" AND NOT instrument)
    set(models_are_fuzzed ON)
endif()
set(OFFBEAT_MODELS_ARE_FUZZED ${models_are_fuzzed} CACHE INTERNAL "")

# offbeat_instrumented(TARGET): compiled so that the engine sees its edges. AFL++'s compiler and
# the CFLAGS that come with an external engine do so by themselves.
function(offbeat_instrumented target)
    target_compile_options("${target}" PRIVATE ${OFFBEAT_ENGINE_COMPILE_FLAGS})
endfunction()

# What the mutator of AFL++ sees of targets, see engine/comparisons.h; afl-fuzz itself sees nothing of
# it. The compiler instruments comparisons only beside functions.
set(OFFBEAT_MUTATOR_SEES "-fsanitize-coverage=func,trace-pc-guard,trace-cmp" CACHE INTERNAL "")

# offbeat_link_engine(EXECUTABLE): gives it the engine's main().
function(offbeat_link_engine executable)
    target_link_options("${executable}" PRIVATE ${OFFBEAT_ENGINE_LINK_FLAGS})
    if(OFFBEAT_ENGINE STREQUAL "standalone")
        target_link_libraries("${executable}" PRIVATE offbeat_standalone)
        return()
    endif()
    if(NOT OFFBEAT_ENGINE STREQUAL "external")
        return()
    endif()

    if(NOT CMAKE_CXX_COMPILER_LOADED)
        message(FATAL_ERROR "An external engine (LIB_FUZZING_ENGINE) is linked by the C++ compiler: "
                "add CXX to the languages of project(${PROJECT_NAME} ...).")
    endif()
    set_target_properties("${executable}" PROPERTIES LINKER_LANGUAGE CXX)
    # The C++ compiler links with CXXFLAGS; what CFLAGS ask for may have a runtime to link, too.
    target_link_options("${executable}" PRIVATE "SHELL:${CMAKE_C_FLAGS}")
    separate_arguments(engine NATIVE_COMMAND "${LIB_FUZZING_ENGINE}")
    if(LIB_FUZZING_ENGINE MATCHES "^-")
        target_link_options("${executable}" PRIVATE ${engine})
    else()
        target_link_libraries("${executable}" PRIVATE "${LIB_FUZZING_ENGINE}")
    endif()
endfunction()
