# Regression tests from crashes, and the check of a fix: offbeat export and offbeat verify.

load helpers

# A project of somebody else's that takes Offbeat in. It is built once, as that takes a while.
setup_file() {
    source="${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}"
    export project="$BATS_FILE_TMPDIR/project"
    mkdir -p "$project"
    printf '%s\n' 'offbeat scenario 1 order' '+0 buy(order=0) to customer' \
        'delay create customer->shop #0 by 501us' >"$project/crash.txt"
    "${OFFBEAT_BIN:-$OFFBEAT}" export --c order/racy "$project/crash.txt" -o "$project/crash.c"
    # Names that the target does not have (any more).
    sed 's/ to customer/ to buyer/' "$project/crash.c" >"$project/renamed.c"
    # The same text, but bytes of another time.
    sed 's/0xf5, 0x01/0xf6, 0x01/' "$project/crash.c" >"$project/moved.c"
    # Another invariant than the one that is violated.
    sed 's/"paid_order_exists"/"other"/' "$project/crash.c" >"$project/other.c"
    cat >"$project/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.22)
project(shop LANGUAGES C)
enable_testing()
set(OFFBEAT_CLI OFF CACHE BOOL "")
add_subdirectory("$source" offbeat)
offbeat_add_target(NAME order SOURCES "$source/targets/order/order.c" "$source/targets/order/customer.c" VARIANTS racy fsm)
offbeat_add_regression(NAME before SOURCE crash.c TARGET order)
offbeat_add_regression(NAME after SOURCE crash.c TARGET order VARIANT fsm)
foreach(name IN ITEMS renamed moved other)
    offbeat_add_regression(NAME \${name} SOURCE \${name}.c TARGET order)
endforeach()
foreach(name IN ITEMS before renamed)
    target_compile_options(regression_\${name} PRIVATE -Wall -Wextra -Wshadow -Wconversion
                           -Wpedantic -Wmissing-prototypes -Wstrict-prototypes -Werror)
endforeach()
END
    cmake -S "$project" -B "$project/build" -G Ninja -DCMAKE_C_FLAGS=-O0 >"$project/log" 2>&1 &&
        cmake --build "$project/build" >>"$project/log" 2>&1 || {
        cat "$project/log"
        return 1
    }
}

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    cd "$BATS_TEST_TMPDIR"
    cp "$project/crash.txt" .
    printf '%s\n' 'offbeat scenario 1 order' '+0 buy(order=1) to customer' >passes.txt
    printf '%s\n' 'offbeat scenario 1 resource' '+0 use(slot=0, for_ms=0) to client.0' \
        '+0 use(slot=0, for_ms=0) to client.1' >resource.txt
}

@test "export --c: fails while the bug is there, passes after the fix" {
    run "$project/build/regression_before"
    [ "$status" -eq 1 ]
    [[ "${lines[0]}" == "order/racy: paid_order_exists is violated"* ]]
    [[ "$output" == *"order 0 is paid, but was never created"* ]]
    run "$project/build/regression_before" fsm
    [ "$status" -eq 0 ]
    [[ "$output" == "order/fsm: no violation in "*" deliveries" ]]
    run ctest --test-dir "$project/build" -L regression -R '\.(before|after)$'
    [ "$status" -ne 0 ]
    grep -q 'regression\.before .*Failed' <<<"$output"
    grep -q 'regression\.after .*Passed' <<<"$output"
}

@test "export --c: what cannot be run is trouble, not a pass" {
    fails_with 'order/racy' 'scenario:2' 'buyer' -- "$project/build/regression_renamed"
    fails_with 'order/fsm' 'buyer' -- "$project/build/regression_renamed" fsm
    fails_with 'order/slow' 'variant' -- "$project/build/regression_before" slow
    if [ -w /dev/full ]; then
        run bash -c '"$0" fsm >/dev/full' "$project/build/regression_before"
        [ "$status" -eq 2 ]
    fi
}

@test "export --c: bytes that mean something else by now, and other invariants, are told" {
    run "$project/build/regression_moved" fsm
    [ "$status" -eq 0 ]
    [[ "$output" == *"note: the target has changed"* ]]
    run "$project/build/regression_moved"
    [ "$status" -eq 1 ]
    run "$project/build/regression_other"
    [ "$status" -eq 1 ]
    [[ "${lines[0]}" == "another invariant than other,"* ]]
    run "$project/build/regression_before"
    [[ "$output" != *"note:"* ]]
    [[ "$output" != *"another invariant"* ]]
}

@test "export --scenario: the text form, as it is" {
    run "$offbeat" export --scenario order/racy crash.txt
    [ "$status" -eq 0 ]
    [ "$output" = "$(cat crash.txt)" ]
    # What is not minimal stays so; bytes and options in other places give the same.
    printf '%s\n' '+2ms buy(order=3) to customer' >>crash.txt
    "$offbeat" encode order crash.txt -o crash.bin
    "$offbeat" export order/racy crash.bin --scenario -o text
    grep -qx '+2ms buy(order=3) to customer' text
    "$offbeat" export order/racy --scenario - <crash.bin | cmp - text
}

@test "export: the same input gives the same file" {
    "$offbeat" export --c order/racy crash.txt >first.c
    cmp first.c "$project/crash.c"
    "$offbeat" encode order crash.txt -o crash.bin
    "$offbeat" export --c order/racy crash.bin -o second.c
    cmp first.c second.c
    ! LC_ALL=C grep -n '[^ -~]' first.c
}

