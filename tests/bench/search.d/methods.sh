# shellcheck shell=bash
# The methods that ./scripts/bench search compares: how each runs one case with one seed. Needs
# common.sh, and these variables: programs (folder of the builds, by preset), scenarios (folder of
# the seed scenarios), limit_executions, limit_seconds.
#
# A method sets
#   outcome      found, limit, or trouble
#   executions   of the target, until the first violation or until the limit; those that a mutator
#                runs to learn about its parent are not among them
#   to_mutate    these, where the method has such and says so
#   seconds      where it is less than what the whole program takes
# It works in the folder `$work`, which is its own, and leaves its output in `$work/log`.

# Long enough for anything that breaks a case, short enough for mutation of plain bytes.
readonly INPUT_BYTES_MAX=1024

# Beyond its limit, a program gets this long to end by itself.
readonly GRACE_SECONDS=30

readonly METHODS=(offbeat-libfuzzer offbeat-afl no-reversal no-feedback no-classes bytes random pct pos)

# preset_of METHOD: the build whose programs it runs.
preset_of() {
    case $1 in
    offbeat-afl) echo afl ;;
    random | pct | pos) echo release ;;
    *) echo libfuzzer-plain ;;
    esac
}

# targets_of METHOD CASE: what is built for it.
targets_of() {
    case $1 in
    offbeat-afl) echo "fuzz_ladder_$2_racy afl_mutator_ladder_$2_racy" ;;
    random | pct | pos) echo offbeat_ladder ;;
    bytes) echo "bytes_ladder_$2_racy" ;;
    *) echo "fuzz_ladder_$2_racy" ;;
    esac
}

# program_of METHOD CASE: the path of what it runs.
program_of() {
    local targets

    read -ra targets <<<"$(targets_of "$1" "$2")"
    echo "$programs/$(preset_of "$1")/bin/${targets[0]}"
}

# run_method METHOD CASE SEED
run_method() {
    local program

    program=$(program_of "$1" "$2")
    outcome=trouble executions= to_mutate= seconds=
    case $1 in
    offbeat-libfuzzer) run_libfuzzer "$program" "$2" "$3" env -u OFFBEAT_SEARCH ;;
    no-*) run_libfuzzer "$program" "$2" "$3" env OFFBEAT_SEARCH="$1" ;;
    bytes) run_libfuzzer "$program" "$2" "$3" env OFFBEAT_SEARCH=no-feedback ;;
    offbeat-afl) run_afl "$program" "$2" "$3" ;;
    *) run_explorer "$program" "$2" "$3" "$1" ;;
    esac
}

# bounded SECONDS COMMAND...: runs it with its output in the log; returns its exit code. In the
# foreground of `timeout`, so that one signal to the group ends everything.
bounded() {
    local seconds=$1
    shift

    timeout --foreground -k 5 "$seconds" "$@" >"$work/log" 2>&1 </dev/null
}

# What a program says of its own count, on a violation.
read_own_count() {
    local line

    line=$(sed -nE 's/^executions: ([0-9]+) \(and ([0-9]+) to mutate\).*/\1 \2/p' "$work/log" | tail -n 1)
    if [[ -n $line ]]; then
        read -r executions to_mutate <<<"$line"
    fi
}

# run_libfuzzer PROGRAM CASE SEED ENV...: without a folder for its corpus, which it keeps in memory,
# and without symbols in the stack that it prints, which would take longer than most runs.
run_libfuzzer() {
    local program=$1 case=$2 seed=$3 status=0
    shift 3

    bounded "$((limit_seconds + GRACE_SECONDS))" "$@" ASAN_OPTIONS=symbolize=0 \
        UBSAN_OPTIONS=symbolize=0 "$program" -seed="$seed" \
        -runs="$limit_executions" -max_total_time="$limit_seconds" -max_len="$INPUT_BYTES_MAX" \
        -len_control=0 -print_final_stats=1 -artifact_prefix="$work/" \
        -seed_inputs="$scenarios/$case/seed" || status=$?
    executions=$(sed -nE 's/^stat::number_of_executed_units: *([0-9]+).*/\1/p' "$work/log" | tail -n 1)
    read_own_count
    if ((status == 0)) && [[ -n $executions ]]; then
        outcome=limit
    elif [[ -n $executions ]] && grep -q '^ASSERTION FAILED: ' "$work/log"; then
        outcome=found
    fi
}

# run_afl PROGRAM CASE SEED: AFL++ ends its stage before it stops, so the count is in the names of
# the inputs that it keeps.
run_afl() {
    local program=$1 stats=$work/out/default/fuzzer_stats first status=0

    bounded "$((limit_seconds + GRACE_SECONDS))" env -u OFFBEAT_SEARCH \
        AFL_CUSTOM_MUTATOR_LIBRARY="$programs/afl/lib/afl_mutator_ladder_$2_racy.so" \
        AFL_CUSTOM_MUTATOR_ONLY=1 AFL_BENCH_UNTIL_CRASH=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 \
        AFL_NO_UI=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
        afl-fuzz -i "$scenarios/$2" -o "$work/out" -s "$3" -V "$limit_seconds" \
        -E "$limit_executions" -G "$INPUT_BYTES_MAX" -t 10000 -m none -- "$program" || status=$?
    [[ -f $stats ]] || return 0
    executions=$(sed -nE 's/^execs_done *: *([0-9]+).*/\1/p' "$stats")
    first=$(find "$work/out/default/crashes" -name 'id*' | sed -nE 's/.*,execs:([0-9]+).*/\1/p' |
        sort -n | head -n 1)
    if [[ -n $first ]]; then
        executions=$first
        outcome=found
    elif ((status == 0)) && [[ -n $executions ]]; then
        outcome=limit
    fi
}

# run_explorer PROGRAM CASE SEED STRATEGY: on an interrupt it says how far it has come. What it finds
# it also minimizes, which is no part of the search.
run_explorer() {
    local program=$1 status=0 first

    bounded "$((limit_seconds + GRACE_SECONDS))" timeout --foreground --preserve-status -s INT \
        "$limit_seconds" "$program" explore "ladder_$2/racy" --strategy "$4" --seed "$3" \
        --runs "$limit_executions" --scenario "$scenarios/$2.txt" --jobs 1 --until-violation \
        --json || status=$?
    executions=$(sed -nE 's/.*"executions": *([0-9]+).*/\1/p' "$work/log" | head -n 1)
    seconds=$(sed -nE 's/.*"seconds": *([0-9.]+).*/\1/p' "$work/log" | head -n 1)
    first=$(grep -oE '"first_execution": *[0-9]+' "$work/log" | grep -oE '[0-9]+' | sort -n | head -n 1) || true
    if [[ -n $first ]]; then
        executions=$first
        outcome=found
    elif [[ -n $executions ]] && ((status == 0)); then
        outcome=limit
    fi
}
