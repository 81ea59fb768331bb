# shellcheck shell=bash disable=SC2154 # variables are shared with check
# Running targets as the runner does: in another folder than the one they were built into, with
# nothing to write to but /tmp. Sources and build are hidden, so that nobody reads them; so are
# the debugging symbols of the system's libraries, which the runner's image does not have.

isolation=

# isolation_prepare: finds out how; prints what is wrong when it cannot be had.
isolation_prepare() {
    local how

    for how in "unshare -m" "unshare -Urm"; do
        if $how bash -c 'mount --make-rprivate / && mount --bind /tmp /tmp && mount -o remount,bind,ro / &&
            ! touch /read-only-or-not 2>/dev/null && touch "$1/probe"' - "$base" 2>/dev/null; then
            isolation=$how
            return
        fi
    done
    return 1
}

# isolated FOLDER COMMAND...: with FOLDER as the working directory.
isolated() {
    local folder=$1 settings
    shift

    mapfile -t settings < <(run_environment)
    if [[ -z $isolation ]]; then
        (cd "$folder" && env "${settings[@]}" "$@")
        return
    fi
    # shellcheck disable=SC2016 # for the inner shell
    $isolation bash -c '
        set -e
        hidden=$1 folder=$2
        shift 2
        mount --make-rprivate /
        mount --bind /tmp /tmp
        for place in $hidden; do
            [[ ! -d $place ]] || mount -t tmpfs none "$place"
        done
        mount --bind "$folder" "$folder"
        mount -o remount,bind,ro "$folder"
        mount -o remount,bind,ro /
        cd "$folder"
        exec "$@"
    ' - "$base/src $base/work /usr/lib/debug" "$folder" env "${settings[@]}" "$@"
}
