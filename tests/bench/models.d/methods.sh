# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with the script that sources this
# The methods that ./scripts/bench models compares. Needs measure.d/methods.sh, and the variable
# programs, the folder of the builds: TREE/BUILD/bin, where TREE is `this`, or `beside` for the
# methods of another tree, beside-METHOD.

readonly OWN_METHODS=(random pct pos libfuzzer afl standalone)

# build_of METHOD: the folder of the build whose programs it runs.
build_of() {
    local tree=this

    [[ $1 != beside-* ]] || tree=beside
    case $1 in
    *afl) echo "$tree/afl" ;;
    *libfuzzer) echo "$tree/libfuzzer" ;;
    *) echo "$tree/release" ;;
    esac
}

# targets_of METHOD CASE: what is built for it.
targets_of() {
    case $1 in
    *random | *pct | *pos) echo offbeat_models ;;
    *afl) echo "fuzz_${2/\//_} afl_mutator_${2/\//_}" ;;
    *) echo "fuzz_${2/\//_}" ;;
    esac
}

# program_of METHOD CASE: the path of what it runs.
program_of() {
    local targets

    read -ra targets <<<"$(targets_of "$1" "$2")"
    echo "$programs/$(build_of "$1")/bin/${targets[0]}"
}

# What was found is minimized as well, which is no part of the search. So the processor time is that
# of the walks before the one that violates, run a second time.
run_walks() {
    local program=$1 target=$2 seed=$3 strategy=$4 found log

    run_explorer "$program" "$target" "$seed" "$strategy"
    [[ $outcome == found ]] || return 0
    found=$executions log=$(cat "$work/log")
    if ((found > 1)); then
        bounded "$((limit_seconds + GRACE_SECONDS))" "$program" explore "$target" \
            --strategy "$strategy" --seed "$seed" --runs "$((found - 1))" --jobs 1 --json || true
    else
        bounded "$GRACE_SECONDS" "$program" list
    fi
    printf '%s\n' "$log" >"$work/log"
}

# run_method METHOD CASE SEED: from nothing. Seed 0 stands for the start of the program, with one
# execution at most.
run_method() {
    local program limit_executions=$limit_executions

    program=$(program_of "$1" "$2")
    if (($3 == 0)); then
        limit_executions=1
    fi
    case $1 in
    *libfuzzer) run_libfuzzer "$program" "$3" '' env -u OFFBEAT_SEARCH ;;
    *afl)
        mkdir -p "$work/none"
        run_afl "$program" "$programs/$(build_of "$1")/lib/afl_mutator_${2/\//_}.so" "$3" "$work/none"
        ;;
    *standalone) run_standalone "$program" "$3" ;;
    *)
        if (($3 == 0)); then
            bounded "$GRACE_SECONDS" "$program" list && outcome=limit executions=0
        else
            run_walks "$program" "$2" "$3" "${1#beside-}"
        fi
        ;;
    esac
    if (($3 == 0)) && [[ $outcome != trouble ]]; then
        outcome=start
    fi
}
