# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# What a turn starts from: what was found in this variant, and what was found in the others of the
# same target or came from outside and does not fail here. Needs state.sh, harvest.sh.
#
#   given/TARGET/SHA1         inputs from outside: the shipped corpora, other campaigns
#   state/seen/TARGET/VARIANT the SHA-1 of every input that the variant has come across

# More at a time would make turns wait; the others come with the next one.
readonly OFFERS_MAX=2000
# An input that fails in one variant and not in another is worth a look, hundreds of them are not.
readonly OFFERED_CRASHES_MAX=3
readonly OFFER_SECONDS_MAX=60

# give ARCHIVE TARGET: the inputs of an archive, for all variants.
give() {
    local archive=$1 target=$2 staging=$dir/given/.staging-$BASHPID hash file rows try

    mkdir -p "$dir/given/$target" "$dir/new/$target"
    rm -rf "$staging"
    tool "$offbeat" corpus unpack "$archive" "$staging" || note "$archive: not all of it could be read"
    for ((try = 0; try < TOOL_TRIES; try++)); do
        rows=$(find "$staging" -type f -size +0 -print0 | name_by_content) && break
    done
    while IFS=$'\t' read -r hash file; do
        if [[ -n $hash && ! -e $dir/given/$target/$hash ]]; then
            keep_file "$file" "$dir/new/$target" "$hash" && keep_file "$file" "$dir/given/$target" "$hash" || break
        fi
    done <<<"$rows"
    rm -rf "$staging"
}

# make_dictionary TARGET: the records that its messages and faults are written with, for engines that
# mutate bytes.
make_dictionary() {
    mkdir -p "$dir/dictionaries"
    "$offbeat" dict "$1" 2>>"$dir/log.txt" | replace "$dir/dictionaries/$1.dict"
}

# Rows of SHA-1 and path, relative to the campaign's folder, which has no odd characters in it.
list_offers() {
    local subject=$1 target=${1%/*}

    (cd "$dir" && find "given/$target" "inputs/$target" -type f ! -path "inputs/$subject/*" \
        ! -name '.*' -printf '%f\t%p\n' 2>/dev/null) | not_seen "$subject" |
        awk -F '\t' '!seen[$1]++' | head -n "$OFFERS_MAX"
}

# offer SUBJECT: runs what others have found, and keeps what does not fail. What fails is a finding, and
# would stop libFuzzer before it had begun.
offer() {
    local subject=$1 crash_folder=$dir/crashes/${1/\//-} rows lines line file hash failing=0 status=0

    mkdir -p "$dir/inputs/$subject" "$crash_folder" "$dir/state/seen/${subject%/*}" || return 1
    rows=$(list_offers "$subject")
    [[ -n $rows ]] || return 0
    lines=$(cd "$dir" && cut -f 2 <<<"$rows" |
        timeout "$OFFER_SECONDS_MAX" xargs -n 500 "$offbeat" run "$subject" 2>/dev/null) || status=$?
    while IFS= read -r line; do
        [[ -n $line ]] || continue
        file=${line%%: *}
        hash=${file##*/}
        case ${line#"$file": } in
        'ok '* | 'cut '*) keep_file "$dir/$file" "$dir/inputs/$subject" "$hash" || return 1 ;;
        *)
            if ((failing++ < OFFERED_CRASHES_MAX)); then
                keep_file "$dir/$file" "$crash_folder" "crash-$hash" || return 1
            fi
            ;;
        esac
    done <<<"$lines"
    # Where the run was cut off, the rest comes with the next turn, but for the one that may have done it.
    if ((status >= 124)); then
        rows=$(head -n $(($(wc -l <<<"$lines") + 1)) <<<"$rows")
    fi
    cut -f 1 <<<"$rows" >>"$dir/state/seen/$subject"
}

# seeds_for_turn SUBJECT FOLDER
seeds_for_turn() {
    offer "$1" || return 1
    mkdir -p "$dir/inputs/$1"
    cp -rlT "$dir/inputs/$1" "$2" 2>/dev/null || cp -rT "$dir/inputs/$1" "$2" || return 1
    make_seeds_for_afl "$2"
}
