# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# What a campaign remembers: small files below $dir/state, each replaced as a whole, tables with a tab
# between columns, so that whatever dies at whatever moment, the next one reads what the last one
# meant. Needs common.sh.
#
#   settings.tsv    how the campaign was started
#   state/elapsed   seconds that were spent, without those in which nothing ran
#   state/phase     preparing, canary, fuzzing, finishing, done
#   state/exit      the exit code, once the campaign has ended
#   state/*.tsv     tables; who writes one describes it

dir=

# replace FILE: puts standard input in its place, wholly or not at all. Returns 1 when the disk is full.
replace() {
    local temporary=$1.$BASHPID.tmp

    if cat >"$temporary" 2>/dev/null && mv -f "$temporary" "$1" 2>/dev/null; then
        return 0
    fi
    rm -f "$temporary"
    return 1
}

# put NAME VALUE, get NAME [DEFAULT]: a value of state.
put() {
    local temporary=$dir/state/$1.$BASHPID.tmp

    { printf '%s\n' "$2" >"$temporary"; } 2>/dev/null && again mv -f "$temporary" "$dir/state/$1"
}

# again COMMAND...: once more when it fails, as it may have been killed.
again() {
    "$@" 2>/dev/null || "$@" 2>/dev/null
}

get() {
    local value=${2:-}

    if [[ -f $dir/state/$1 ]]; then
        IFS= read -r value <"$dir/state/$1" || true
    fi
    printf '%s' "$value"
}

# add NAME COLUMN...: one row at the end of a table.
add() {
    local table=$1 IFS=$'\t'
    shift

    printf '%s\n' "$*" >>"$dir/state/$table.tsv" 2>/dev/null || true
}

# note TEXT: for the log of the campaign, and for whoever reads it in the morning.
note() {
    printf '%s %s\n' "$(date -u +%FT%TZ)" "$*" >>"$dir/log.txt" 2>/dev/null || true
}

# trouble TEXT: what makes the night's word less than a whole one. Said once.
trouble() {
    if ! grep -qxF -- "$*" "$dir/state/trouble.txt" 2>/dev/null; then
        printf '%s\n' "$*" >>"$dir/state/trouble.txt" 2>/dev/null || true
        note "trouble: $*"
    fi
}

# hold FILE NAME: takes a lock for as long as this process lives; NAME becomes the number of the open
# file, which children must not inherit. Returns 1 when somebody else has it.
hold() {
    local -n descriptor=$2

    exec {descriptor}>>"$1" || return 1
    if ! flock -w 3 "$descriptor"; then
        exec {descriptor}>&-
        return 1
    fi
}

is_held() {
    [[ -f $1 ]] && ! flock -n "$1" true
}
