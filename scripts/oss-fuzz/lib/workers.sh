# shellcheck shell=bash disable=SC2154 # variables are shared with check
# Looking at many targets, as many at one time as there are processors. Needs results.sh.

# Each worker is a group of processes, which ends with the check.
end_workers() {
    local group

    for group in $(jobs -p); do
        kill -- "-$group" 2>/dev/null || true
    done
    stop_child
}
trap end_workers EXIT

# for_each FUNCTION WHAT TARGET...: FUNCTION for each target, in a process of its own, so that of what
# it sets only results remain. WHAT is the configuration, for results and progress.
for_each() {
    local function=$1 what=$2 target finished=0 total pid
    local -A running=()
    shift 2

    total=$#
    set -m
    while (($# > 0 || ${#running[@]} > 0)); do
        if (($# > 0 && ${#running[@]} < $(nproc))); then
            ("$function" "$1") </dev/null &
            running[$!]=$1
            shift
            continue
        fi
        pid=
        wait -n -p pid "${!running[@]}" ||
            result "$what" "looked at to the end" fail "${running[$pid]}: a command failed, see above"
        target=${running[$pid]}
        unset "running[$pid]"
        finished=$((finished + 1))
        if progress_is_due; then
            progress "  $what: $finished of $total targets, $target"
        fi
    done
    set +m
    clear_progress
}
