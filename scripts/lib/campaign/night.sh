# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# The process that runs a campaign: turns while there is time, housekeeping beside them, and what is to
# be done at the end. It writes the state, and nothing to a terminal. It may die at any moment: whoever
# keeps it (keeper.sh) starts it again, and it goes on from the state. Needs all the others.

readonly TICK=0.5
# The keeper looks after this process, and this process after the keeper.
readonly KEEPER_CHECK_SECONDS=1

stop_reason= # why the fuzzing ends before its time: disk, signal
housekeeper=
clock_at=0
failed_writes=0 # in a row

# What could not be written once may have been killed while it was; again and again, the disk is full.
readonly FAILED_WRITES_MAX=10

# Time counts while something runs; what the machine was off for does not.
advance_clock() {
    local now=$EPOCHSECONDS passed

    passed=$((now - clock_at))
    if ((passed >= 2)); then
        # A clock that was set, or a machine that slept.
        if ((passed > 120)); then passed=2; fi
        put elapsed $(($(get elapsed 0) + passed)) || true
        clock_at=$now
    fi
}

time_left() {
    printf '%d' $((seconds - $(get elapsed 0)))
}

start_turns() {
    local lane subject length left

    left=$(time_left)
    length=$(turn_length)
    if ((length > left)); then length=$left; fi
    ((length >= 3)) || return 0
    for ((lane = 0; lane < lanes; lane++)); do
        if [[ -z ${lane_subject[lane]} ]]; then
            subject=$(next_subject "${lane_subject[*]}")
            [[ -n $subject ]] || continue
            if begin_turn "$lane" "$subject" "$length"; then
                failed_writes=0
            else
                lane_subject[lane]=
                count_failed_write
            fi
        fi
    done
}

watch_turns() {
    local lane

    for ((lane = 0; lane < lanes; lane++)); do
        if [[ -n ${lane_subject[lane]} ]] && ! watch_lane "$lane"; then
            end_turn "$lane" || count_failed_write
        fi
    done
}

count_failed_write() {
    failed_writes=$((failed_writes + 1))
    if ((failed_writes >= FAILED_WRITES_MAX)); then check_disk again; else check_disk; fi
}

stop_turns() {
    local lane

    for ((lane = 0; lane < lanes; lane++)); do
        if [[ -n ${lane_subject[lane]} ]]; then
            stop_lane "$lane"
            end_turn "$lane" || end_turn "$lane" || lane_subject[lane]=
        fi
    done
}

