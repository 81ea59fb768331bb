# What ends the process in the middle of a run, under libFuzzer and AFL++: a finding with its input,
# also where the mutator runs the target. Nothing of it ends the engine that should go on.

load helpers

setup() {
    offbeat="$OFFBEAT_FUZZ_DIR/offbeat_hostile"
    [ -x "$offbeat" ] || skip "the command for hostile targets is not built"
    cd "$BATS_TEST_TMPDIR"
}

# builds ENGINE COMPILER: fuzz programs of the hostile targets for another engine.
builds() {
    cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.22)
project(hostile LANGUAGES C)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(OFFBEAT_TARGETS OFF CACHE BOOL "")
add_subdirectory(${OFFBEAT_DIR} offbeat)
set(hostile "${OFFBEAT_DIR}/tests/hostile")
offbeat_add_target(NAME hostile SOURCES "${hostile}/hostile.c"
                   VARIANTS exit vanish quick_exit no_end)
offbeat_add_target(NAME forgetful SOURCES "${hostile}/forgetful.c"
                   VARIANTS abort exit vanish no_end)
END
    cmake -S . -B "$1" -G Ninja -DOFFBEAT_DIR="$OFFBEAT_SOURCE_DIR" -DOFFBEAT_ENGINE="$1" \
        -DOFFBEAT_CLI=OFF -DOFFBEAT_SELF_FUZZ=OFF -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_C_COMPILER="$2" >cmake.log 2>&1 &&
        cmake --build "$1" >build.log 2>&1 || {
        tail -n 20 cmake.log build.log
        return 1
    }
}

@test "libFuzzer: ends of the process, and what ends it in the mutator" {
    local variant
    command -v clang >/dev/null || skip "there is no clang"
    builds libfuzzer clang
    for variant in exit vanish quick_exit; do
        keeps "libfuzzer/bin/fuzz_hostile_$variant" crash
        grep -q "^ASSERTION FAILED: hostile/$variant/exit-" fuzz.log
    done
    for variant in abort exit vanish; do
        keeps "libfuzzer/bin/fuzz_forgetful_$variant" crash 77
        grep -q '^offbeat: this was a run of the mutator' fuzz.log
    done
    keeps libfuzzer/bin/fuzz_forgetful_no_end timeout 70
}

@test "AFL++: targets that crash, leave and hang, in its own process as well" {
    local variant found kind
    command -v afl-fuzz >/dev/null || skip "there is no AFL++"
    builds afl afl-clang-fast
    mkdir seeds && head -c 8 /dev/zero >seeds/zero
    export AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
    for variant in exit vanish no_end; do
        AFL_CUSTOM_MUTATOR_LIBRARY=$(find "$PWD/afl" -name "afl_mutator_hostile_$variant.so") \
            timeout -k 5 120 afl-fuzz -i seeds -o "out-$variant" -V 5 -t 500 -m none -s 1 \
            -- "afl/bin/fuzz_hostile_$variant" >afl.log 2>&1 || {
            tail -n 20 afl.log
            return 1
        }
        kind=crashes
        [ "$variant" != no_end ] || kind=hangs
        found=$(find "out-$variant/default/$kind" -name 'id:*' | head -n 1)
        [ -n "$found" ]
        run "$offbeat" run "hostile/$variant" "$found" --timeout 1
        echo "$output"
        [ "$status" -eq 1 ]
        # What was made after the first of them came from a mutator that goes on.
        # Executions, which other processes make, are counted there.
        grep -qE '"runs": [1-9][0-9]+, "cut": \{\}, "deliveries": ' \
            "out-$variant/default/offbeat_search.json"
    done
}
