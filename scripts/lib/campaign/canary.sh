# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# The canary: a variant that is known to fail is fuzzed first, and each engine has to find that, and the
# sorting of crashes to show it. Otherwise a night without bugs would mean nothing. Needs turn.sh.
#
# state/canary.tsv: instance, found or missed, seconds, executions; then `result`, found or missed.
# canary/crashes, canary/triage: as below the campaign's folder, kept apart from what the night finds.

# One process of each engine, for as long as the first failing input takes.
run_canary() {
    local began=$EPOCHSECONDS names=() stop_at_first=yes folder name

    rm -rf "$dir/canary" "$dir/state/canary.tsv"
    if has_engine libfuzzer; then names+=(libfuzzer-1); fi
    if has_engine afl; then names+=(main); fi
    folder=$dir/canary/turn
    mkdir -p "$folder/seeds" "$dir/canary/crashes/${canary/\//-}"
    if [[ -f $root/corpus/${canary%/*}.tar.zst ]]; then
        "$offbeat" corpus unpack "$root/corpus/${canary%/*}.tar.zst" "$folder/seeds" >>"$dir/log.txt" 2>&1
    fi
    make_seeds_for_afl "$folder/seeds"
    lane_turn[0]=$folder lane_subject[0]=$canary lane_swarm[0]=0 lane_seed[0]=1
    lane_began[0]=$began lane_ends[0]=$((began + canary_seconds))
    begin_instances 0 "${names[@]}"
    while watch_lane 0; do
        save_now
        if [[ -n $stop_reason ]]; then break; fi
        sleep 0.3
    done
    stop_lane 0
    for name in "${names[@]}"; do
        judge_canary "$name" "$folder" $((EPOCHSECONDS - began))
    done
    end_processes_of turn-turn
    lane_subject[0]=
}

judge_canary() {
    local name=$1 verdict=missed

    if (($(instance_found "$name" "$2") > 0)); then verdict=found; fi
    add canary "$name" "$verdict" "$3" "${counted[0:$name]}"
}

# Whether all of them have found it, and the triage shows it. Sets canary_says.
canary_is_found() {
    local missed hash file status=0

    missed=$(awk -F '\t' '$2 == "missed" { print $1 }' "$dir/state/canary.tsv" | paste -sd ' ')
    if [[ -n $missed ]]; then
        canary_says="$missed did not find the bug of $canary in $canary_seconds s"
        return 1
    fi
    while IFS=$'\t' read -r hash file; do
        keep_file "$file" "$dir/canary/crashes/${canary/\//-}" "crash-$hash"
    done < <(list_failing "$dir/canary/turn" | name_by_content)
    tool "$offbeat" triage "$dir/canary/crashes" -o "$dir/canary/triage" || status=$?
    if ((status != 1)) || ! jq -e --arg subject "$canary" \
        'any(.buckets[]; .target + "/" + .variant == $subject)' "$dir/canary/triage/triage.json" \
        >/dev/null 2>&1; then
        canary_says="the bug of $canary was found, but offbeat triage does not show it (it ended with $status)"
        return 1
    fi
    canary_says="the bug of $canary was found"
}