is_fuzzing() {
    local all="${lane_subject[*]}"

    [[ -n ${all// /} ]]
}

# check_disk [again]: whether there is room. The first time it gets short, the finds are packed, which
# may make some; after that the fuzzing ends.
check_disk() {
    local why

    why=$(disk_is_short) || { [[ -n ${1:-} ]] && why="something could not be written"; } || return 0
    note "the disk is short: $why"
    stop_turns
    drop_ballast
    keep_house_at_last || true
    if why=$(disk_is_short 60) || [[ -n ${1:-} ]]; then
        stop_reason=disk
        trouble "stopped adding after $(clock "$(get elapsed 0)"), as ${why:-the disk is full}; what was found by then is kept"
    else
        take_ballast
        harvest_all || stop_reason=disk
    fi
}

start_housekeeping() {
    if ! is_running "$housekeeper"; then
        spawn tools "$dir/state/tools.log" "$root/scripts/campaign" --housekeeping "$dir"
        housekeeper=$spawned_pid
    fi
}

# Returns its exit code.
finish_housekeeping() {
    local status=0

    if [[ -n $housekeeper ]]; then
        wait "$housekeeper" 2>/dev/null || status=$?
        while is_running "$housekeeper"; do # a signal has ended the wait, and not the tool
            status=0
            wait "$housekeeper" 2>/dev/null || status=$?
        done
        housekeeper=
        if ((status != 0)); then
            note "the housekeeping ended with $status: $(tail -n 3 "$dir/state/tools.log" | tr '\n' ' ')"
        fi
    fi
    return "$status"
}

# One that is killed is done again.
keep_house_at_last() {
    local try

    finish_housekeeping || true
    for ((try = 0; try < TOOL_TRIES; try++)); do
        start_housekeeping
        finish_housekeeping && return 0
    done
    return 1
}

check_keeper() {
    if [[ -z $stop_reason ]] && ! is_held "$dir/keeper.lock"; then
        note "nobody keeps this campaign any more; starting a keeper"
        (
            trap - EXIT INT TERM
            close_locks
            exec setsid env "$OWNER=$dir:keeper" "$root/scripts/campaign" --keep "$dir" >>"$dir/log.txt" 2>&1 </dev/null
        ) &
        disown
    fi
}

# every SECONDS NAME: whether it is time again.
declare -gA last_time=()
every() {
    if ((EPOCHSECONDS - ${last_time[$2]:-0} >= $1)); then
        last_time[$2]=$EPOCHSECONDS
        return 0
    fi
    return 1
}

add_totals() {
    local subject lane count speed total=0 kept=0 failing=0 rates=0

    for subject in "${all_subjects[@]}"; do
        total=$((total + executions[$subject]))
        kept=$((kept + inputs[$subject]))
        failing=$((failing + crashes[$subject]))
    done
    for ((lane = 0; lane < lanes; lane++)); do
        if [[ -n ${lane_subject[lane]} ]]; then
            read -r count speed _ < <(lane_counts "$lane")
            total=$((total + count))
            subject=${lane_subject[lane]} # engines count late, so it may be its last turn's
            rates=$((rates + (speed > rate[$subject] ? speed : rate[$subject])))
        fi
    done
    add totals "$(get elapsed 0)" "$total" "$rates" "$kept" "$failing"
    printf '%s\t%s\t%s\t%s\n' "$total" "$rates" "$kept" "$failing" | replace "$dir/state/total" || true
}

# What is looked at now and then while engines run.
look_around() {
    local interval=$((seconds / 200)) lane

    if every 3 now; then save_now; fi
    if every 10 share; then
        for ((lane = 0; lane < lanes; lane++)); do
            if [[ -n ${lane_subject[lane]} ]]; then share_in_lane "$lane"; fi
        done
    fi
    if every $((interval < 5 ? 5 : interval)) totals; then
        add_totals
        write_metrics || true
    fi
    if every "$KEEPER_CHECK_SECONDS" keeper; then check_keeper; fi
    if every 5 disk; then check_disk; fi
    interval=$((seconds / 8))
    if ((interval > 900)); then interval=900; fi
    if every $((interval < 30 ? 30 : interval)) housekeeping; then start_housekeeping; fi
}

fuzz_all_night() {
    last_time[housekeeping]=$EPOCHSECONDS last_time[disk]=$EPOCHSECONDS
    make_lanes
    take_ballast
    while (($(time_left) > 0)) && [[ -z $stop_reason ]]; do
        start_turns
        # What is left may be too little for a turn.
        if ! is_fuzzing && ((failed_writes == 0)); then break; fi
        watch_turns
        look_around
        advance_clock
        sleep "$TICK"
    done
    stop_turns
    drop_ballast
}

# The exit code: 2 when the night's word cannot be trusted, 1 when there are bugs.
verdict() {
    if [[ -s $dir/state/trouble.txt ]]; then
        echo 2
    elif [[ -n $(bugs) ]]; then
        echo 1
    else
        echo 0
    fi
}

finish() {
    put phase finishing
    : | replace "$dir/state/now.tsv" || true
    finish_housekeeping || true
    harvest_all || trouble "the disk is full: what the last turns kept is still in $dir/turns"
    keep_house_at_last || trouble "what is done at the end could not be done (see $dir/log.txt)"
    if (($(get triage 0) > 1)); then
        trouble "not all failing inputs could be sorted: offbeat triage ended with $(get triage) (see $dir/log.txt)"
    fi
    add_totals
    if [[ $stop_reason == signal ]]; then
        put phase stopped
        note "stopped; --resume goes on"
        return
    fi
    if [[ $update == yes ]]; then update_corpora; fi
    put phase "done"
    write_report || true # once more, now that it is known how the night has ended
    write_metrics || true
    note "ends with exit code $(verdict)"
    if [[ -n $nights ]]; then rm -f "$nights/unfinished"; fi
    put exit "$(verdict)" || printf '2\n' >"$dir/state/exit"
}

begin_canary() {
    if [[ $canary == none || $(get canary_says) != "" ]]; then
        return
    fi
    put phase canary
    run_canary
    if [[ -n $stop_reason ]]; then return; fi
    if canary_is_found; then
        add canary result found
    else
        add canary result missed
        trouble "the canary failed, so this night proves nothing: $canary_says"
        stop_reason=canary
    fi
    put canary_says "$canary_says"
}

# The whole of it. Called where a failing command does not end the shell: it has to outlive a full disk.
run_night() {
    local target

    hold "$dir/night.lock" night_lock || return 0
    trap 'stop_reason=signal' TERM INT
    trap '' HUP
    clock_at=$EPOCHSECONDS
    check_keeper
    for ((lane = 0; lane < jobs; lane++)); do lane_subject[lane]=; done
    end_strays
    harvest_all || stop_reason=disk
    if grep -q '^result.missed' "$dir/state/canary.tsv" 2>/dev/null; then stop_reason=canary; fi
    if [[ -z $stop_reason ]]; then begin_canary; fi
    if [[ -z $stop_reason ]]; then
        if [[ $(get given) != yes ]]; then
            for target in $(targets_of_campaign); do give_first "$target"; done
            put given yes
        fi
        put phase fuzzing
        fuzz_all_night
    fi
    finish
}

# What every variant starts from.
give_first() {
    local target=$1 archive

    for archive in "$root/corpus/$target.tar.zst" "${before:+$before/corpus/minimal/$target.tar.zst}"; do
        if [[ -f $archive ]]; then give "$archive" "$target"; fi
    done
    fetch_shared "$target"
    make_dictionary "$target"
}

# Engines and tools of a night that died: those that saw it are gone, others may be on their way.
end_strays() {
    local folder

    end_processes_of tools
    end_processes_of turn-turn
    for folder in "$dir"/turns/*/; do
        folder=${folder%/}
        end_processes_of "turn-${folder##*/}"
    done
}
