# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# Campaigns that share a folder, on one machine or several: each writes to a part that is named after
# it, and reads those of the others. Files are put there whole, under a name that says that they are,
# so any shared file system does, and any copy of one. Needs state.sh, seeds.sh.
#
#   FOLDER/NAME/TARGET.tar.zst                  what campaign NAME has found, packed
#   FOLDER/NAME/afl/TARGET/VARIANT/queue/id:*   the same as AFL++ shares it, for any afl-fuzz
#   state/shared/NAME-TARGET                    which archive of another was read last

shared_folders() {
    local other

    [[ -n $share ]] || return 0
    for other in "$share"/*/; do
        other=${other%/}
        if [[ -d $other && ${other##*/} != "$name" ]]; then printf '%s\n' "$other"; fi
    done
}

# shared_queues SUBJECT: folders that an afl-fuzz here may read besides its own.
shared_queues() {
    local other

    while IFS= read -r other; do
        if [[ -d $other/afl/$1/queue ]]; then printf '%s\n' "$other/afl/$1/queue"; fi
    done < <(shared_folders)
}

put_whole() {
    cp "$1" "$2.part" 2>/dev/null && mv -f "$2.part" "$2" || { rm -f "$2.part"; return 1; }
}

publish() {
    local target=$1 variant queue hash

    [[ -n $share ]] || return 0
    mkdir -p "$share/$name" || return 1
    if [[ $dir/corpus/minimal/$target.tar.zst -nt $share/$name/$target.tar.zst ]]; then
        put_whole "$dir/corpus/minimal/$target.tar.zst" "$share/$name/$target.tar.zst" || return 1
    fi
    for variant in $(variants_of "$target"); do
        queue=$share/$name/afl/$target/$variant/queue
        mkdir -p "$queue" || return 1
        for hash in "$dir/inputs/$target/$variant"/*; do
            if [[ -f $hash && ! -e $queue/id:${hash##*/} ]]; then
                put_whole "$hash" "$queue/id:${hash##*/}" || return 1
            fi
        done
    done
}

fetch_shared() {
    local target=$1 other archive stamp key

    mkdir -p "$dir/state/shared"
    while IFS= read -r other; do
        archive=$other/$target.tar.zst
        [[ -f $archive ]] || continue
        key=shared/${other##*/}-$target
        stamp=$(stat -c '%Y %s' "$archive")
        if [[ $stamp != "$(get "$key")" ]]; then
            give "$archive" "$target"
            put "$key" "$stamp"
            note "$target: read what ${other##*/} has found"
        fi
    done < <(shared_folders)
}
