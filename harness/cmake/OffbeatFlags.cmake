# Flags, and nothing but flags. They are added to single targets, after what CFLAGS and the build
# type give, and never replace those.
include_guard(GLOBAL)
include(CheckCSourceCompiles)

# offbeat_takes_flag(FLAG RESULT): whether the compiler takes it. CMake's own check fails whenever
# the compiler warns, also of something else that is in CFLAGS.
function(offbeat_takes_flag flag result)
    set(CMAKE_REQUIRED_FLAGS "${flag}")
    check_c_source_compiles("int main(void) { return 0; }" ${result})
endfunction()

# afl-clang-fast and its like instrument by themselves, whatever the flags.
check_c_source_compiles("
#ifndef __AFL_COMPILER
#error not a compiler of AFL++
#endif
int main(void) { return 0; }
" OFFBEAT_COMPILER_IS_AFL)

# The engine should see the target's edges alone, so what CFLAGS may have asked for is taken back
# in the harness. Older compilers reject a list with a name that they do not know.
set(basic "edge,bb,func,trace-pc,trace-pc-guard,inline-8bit-counters,pc-table")
string(APPEND basic ",trace-cmp,trace-div,trace-gep,indirect-calls,stack-depth")
set(flags "")
offbeat_takes_flag("-fno-sanitize=fuzzer-no-link" OFFBEAT_HAS_NO_FUZZER)
if(OFFBEAT_HAS_NO_FUZZER)
    list(APPEND flags "-fno-sanitize=fuzzer-no-link")
endif()
set(attempt 0)
set(found FALSE)
foreach(features IN ITEMS "${basic},inline-bool-flag,trace-loads,trace-stores,control-flow"
        "${basic},inline-bool-flag,trace-loads,trace-stores" "${basic},inline-bool-flag"
        "trace-pc,trace-cmp")
    if(NOT found)
        math(EXPR attempt "${attempt} + 1")
        offbeat_takes_flag("-fno-sanitize-coverage=${features}" OFFBEAT_HAS_NO_COVERAGE_${attempt})
        if(OFFBEAT_HAS_NO_COVERAGE_${attempt})
            list(APPEND flags "-fno-sanitize-coverage=${features}")
            set(found TRUE)
        endif()
    endif()
endforeach()
# In the cache, because offbeat_add_target() is also called from the folders of other projects.
set(OFFBEAT_NO_COVERAGE_FLAGS "${flags}" CACHE INTERNAL "")

set(flags "")
if(OFFBEAT_SANITIZE)
    list(APPEND flags "-fsanitize=${OFFBEAT_SANITIZE}" "-fno-sanitize-recover=all"
         "-fno-omit-frame-pointer")
    set(CMAKE_REQUIRED_FLAGS "-fsanitize=${OFFBEAT_SANITIZE}")
    check_c_source_compiles("int main(void) { return 0; }" OFFBEAT_SANITIZE_WORKS)
    unset(CMAKE_REQUIRED_FLAGS)
    if(NOT OFFBEAT_SANITIZE_WORKS)
        message(FATAL_ERROR "OFFBEAT_SANITIZE=${OFFBEAT_SANITIZE}: ${CMAKE_C_COMPILER} cannot link "
                "that. Its runtime library may be missing (Debian: libclang-rt-NN-dev).")
    endif()
endif()
# AddressSanitizer may keep variables elsewhere than on the stack, to see them used after their
# function has returned. A snapshot of a world copies the stacks of its tasks, and must find all of
# them there.
if("${OFFBEAT_SANITIZE} ${CMAKE_C_FLAGS}" MATCHES "sanitize=[a-z,-]*address|^[a-z,-]*address")
    foreach(flag IN ITEMS "-fsanitize-address-use-after-return=never" "--param=asan-use-after-return=0")
        string(MAKE_C_IDENTIFIER "OFFBEAT_HAS_${flag}" has_flag)
        offbeat_takes_flag("${flag}" ${has_flag})
        if(${has_flag})
            list(APPEND flags "${flag}")
            break()
        endif()
    endforeach()
endif()
set(OFFBEAT_SANITIZE_FLAGS "${flags}" CACHE INTERNAL "")

# offbeat_language(TARGET): the languages that harness and targets are written in.
function(offbeat_language target)
    set_target_properties("${target}" PROPERTIES C_STANDARD 17 C_STANDARD_REQUIRED ON
                          C_EXTENSIONS ON CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON)
endfunction()

# offbeat_warnings(TARGET): for our own code; other projects have their own taste.
function(offbeat_warnings target)
    target_compile_options("${target}" PRIVATE -Wall -Wextra -Wshadow -Wconversion)
    if(OFFBEAT_WERROR)
        target_compile_options("${target}" PRIVATE -Werror)
    endif()
endfunction()

# offbeat_sanitized(TARGET): what runs together is sanitized together.
function(offbeat_sanitized target)
    target_compile_options("${target}" PRIVATE ${OFFBEAT_SANITIZE_FLAGS})
    target_link_options("${target}" PRIVATE ${OFFBEAT_SANITIZE_FLAGS})
endfunction()

# offbeat_sanitized_harness(TARGET): the harness is tested with sanitizers; while targets are
# fuzzed, they are there for the target's code, and cost half of the executions in ours. What the
# arena hands out stays guarded either way.
function(offbeat_sanitized_harness target)
    if(OFFBEAT_SANITIZE_HARNESS)
        offbeat_sanitized("${target}")
        return()
    endif()
    target_link_options("${target}" PRIVATE ${OFFBEAT_SANITIZE_FLAGS})
    if(OFFBEAT_SANITIZE MATCHES "address")
        target_compile_definitions("${target}" PRIVATE OB_ASAN=1)
    endif()
endfunction()

# offbeat_covered(TARGET), offbeat_links_covered(EXECUTABLE): with OFFBEAT_COVERAGE clang counts which
# lines of targets and of programs run, for llvm-cov.
function(offbeat_covered target)
    if(OFFBEAT_COVERAGE)
        target_compile_options("${target}" PRIVATE -fprofile-instr-generate -fcoverage-mapping)
    endif()
endfunction()
function(offbeat_links_covered executable)
    if(OFFBEAT_COVERAGE)
        target_link_options("${executable}" PRIVATE -fprofile-instr-generate)
    endif()
endfunction()

# offbeat_uninstrumented(TARGET): compiled without coverage instrumentation, whatever CFLAGS say.
function(offbeat_uninstrumented target)
    target_compile_options("${target}" PRIVATE ${OFFBEAT_NO_COVERAGE_FLAGS})
    if(OFFBEAT_COMPILER_IS_AFL)
        set(launcher ${CMAKE_C_COMPILER_LAUNCHER} "${CMAKE_COMMAND}" -E env AFL_NOOPT=1)
        set_target_properties("${target}" PROPERTIES C_COMPILER_LAUNCHER "${launcher}"
                              CXX_COMPILER_LAUNCHER "${launcher}")
    endif()
endfunction()

# offbeat_only_public(TARGET): fit for a shared library, which shows the functions of the public
# headers and no others.
function(offbeat_only_public target)
    set_target_properties("${target}" PROPERTIES POSITION_INDEPENDENT_CODE ON
                          C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden)
endfunction()

# offbeat_place(TARGET): where the scripts look for it, whatever else the project does with
# programs.
function(offbeat_place target)
    if(OFFBEAT_PROGRAMS_DIR)
        set_target_properties("${target}" PROPERTIES
                              RUNTIME_OUTPUT_DIRECTORY "${OFFBEAT_PROGRAMS_DIR}"
                              LIBRARY_OUTPUT_DIRECTORY "${OFFBEAT_MUTATORS_DIR}")
    endif()
endfunction()
