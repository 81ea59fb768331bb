# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with the script that sources this
# How a program searches once, with one seed, until its first violation or its limit. For benchmarks
# of search; needs common.sh and engines.sh, and the variables limit_executions and limit_seconds.
#
# Each of these functions works in the folder `$work`, which is its own, leaves what the program
# printed in `$work/log`, and sets
#   outcome      found, limit, or trouble
#   executions   of the target, until the first violation or until the limit; those that a mutator
#                runs to learn about its parent are not among them
#   to_mutate    these, where the method has such and says so
#   besides      what the engine executes besides its mutations: what it begins with, and what it runs
#                again; these are among the executions
#   deliveries   of all these executions, where the program says so
#   seconds      where it is less than what the whole program takes
#   cpu          seconds of processor time, of the program and its children

# Beyond its limit, a program gets this long to end by itself.
readonly GRACE_SECONDS=30

# bounded SECONDS COMMAND...: runs it with its output in the log; returns its exit code. In the
# foreground of `timeout`, so that one signal to the group ends everything.
bounded() {
    local seconds=$1 status=0 user system TIMEFORMAT='%3U %3S'
    shift

    { time timeout --foreground -k 5 "$seconds" "$@" >"$work/log" 2>&1 </dev/null; } 2>"$work/times" ||
        status=$?
    read -r user system <<<"$(tail -n 1 "$work/times")"
    cpu=$(awk -v a="$user" -v b="$system" 'BEGIN { printf "%.3f", a + b }')
    return "$status"
}

# What a program says of its own count, on a violation.
read_own_count() {
    local line

    line=$(sed -nE 's/^executions: ([0-9]+) \(and ([0-9]+) to mutate\).*/\1 \2/p' "$work/log" | tail -n 1)
    if [[ -n $line ]]; then
        read -r executions to_mutate <<<"$line"
    fi
}

# What libFuzzer has executed besides what the mutator has made, which a program says; the one that
# ends it is the mutator's, and not counted there.
read_besides() {
    local made

    made=$(sed -nE 's/^search: \{"executions": ([0-9]+).*/\1/p' "$work/log" | tail -n 1)
    if [[ -n $made && -n $executions ]]; then
        besides=$((executions - made - (status == 0 ? 0 : 1)))
    fi
}

# After a fuzz program has ended with `status`.
judge_log() {
    read_own_count
    if ((status == 0)) && [[ -n $executions ]]; then
        outcome=limit
    elif [[ -n $executions ]] && grep -q '^ASSERTION FAILED: ' "$work/log"; then
        outcome=found
    fi
}

# run_libfuzzer PROGRAM SEED INPUT ENV...: starts from the file INPUT, or with "" from nothing. Without
# a folder for its corpus, which it keeps in memory, and without symbols in the stack that it prints,
# which would take longer than most runs.
run_libfuzzer() {
    local program=$1 seed=$2 input=$3 status=0
    shift 3

    bounded "$((limit_seconds + GRACE_SECONDS))" "$@" ASAN_OPTIONS=symbolize=0 \
        UBSAN_OPTIONS=symbolize=0 "$program" -seed="$seed" \
        -runs="$limit_executions" -max_total_time="$limit_seconds" -max_len="$INPUT_BYTES_MAX" \
        -len_control=0 -print_final_stats=1 -artifact_prefix="$work/" \
        ${input:+-seed_inputs="$input"} || status=$?
    executions=$(sed -nE 's/^stat::number_of_executed_units: *([0-9]+).*/\1/p' "$work/log" | tail -n 1)
    judge_log
    read_besides
}

# run_standalone PROGRAM SEED: Offbeat's own engine, from nothing.
run_standalone() {
    local status=0

    bounded "$((limit_seconds + GRACE_SECONDS))" "$1" -seed="$2" -runs="$limit_executions" \
        -max_total_time="$limit_seconds" -max_len="$INPUT_BYTES_MAX" -artifact_prefix="$work/" ||
        status=$?
    executions=$(sed -nE 's/^stat: executions=([0-9]+) .*/\1/p' "$work/log" | tail -n 1)
    judge_log
}

# run_afl PROGRAM MUTATOR SEED INPUTS: INPUTS is a folder, which may be empty. AFL++ ends its stage
# before it stops, so the count is in the names of the inputs that it keeps. These also tell how many
# it has run again by then.
run_afl() {
    local program=$1 mutator=$2 stats=$work/out/default/fuzzer_stats first kept status=0

    cp -r "$4" "$work/in"
    make_seeds_for_afl "$work/in"
    bounded "$((limit_seconds + GRACE_SECONDS))" env -u OFFBEAT_SEARCH "${afl_environment[@]}" \
        "${afl_environment_of_seeds[@]}" AFL_CUSTOM_MUTATOR_LIBRARY="$mutator" \
        AFL_BENCH_UNTIL_CRASH=1 afl-fuzz "${afl_arguments[@]}" -i "$work/in" -o "$work/out" -s "$3" \
        -V "$limit_seconds" -E "$limit_executions" -m none -- "$program" || status=$?
    [[ -f $stats ]] || return 0
    executions=$(sed -nE 's/^execs_done *: *([0-9]+).*/\1/p' "$stats")
    first=$(find "$work/out/default/crashes" -name 'id*' | sed -nE 's/.*,execs:([0-9]+).*/\1/p' |
        sort -n | head -n 1)
    kept=$(find "$work/out/default/queue" -name 'id*' | sed -nE 's/.*,execs:([0-9]+).*/\1/p' |
        awk -v until="${first:-$executions}" '$1 + 0 <= until + 0' | wc -l)
    besides=$(((kept - ${#afl_environment_of_seeds[@]}) * AFL_RUNS_OF_KEPT))
    if [[ -n $first ]]; then
        executions=$first
        outcome=found
    elif ((status == 0)) && [[ -n $executions ]]; then
        outcome=limit
    fi
}

# run_explorer COMMAND TARGET/VARIANT SEED STRATEGY [OPTION]...: on an interrupt it says how far it has
# come. What it finds it also minimizes, which is no part of the search.
run_explorer() {
    local command=$1 target=$2 seed=$3 strategy=$4 status=0 first
    shift 4

    bounded "$((limit_seconds + GRACE_SECONDS))" timeout --foreground --preserve-status -s INT \
        "$limit_seconds" "$command" explore "$target" --strategy "$strategy" --seed "$seed" \
        --runs "$limit_executions" --jobs 1 --until-violation --json "$@" || status=$?
    executions=$(sed -nE 's/.*"executions": *([0-9]+).*/\1/p' "$work/log" | head -n 1)
    deliveries=$(sed -nE 's/.*"deliveries": *([0-9]+).*/\1/p' "$work/log" | head -n 1)
    seconds=$(sed -nE 's/.*"seconds": *([0-9.]+).*/\1/p' "$work/log" | head -n 1)
    first=$(grep -oE '"first_execution": *[0-9]+' "$work/log" | grep -oE '[0-9]+' | sort -n | head -n 1) || true
    if [[ -n $first ]]; then
        executions=$first
        outcome=found
    elif [[ -n $executions ]] && ((status == 0)); then
        outcome=limit
    fi
}
