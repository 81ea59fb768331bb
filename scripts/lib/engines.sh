# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with the script that sources this
# Running a fuzzing engine on one target and looking at what it says. Needs common.sh.
#
# For each engine ENGINE:
#   ENGINE_start      starts it in the background, sets child_pid; its output goes to engine_log
#   ENGINE_progress   prints one line on how it goes
#   ENGINE_finding    prints the path of the input that it stopped at, if any
#
# Variables that they share: fuzzer (the program), work (folder of this run), seconds, engine_log.

# Scenarios that break something are short, and short ones run fast.
readonly INPUT_BYTES_MAX=1024
readonly INPUT_SECONDS_MAX=10

# oldest_file PATH...: of those that exist.
oldest_file() {
    local file oldest=

    for file in "$@"; do
        if [[ -f $file && (-z $oldest || $file -ot $oldest) ]]; then
            oldest=$file
        fi
    done
    printf '%s' "$oldest"
}

# How each is run, wherever it is run: VARIABLE=VALUE for env, and arguments.
libfuzzer_environment=("ASAN_OPTIONS=detect_leaks=0:symbolize=1:${ASAN_OPTIONS:-}"
    "UBSAN_OPTIONS=print_stacktrace=1:${UBSAN_OPTIONS:-}")
libfuzzer_arguments=(-max_len="$INPUT_BYTES_MAX" -timeout="$INPUT_SECONDS_MAX" -print_final_stats=1)
# All mutation of inputs is Offbeat's: bytes that are mutated by themselves find nothing that takes two
# orders at once. What AFL++ runs again to see whether a run is always the same (each input that it
# keeps) it runs three times and not seven, as it is.
afl_environment=(AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1
    AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_CUSTOM_MUTATOR_ONLY=1 AFL_FAST_CAL=1)
# shellcheck disable=SC2034 # benchmarks read it
readonly AFL_RUNS_OF_KEPT=3
afl_arguments=(-G "$INPUT_BYTES_MAX" -t "$((INPUT_SECONDS_MAX * 1000))")

# make_seeds_for_afl DIRECTORY: AFL++ takes neither no seeds nor empty ones. A byte is less than a
# record, so it stands for the empty scenario: a record of zeros would be a message already, and where
# one message alone violates something AFL++ refuses to start. Sets afl_environment_of_seeds.
make_seeds_for_afl() {
    afl_environment_of_seeds=()
    if [[ -z $(find "$1" -type f -size +0 -print -quit) ]]; then
        head -c 1 /dev/zero >"$1/zero"
        afl_environment_of_seeds=(AFL_NO_STARTUP_CALIBRATION=1) # there is nothing to measure
    fi
    find "$1" -type f -size 0 -delete
}

# -- libFuzzer --

libfuzzer_start() {
    mkdir -p "$work/found" "$work/artifacts"
    env "${libfuzzer_environment[@]}" "$fuzzer" "${libfuzzer_arguments[@]}" \
        -max_total_time="$seconds" -rss_limit_mb=2048 -reload=0 \
        -artifact_prefix="$work/artifacts/" "$work/found" "$work/seeds" \
        >"$engine_log" 2>&1 </dev/null &
    child_pid=$!
}

# libFuzzer counts aloud at powers of two and when it finds something new.
libfuzzer_progress() {
    tail -n 200 "$engine_log" | sed -nE \
        's/^#([0-9]+).* cov: ([0-9]+) .*corp: ([0-9]+).* exec\/s: ([0-9]+).*/\1 \2 \3 \4/p' |
        tail -n 1 | {
        read -r executions coverage inputs rate || return 0
        printf 'at least %s executions, %s a second, %s edges, %s inputs kept' \
            "$(grouped "$executions")" "$(grouped "$rate")" "$coverage" "$inputs"
    }
}

libfuzzer_finding() {
    oldest_file "$work"/artifacts/{crash,timeout,oom,leak}-*
}

# -- AFL++ --

afl_start() {
    make_seeds_for_afl "$work/seeds"
    env "${afl_environment[@]}" "${afl_environment_of_seeds[@]}" \
        AFL_CUSTOM_MUTATOR_LIBRARY="$mutator" AFL_BENCH_UNTIL_CRASH=1 \
        afl-fuzz "${afl_arguments[@]}" -i "$work/seeds" -o "$work/afl" -V "$seconds" -m none \
        -- "$fuzzer" >"$engine_log" 2>&1 </dev/null &
    child_pid=$!
}

# AFL++ writes down no numbers in its first minute, but it always keeps its inputs as files.
afl_progress() {
    local last='' inputs

    if [[ -f $work/afl/default/plot_data ]]; then
        last=$(grep -v '^#' "$work/afl/default/plot_data" | tail -n 1 | tr -d ' %')
    fi
    if [[ -n $last ]]; then
        IFS=, read -r _ _ _ inputs _ _ _ _ _ _ rate executions edges <<<"$last"
        printf '%s executions, %s a second, %s edges, %s inputs kept' \
            "$(grouped "$executions")" "$(grouped "${rate%.*}")" "$edges" "$inputs"
    else
        inputs=$(find "$work/afl/default/queue" -name 'id*' 2>/dev/null | wc -l)
        printf '%s inputs kept (AFL++ counts executions after its first minute)' "$inputs"
    fi
}

afl_finding() {
    oldest_file "$work"/afl/default/{crashes,hangs}/id*
}

# -- any of them --

# run_engine ENGINE: runs it to its end, and shows progress. Returns its exit code.
run_engine() {
    local engine=$1 started=$SECONDS elapsed status=0

    progress_at=$SECONDS
    "${engine}_start"
    while kill -0 "$child_pid" 2>/dev/null; do
        sleep 0.5
        elapsed=$((SECONDS - started))
        if progress_is_due; then
            progress "  $((elapsed < seconds ? elapsed : seconds)) s of $seconds s: $("${engine}_progress")"
        fi
        if ((elapsed > seconds + 60)); then
            fail "the engine should have ended a minute ago; stopped it (its output: $engine_log)"
        fi
    done
    wait "$child_pid" || status=$?
    child_pid=
    clear_progress
    engine_seconds=$((SECONDS - started))
    return "$status"
}
