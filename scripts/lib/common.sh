# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared with the script that sources this
# What all scripts share: messages, progress, and steps that may take long.
# Sourced after `root` was set to the top of the source tree.

# What is built, fuzzed and triaged is the project: Offbeat's own tree where the scripts lie in one,
# and otherwise the one that they are called in. OFFBEAT_PROJECT names another.
project=$root

# Exit codes of every script here: 0 and 1 are its own, 2 is trouble.
readonly EXIT_TROUBLE=2

# Progress lines on what is not a terminal come at most this often.
readonly PROGRESS_SECONDS=10

child_pid=

say() {
    clear_progress
    printf '%s\n' "$*"
}

warn() {
    clear_progress
    printf '%s%s: %s\n' "$(in_source_tree || printf 'offbeat ')" "${0##*/}" "$*" >&2
}

fail() {
    warn "$*"
    exit "$EXIT_TROUBLE"
}

is_terminal() {
    [[ -t 1 && ${TERM:-dumb} != dumb ]]
}

# https://no-color.org: any value that is not empty
is_coloured() {
    is_terminal && [[ -z ${NO_COLOR:-} ]]
}

# A process that a script waits for ends with the script, also on Ctrl-C.
stop_child() {
    if [[ -n $child_pid ]]; then
        kill "$child_pid" 2>/dev/null || true
        wait "$child_pid" 2>/dev/null || true
        child_pid=
    fi
}
trap stop_child EXIT
trap 'clear_progress; exit 130' INT
trap 'clear_progress; exit 143' TERM

progress_is_shown=
progress_at=0

clear_progress() {
    if [[ -n $progress_is_shown ]]; then
        printf '\r\033[K'
        progress_is_shown=
    fi
}

# Whether it is time to say again how things go: making up what to say costs time, too.
progress_is_due() {
    if is_terminal; then
        ((SECONDS > progress_at))
    else
        ((SECONDS - progress_at >= PROGRESS_SECONDS))
    fi
}

# progress TEXT: one line that is written over on a terminal, and elsewhere a line of its own.
progress() {
    local columns

    if is_terminal; then
        columns=$(tput cols 2>/dev/null || echo 80)
        printf '\r\033[K%s' "${1:0:columns-1}"
        progress_is_shown=1
    else
        printf '%s\n' "$1"
    fi
    progress_at=$SECONDS
}

# What a program last said, as one line of printable characters.
last_line() {
    tail -c 2000 "$1" 2>/dev/null | tr '\r' '\n' | sed 's/\x1b\[[0-9;]*m//g' | tr -cd '[:print:]\n' |
        grep -v '^ *$' | tail -n 1 || true
}

# step WHAT LOG COMMAND...: runs a command with its output in LOG, says what it is, and shows that
# it goes on. Returns its exit code; on failure the end of LOG has been shown.
step() {
    local what=$1 log=$2 started=$SECONDS status=0
    shift 2

    mkdir -p "$(dirname "$log")"
    say "$what"
    progress_at=$SECONDS
    "$@" >"$log" 2>&1 </dev/null &
    child_pid=$!
    while kill -0 "$child_pid" 2>/dev/null; do
        sleep 0.2
        if progress_is_due; then
            progress "  $((SECONDS - started)) s: $(last_line "$log")"
        fi
    done
    wait "$child_pid" || status=$?
    child_pid=
    clear_progress
    if ((status != 0)); then
        tail -n 30 "$log" >&2
        warn "failed with exit code $status: $* (all of its output: $log)"
    fi
    return "$status"
}

# 1234567 → 1,234,567
grouped() {
    sed -E ':again; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; t again' <<<"$1"
}

# Whether the scripts lie in a source tree, which has targets of its own.
in_source_tree() {
    [[ -d $root/targets ]]
}

# Sets `project`, for other processes as well.
find_project() {
    if [[ -n ${OFFBEAT_PROJECT:-} ]]; then
        [[ -f $OFFBEAT_PROJECT/CMakeLists.txt ]] ||
            fail "OFFBEAT_PROJECT: there is no $OFFBEAT_PROJECT/CMakeLists.txt"
        project=$(cd "$OFFBEAT_PROJECT" && pwd)
    elif in_source_tree; then
        project=$root
    else
        project=$PWD
        while ! grep -qsiE '^[[:space:]]*project[[:space:]]*\(' "$project/CMakeLists.txt"; do
            [[ $project == ?* ]] ||
                fail "there is no CMakeLists.txt with a project() here or above: go to your" \
                    "project, or begin one with offbeat new NAME"
            project=${project%/*}
        done
    fi
    export OFFBEAT_PROJECT=$project
}

# The leading comment of a script is its help. Installed, it is part of the command.
print_help() {
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$1" | if in_source_tree; then cat; else
        sed -e 's|\./scripts/|offbeat |g'
    fi
}
