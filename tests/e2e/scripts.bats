# The scripts' command lines, the corpora in the tree, and the fuzz programs that a build leaves.

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    source_dir="${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}"
    fuzz_dir="$OFFBEAT_FUZZ_DIR"
    cd "$BATS_TEST_TMPDIR"
    # Tests run without a terminal, and a sanitizer's report must not be lost.
    export TERM=dumb
}

# Exit 2 and a line of the script's own that holds the given part.
refuses() {
    local part="$1"
    shift
    local code=0
    "$@" >stdout.log 2>stderr.log || code=$?
    cat stdout.log stderr.log
    [ "$code" -eq 2 ]
    [ ! -s stdout.log ]
    grep -qF -- "$part" stderr.log
}

# A directory with what scripts use of a system, and none of what they need to build.
make_bare_path() {
    mkdir bare
    for tool in bash sh env dirname basename sed grep tr tail head cat sort paste mktemp rm mkdir cut find \
        uname id sleep; do
        ln -s "$(command -v "$tool")" "bare/$tool"
    done
}

no_sanitizer_report() {
    if grep -aE 'runtime error:|ERROR: (Address|Leak|Undefined|Memory)|SUMMARY: ' "$@"; then
        return 1
    fi
}

@test "scripts: --help, and arguments that they do not know" {
    for script in build fuzz test bench; do
        run "$source_dir/scripts/$script" --help
        [ "$status" -eq 0 ]
        [[ "${lines[0]}" == "Usage: ./scripts/$script"* ]]
        grep -q '^Exit codes:' <<<"$output"
        grep -qe '--no-install' <<<"$output"
        run "$source_dir/scripts/$script" -h
        [ "$status" -eq 0 ]
    done
    refuses --frobnicate "$source_dir/scripts/build" --frobnicate
    refuses --frobnicate "$source_dir/scripts/fuzz" --frobnicate
    refuses --frobnicate "$source_dir/scripts/bench" --frobnicate
    refuses needs "$source_dir/scripts/build" --preset
    refuses debug "$source_dir/scripts/build" --preset=debug
    refuses needs "$source_dir/scripts/fuzz" --seconds
    refuses soon "$source_dir/scripts/fuzz" --seconds=soon
    refuses 0 "$source_dir/scripts/fuzz" --seconds 0
    refuses honggfuzz "$source_dir/scripts/fuzz" --engine honggfuzz
    refuses order "$source_dir/scripts/fuzz" order
    refuses 'order/racy/1' "$source_dir/scripts/fuzz" order/racy/1
    refuses counter/racy "$source_dir/scripts/fuzz" order/racy counter/racy
    refuses nothing "$source_dir/scripts/bench" nothing
}

@test "scripts: without a compiler, --no-install names what is missing" {
    make_bare_path
    for script in "build" "fuzz" "fuzz --engine afl" "test"; do
        # shellcheck disable=SC2086 # words of a command line
        PATH="$PWD/bare" refuses clang "$source_dir"/scripts/$script --no-install
        grep -q 'cmake' stderr.log
        grep -q 'ninja' stderr.log
        grep -qF 'archive.h' stderr.log
        [ "$(wc -l <stderr.log)" -eq 1 ]
    done
    PATH="$PWD/bare" refuses afl-fuzz "$source_dir/scripts/fuzz" --engine=afl --no-install
    PATH="$PWD/bare" refuses bats "$source_dir/scripts/test" --no-install
    # Nor is anything installed where there is no apt.
    PATH="$PWD/bare" refuses 'please install' "$source_dir/scripts/build"
}

