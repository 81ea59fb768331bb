# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# The process that a campaign is started with: it shows how the night goes, starts it again when it
# dies, and ends with its exit code. When the keeper dies, the night starts another one. Needs
# state.sh, processes.sh, status.sh.

# A night that dies again and again and gets nowhere is not started for ever.
readonly VAIN_DEATHS_MAX=8

keeper_stops=

start_night() {
    (
        trap - EXIT INT TERM
        close_locks
        exec setsid env "$OWNER=$dir:night" "$root/scripts/campaign" --night "$dir" \
            >>"$dir/log.txt" 2>&1 </dev/null
    ) &
    night=$!
    disown # or bash would say how it died in the middle of a table
    night_began=$(progress_of_night)
}

# What differs when a night has got anywhere.
progress_of_night() {
    printf '%s %s %s' "$(get phase)" "$(get elapsed 0)" "$(get turn 0)"
}

# The night that runs, of whoever has started it.
night_runs() {
    is_running "$night" || is_held "$dir/night.lock"
}

ask_night_to_stop() {
    local pid

    keeper_stops=yes
    for pid in $(processes_of night); do
        kill -TERM "$pid" 2>/dev/null || true
    done
}

# keep_night KIND: until the night has ended. Returns its exit code; 130 when it was asked to stop.
keep_night() {
    local vain_deaths=0

    night=
    night_began=
    hold "$dir/keeper.lock" keeper_lock ||
        fail "the campaign in $dir is running; --status $dir shows how it goes"
    printf '%s %s\n' "$$" "$1" | replace "$dir/state/keeper" || true
    trap 'ask_night_to_stop' INT TERM
    trap 'ask_night_to_stop' HUP
    while [[ ! -f $dir/state/exit ]] || night_runs; do
        if ! night_runs; then
            if [[ -n $keeper_stops ]]; then
                break
            fi
            if [[ -n $night ]]; then
                note "the night died; starting it again"
                if [[ $night_began == "$(progress_of_night)" ]]; then
                    vain_deaths=$((vain_deaths + 1))
                else
                    vain_deaths=0
                fi
                if ((vain_deaths >= VAIN_DEATHS_MAX)); then
                    fail "the campaign dies and gets nowhere (see $dir/log.txt; is the disk full?)"
                fi
                sleep "$vain_deaths"
            fi
            start_night
        fi
        show_progress
        sleep 1 &
        wait $! || true
    done
    clear_progress
    if [[ ! -f $dir/state/exit ]]; then
        say "Stopped. To go on: $0 --resume $dir"
        return 130
    fi
    show_result
    return "$(get exit 2)"
}

# take_over: from a keeper that the night had to start itself, as the first one died.
take_over() {
    local pid kind

    is_held "$dir/keeper.lock" || return 0
    read -r pid kind < <(get keeper) || true
    if [[ ${kind:-} == orphan ]] && processes_of keeper | grep -x "$pid" >/dev/null; then
        kill -KILL "$pid" 2>/dev/null || true
    fi
}
