# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# Processes of a campaign: each knows by its environment whose it is, and dies with the one that has
# started it. Needs state.sh.

# The variable that all of them carry: the campaign's folder and what the process is for.
readonly OWNER=OFFBEAT_CAMPAIGN

# Files that are open for a lock, which would stay locked as long as a child lives.
night_lock=
keeper_lock=

close_locks() {
    if [[ -n $night_lock ]]; then exec {night_lock}>&-; fi
    if [[ -n $keeper_lock ]]; then exec {keeper_lock}>&-; fi
}

# spawn PURPOSE LOG COMMAND...: in the background, and no longer there than this process. Sets
# spawned_pid.
spawn() {
    local purpose=$1 log=$2
    shift 2

    (
        trap - EXIT INT TERM
        close_locks
        exec setpriv --pdeathsig KILL -- env "$OWNER=$dir:$purpose" "$@" >"$log" 2>&1 </dev/null
    ) &
    spawned_pid=$!
}

# processes_of PURPOSE: the ids of this campaign's processes that are there for that.
processes_of() {
    grep -lzxF -- "$OWNER=$dir:$1" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3 || true
}

# end_processes_of PURPOSE: what is left of a purpose that is over. AFL++'s targets are stopped
# between two executions, and outlive an afl-fuzz that was killed.
end_processes_of() {
    local pid

    for pid in $(processes_of "$1"); do
        if ((pid != $$ && pid != BASHPID)); then
            kill -KILL "$pid" 2>/dev/null || true
        fi
    done
}

is_running() {
    [[ -n $1 ]] && kill -0 "$1" 2>/dev/null
}