@test "corpora: plain tar lists them, and they pack to the same bytes" {
    for archive in "$source_dir"/corpus/*.tar.zst; do
        target="$(basename "$archive" .tar.zst)"
        [ "$(tar --zstd -tf "$archive" | wc -l)" -gt 0 ]
        "$offbeat" corpus unpack "$archive" "$target"
        [ "$(find "$target" -type f | wc -l)" -eq "$(tar --zstd -tf "$archive" | wc -l)" ]
        "$offbeat" corpus pack "$target.tar.zst" "$target"
        cmp "$archive" "$target.tar.zst"
    done
}

@test "corpora: no seed violates anything" {
    for archive in "$source_dir"/corpus/*.tar.zst; do
        target="$(basename "$archive" .tar.zst)"
        "$offbeat" corpus unpack "$archive" "$target"
        for variant in $("$offbeat" list | grep "^$target/" | cut -d' ' -f1); do
            run "$offbeat" run "$variant" "$target"/*
            [ "$status" -eq 0 ]
        done
    done
}

@test "10,000 random files: no crash, no report of a sanitizer" {
    mkdir random
    # Of eight lengths, most of which end within a record.
    for size in 1 7 8 61 130 203 399 600; do
        head -c "$((size * 1250))" /dev/urandom | split -a 4 -b "$size" - "random/$size."
    done
    find random -type f | sort >files
    [ "$(wc -l <files)" -eq 10000 ]
    xargs -n 2500 "$offbeat" run order/fsm <files >lines.log 2>errors.log
    [ "$(grep -c ': ok ' lines.log)" -eq 10000 ]
    [ "$(wc -l <lines.log)" -eq 10000 ]
    [ ! -s errors.log ]
    for variant in resource/owner counter/atomic; do
        awk 'NR % 8 == 1' files | xargs "$offbeat" run "$variant" >lines.log 2>errors.log
        [ "$(grep -c ': ok ' lines.log)" -eq 1250 ]
        [ ! -s errors.log ]
    done
}

@test "a crash replays with the same hash a thousand times" {
    printf 'offbeat scenario 1 order\n+0 buy(order=0) to customer\ndelay create customer->shop #0 by 501us\n' >crash.txt
    "$offbeat" encode order crash.txt -o crash.bin
    for _ in $(seq 1000); do echo crash.bin; done >inputs
    run bash -c 'xargs -n 1000 "$1" run order/racy <inputs >lines.log' _ "$offbeat"
    [ "$(wc -l <lines.log)" -eq 1000 ]
    [ "$(sort -u lines.log | wc -l)" -eq 1 ]
    for _ in 1 2 3 4 5; do
        code=0
        "$offbeat" run order/racy crash.bin >>lines.log || code=$?
        [ "$code" -eq 1 ]
    done
    [ "$(sort -u lines.log | wc -l)" -eq 1 ]
    # The text form is the same scenario.
    hash="$(grep -o 'trace=[0-9a-f]*' lines.log | head -n 1)"
    run "$offbeat" run order/racy crash.txt
    [[ "$output" == *" $hash "* ]]
}

# Runs a fuzz program until it finds something, then makes that small. Sets `messages` and
# `deviations`.
find_and_minimize() {
    local target="$1" variant="$2" code=0
    "$fuzz_dir/fuzz_${target}_$variant" -runs=200000 -seed=1 -artifact_prefix="$PWD/found-" >fuzz.log 2>&1 ||
        code=$?
    [ "$code" -ne 0 ]
    [ "$code" -ne 2 ]
    no_sanitizer_report fuzz.log
    set -- found-crash-*
    [ "$#" -eq 1 ]
    "$offbeat" minimize "$target/$variant" "$1" -o minimal.txt
    messages="$(grep -c '^+' minimal.txt)"
    deviations="$(($(wc -l <minimal.txt) - 1 - messages))"
}

@test "fuzz programs: a violation is named once, and gets small" {
    [ -x "$fuzz_dir/fuzz_order_racy" ] || skip "this build has none"
    find_and_minimize order racy
    [ "$(grep -c 'ASSERTION FAILED' fuzz.log)" -eq 1 ]
    grep -qx 'ASSERTION FAILED: order/racy/paid_order_exists' fuzz.log
    [ "$messages" -le 2 ]
    [ "$deviations" -le 1 ]
    rm found-*
    find_and_minimize resource racy
    grep -qx 'ASSERTION FAILED: resource/racy/slot_lent_once' fuzz.log
    rm found-*
    find_and_minimize counter racy
    grep -qx 'ASSERTION FAILED: counter/racy/no_increment_lost' fuzz.log
}

@test "fuzz programs: fixed variants survive" {
    for name in order_fsm resource_owner counter_atomic; do
        [ -x "$fuzz_dir/fuzz_$name" ] || skip "this build has none"
        run "$fuzz_dir/fuzz_$name" -runs=4000 -seed=2
        [ "$status" -eq 0 ]
        [[ "${lines[-1]}" == 'stat: executions=4000 '* ]]
    done
}

@test "fuzz programs: any file is an input, and bad flags are refused" {
    [ -x "$fuzz_dir/fuzz_order_fsm" ] || skip "this build has none"
    : >empty
    head -c 12345 /dev/urandom >random
    "$fuzz_dir/fuzz_order_fsm" empty random
    run "$fuzz_dir/fuzz_order_fsm" -runs=many
    [ "$status" -eq 2 ]
    run "$fuzz_dir/fuzz_order_fsm" missing
    [ "$status" -eq 2 ]
    OFFBEAT_SEARCH=no-reversal,no-classes,no-feedback "$fuzz_dir/fuzz_order_fsm" -runs=500
    OFFBEAT_SEARCH=no-luck run "$fuzz_dir/fuzz_order_fsm" -runs=5
    [ "$status" -eq 2 ]
    [[ "$output" == *'"no-luck"'* ]]
}
