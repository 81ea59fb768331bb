# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# How much room there is, and what is done when it gets short: nothing more is added, and what there is
# is packed into room that was kept for that. Needs state.sh, settings.sh.

readonly RESERVE_MAX=$((256 * 1024 * 1024))

# What has to stay free on the file system: an eighth of a small one.
reserve() {
    local size

    size=$(df --output=size -B1 "$dir" | tail -n 1)
    size=$((size / 8))
    printf '%d' $((size < RESERVE_MAX ? size : RESERVE_MAX))
}

free_space() {
    df --output=avail -B1 "$dir" | tail -n 1
}

used_space() {
    du -s -B1 "$dir" 2>/dev/null | cut -f 1
}

# A file that is there to be deleted when the last packing needs room.
take_ballast() {
    local size

    size=$(($(reserve) / 4))
    if ((size > disk / 20)); then size=$((disk / 20)); fi
    [[ -e $dir/ballast ]] || fallocate -l "$size" "$dir/ballast" 2>/dev/null ||
        head -c "$size" /dev/zero >"$dir/ballast" 2>/dev/null || rm -f "$dir/ballast"
}

drop_ballast() {
    rm -f "$dir/ballast"
}

# disk_is_short [PERCENT]: says why, or returns 1. PERCENT is how much of what is allowed counts as
# too much (90): less of it after something was done about it, or that would not last.
disk_is_short() {
    local used free kept percent=${1:-90}

    used=$(used_space)
    free=$(free_space)
    kept=$(($(reserve) * 90 / percent))
    if ((used > disk / 100 * percent)); then
        printf '%s of the %s that it may take are used' "$(human "$used")" "$(human "$disk")"
    elif ((free < kept)); then
        printf '%s are free on its disk, and %s are wanted in reserve' "$(human "$free")" "$(human "$kept")"
    else
        return 1
    fi
}
