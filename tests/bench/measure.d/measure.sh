# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with the script that sources this
# Measuring many cases by many methods with many seeds, several at a time, a row of CSV for each run.
# What was measured is not measured again. For benchmarks of search; needs common.sh and methods.sh.
#
# A benchmark sets these variables
#   cases, methods, seeds    what is measured; a case is a name without commas and blanks
#   first_seed               1, unless a run with seed 0 means something
#   limit_executions, limit_seconds, jobs
#   out                      the folder of runs.csv, and of the output of runs that failed
#   is_fresh                 not empty: what was measured is measured again
# and defines these functions
#   program_of METHOD CASE   the path of what is run
#   run_method METHOD CASE SEED   a search as methods.sh describes it
# and, unless each method is for each case,
#   is_measured METHOD CASE

readonly HEADER=case,method,seed,outcome,executions,to_mutate,seconds,limit_executions,limit_seconds,program,cpu_seconds,deliveries,besides

first_seed=1

is_measured() {
    true
}

# check_number NAME VALUE
check_number() {
    [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || fail "$1 takes a number from 1, not \"$2\""
}

# run_one CASE METHOD SEED PROGRAM-SUM: one run, which becomes one row.
run_one() {
    local work started ended elapsed outcome executions to_mutate besides deliveries seconds cpu log

    work=$(mktemp -d "$scratch/run.XXXXXX")
    outcome=trouble executions='' to_mutate='' besides='' deliveries='' seconds='' cpu=''
    started=${EPOCHREALTIME/[.,]/}
    run_method "$2" "$1" "$3"
    ended=${EPOCHREALTIME/[.,]/}
    elapsed=$((ended - started))
    if [[ -z $seconds ]]; then
        seconds=$(printf '%d.%06d' $((elapsed / 1000000)) $((elapsed % 1000000)))
    fi
    if [[ $outcome == trouble ]]; then
        log=$out/trouble/${1//\//-}-$2-$3.log
        mkdir -p "$out/trouble"
        mv "$work/log" "$log" || true
        echo "$1-$2-$3" >>"$scratch/failed"
    else
        # One short line at a time is written whole, whoever else writes.
        echo "$1,$2,$3,$outcome,$executions,$to_mutate,$seconds,$limit_executions,$limit_seconds,$4,$cpu,$deliveries,$besides" \
            >>"$out/runs.csv"
    fi
    rm -r "$work"
}

# What remains to be measured, a line each: seed by seed, so that what is there at any moment is a
# fair part of the whole. A run that came to a limit is done again when the limits are higher now.
list_remaining() {
    local seed name method

    for ((seed = first_seed; seed <= seeds; seed++)); do
        for name in "${cases[@]}"; do
            for method in "${methods[@]}"; do
                if is_measured "$method" "$name"; then
                    echo "$name $method $seed"
                fi
            done
        done
    done | awk -v is_fresh="$is_fresh" -v limit_executions="$limit_executions" \
        -v limit_seconds="$limit_seconds" '
        NR == FNR {
            split($0, row, ",")
            if (is_fresh == "" && (row[4] == "found" || row[4] == "start" ||
                                   (row[8] >= limit_executions && row[9] >= limit_seconds)))
                done[row[1] " " row[2] " " row[3]] = 1
            next
        }
        !($0 in done)' "$out/runs.csv" -
}

# Rows of what will be measured again go, so that each run has one row.
drop_remaining() {
    awk 'NR == FNR { again[$0] = 1; next }
        { split($0, row, ","); if (!((row[1] " " row[2] " " row[3]) in again)) print }' \
        "$scratch/remaining" "$out/runs.csv" >"$out/runs.csv.new"
    mv "$out/runs.csv.new" "$out/runs.csv"
}

stop_runs() {
    local group

    for group in $(jobs -p); do
        kill -- "-$group" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    rm -rf "$scratch"
}

show_progress() {
    local elapsed=$((SECONDS - measure_started)) left

    left=$((elapsed * (total - finished) / (finished > 0 ? finished : 1)))
    progress "$(printf '  %d of %d runs, %d:%02d min, about %d:%02d min left: %s' "$finished" "$total" \
        $((elapsed / 60)) $((elapsed % 60)) $((left / 60)) $((left % 60)) "$1")"
}

measure() {
    local name method seed finished=0 running=0 total measure_started=$SECONDS
    local -A sums=()

    if [[ ! -s $out/runs.csv ]]; then
        echo "$HEADER" >"$out/runs.csv"
    fi
    list_remaining >"$scratch/remaining"
    total=$(wc -l <"$scratch/remaining")
    say "$total runs to do, $jobs at a time; $(($(wc -l <"$out/runs.csv") - 1)) are in $out/runs.csv"
    ((total > 0)) || return 0
    drop_remaining
    set -m # each run is a group of processes, which can be ended as a whole
    while read -r name method seed; do
        if [[ -z ${sums[$name $method]:-} ]]; then
            sums[$name $method]=$(cksum <"$(program_of "$method" "$name")" | cut -d ' ' -f 1)
        fi
        if ((running == jobs)); then
            wait -n || echo unknown >>"$scratch/failed"
            running=$((running - 1)) finished=$((finished + 1))
        fi
        if progress_is_due; then
            show_progress "$name, $method"
        fi
        run_one "$name" "$method" "$seed" "${sums[$name $method]}" &
        running=$((running + 1))
    done <"$scratch/remaining"
    while ((running > 0)); do
        wait -n || echo unknown >>"$scratch/failed"
        running=$((running - 1))
    done
    set +m
    clear_progress
}

# Rows stay when the programs change, as measuring takes long; but it should be known.
say_what_is_old() {
    local old

    old=$(awk -F, 'FNR > 1 { if (!(($1, $2, $10) in seen)) { seen[$1, $2, $10] = 1; builds[$1 "," $2]++ } }
        END { for (key in builds) count += builds[key] > 1; print count + 0 }' "$out/runs.csv")
    if ((old > 0)); then
        say "Note: of $old pairs of case and method the runs come from different builds;" \
            "--fresh measures all again."
    fi
}

# Runs that failed, at the end: exit code 1.
say_what_failed() {
    if [[ -s $scratch/failed ]]; then
        warn "$(wc -l <"$scratch/failed") runs failed; their output is in $out/trouble"
        exit 1
    fi
}