@test "export: exit codes and errors" {
    echo keep >out
    fails_with 'passes.txt' 'violates no invariant' -- "$offbeat" export --c order/racy passes.txt -o out
    fails_with 'crash.txt' 'violates no invariant' -- "$offbeat" export --scenario order/fsm crash.txt
    [ "$(cat out)" = keep ]
    fails_with '--c' '--scenario' -- "$offbeat" export order/racy crash.txt
    fails_with '--c' '--scenario' -- "$offbeat" export --c --scenario order/racy crash.txt
    fails_with 'missing' -- "$offbeat" export --c order/racy missing
    fails_with 'slow' 'racy' -- "$offbeat" export --c order/slow crash.txt
    fails_with 'nowhere/out' -- "$offbeat" export --c order/racy crash.txt -o nowhere/out
    fails_with 'export takes no --json' -- "$offbeat" export --c order/racy crash.txt --json
    fails_with 'run takes no --c' -- "$offbeat" run --c order/racy crash.txt
    # The same name is explore's, with a value.
    "$offbeat" explore --scenario passes.txt order/fsm --strategy exhaustive
    "$offbeat" export --help | grep -q '^usage: offbeat export '
}

@test "regressions of this tree fail without their fix" {
    count=0
    for program in "$OFFBEAT_FUZZ_DIR"/regression_*; do
        [ -x "$program" ] || continue
        source="${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}/tests/regressions/${program##*/regression_}.c"
        variant="$(sed -n 's/.*export --c \(.*\)`.*/\1/p' "$source")"
        run "$program"
        [ "$status" -eq 1 ]
        [[ "${lines[0]}" == "$variant: "*" is violated"* ]]
        count=$((count + 1))
    done
    [ "$count" -ge 6 ]
}

@test "regressions of this tree are what export writes" {
    for file in "${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}"/tests/regressions/*.c; do
        target="$(sed -n 's/.*export --c \(.*\)`.*/\1/p' "$file")"
        sed -n 's/^        "\(.*\)\\n",*$/\1/p' "$file" >scenario.txt
        [ "$(wc -l <scenario.txt)" -ge 2 ]
        "$offbeat" export --c "$target" scenario.txt | cmp - "$file"
    done
}

@test "verify: what a fix has to stand" {
    run "$offbeat" verify order/racy crash.txt
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = "order/racy crash.txt: paid_order_exists is violated by the input itself; minimized:" ]
    [ "$(tail -n +2 <<<"$output")" = "$(cat crash.txt)" ]
    run "$offbeat" verify order/fsm crash.txt
    [ "$status" -eq 0 ]
    [ "$output" = "order/fsm crash.txt: 0 violations in 2 distinct executions (3 scenarios within 1 deviation)" ]
    run "$offbeat" verify order/fsm crash.txt --around 0
    [ "$status" -eq 0 ]
    [[ "$output" == *": 0 violations in 1 distinct execution (1 scenario within 0 deviations)" ]]
    run "$offbeat" verify resource/owner resource.txt --around 2
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ "$output" == *": 0 violations in "* ]]
}

@test "verify: what is left is shown as a scenario that violates" {
    run "$offbeat" verify order/racy passes.txt --around 0
    [ "$status" -eq 0 ]
    run "$offbeat" verify order/racy passes.txt
    [ "$status" -eq 1 ]
    [[ "${lines[0]}" == "order/racy passes.txt: paid_order_exists is violated 1 deviation away, in distinct execution 2; minimized:" ]]
    "$offbeat" verify order/racy passes.txt | tail -n +2 >left.txt || true
    run "$offbeat" run order/racy left.txt
    [ "$status" -eq 1 ]
    # It is minimal: what violates is as small as it can be.
    "$offbeat" minimize order/racy left.txt -o again.txt
    cmp left.txt again.txt
    run "$offbeat" verify resource/racy resource.txt
    [ "$status" -eq 1 ]
}

@test "verify: a bound is told" {
    run "$offbeat" verify resource/owner resource.txt --around 3 --runs 20
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == *" (20 scenarios within 3 deviations)" ]]
    [ "${lines[1]}" = "NOT all of them: --runs ended it at 20 scenarios; all within 1 deviation were run" ]
    run "$offbeat" verify resource/owner resource.txt --around 3 --runs 20 --json
    [[ "$output" == *'"complete": false'* ]]
    run "$offbeat" verify resource/owner resource.txt --around 3
    [ "${#lines[@]}" -eq 1 ]
}

@test "verify: the same input gives the same output; --json" {
    for options in '' '--around 3' '--around 3 --json' '--around 3 --runs 50'; do
        # shellcheck disable=SC2086
        "$offbeat" verify resource/owner resource.txt $options >first
        # shellcheck disable=SC2086
        "$offbeat" verify resource/owner resource.txt $options >second
        cmp first second
    done
    "$offbeat" verify order/racy passes.txt --json >json || [ $? -eq 1 ]
    grep -q '"violations": 1' json
    "$offbeat" verify order/fsm passes.txt --json >passing.json
    grep -q '"violations": 0.*"complete": true' passing.json
    if command -v python3; then
        python3 -c 'import json, sys; print(json.load(sys.stdin)["violation"]["scenario"], end="")' \
            <json >left.txt
        run "$offbeat" run order/racy left.txt
        [ "$status" -eq 1 ]
        python3 -c 'import json, sys; json.load(sys.stdin)' <passing.json
    fi
}

@test "verify: errors" {
    fails_with 'missing' -- "$offbeat" verify order/racy missing
    fails_with 'argument' -- "$offbeat" verify order/racy
    fails_with '--around' '0 to 8' -- "$offbeat" verify order/racy crash.txt --around nine
    fails_with 'crash.txt:1' 'order' -- "$offbeat" verify resource/owner crash.txt
    fails_with 'run takes no --around' -- "$offbeat" run order/racy crash.txt --around 1
    "$offbeat" verify --help | grep -q '^usage: offbeat verify '
}
