# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# What engines have left in a turn's folder goes to where it stays. Files are named by the SHA-1 of
# their content, so whatever is done twice after something died is done once. Needs state.sh.
#
#   inputs/TARGET/VARIANT/SHA1    what fuzzing a variant starts from; nothing in it fails there
#   new/TARGET/SHA1               inputs that are not in corpus/TARGET.tar.zst yet
#   crashes/TARGET-VARIANT/KIND-SHA1   what failed: crash, timeout, oom, leak, hang

harvested_inputs=0
harvested_crashes=0

count_files() {
    find "$1" -maxdepth 1 -type f 2>/dev/null | wc -l
}

# Rows of SHA-1 and path, of the files whose paths come on standard input, each ended by NUL. Files of
# the same content come once.
name_by_content() {
    xargs -0 -r sha1sum |
        awk '!seen[$1]++ { print $1 "\t" substr($0, 43) }'
}

# not_seen SUBJECT: of the rows, those whose input the subject has not come across yet; it may have
# been found superfluous since.
not_seen() {
    touch "$dir/state/seen/$1"
    awk -F '\t' -v list="$dir/state/seen/$1" '
        BEGIN { while ((getline hash <list) > 0) seen[hash] }
        !($1 in seen)'
}

# keep_file FILE FOLDER NAME: a second name for a file, or a copy where there can be none.
keep_file() {
    if [[ -e $2/$3 ]]; then
        return 0
    fi
    again ln -T "$1" "$2/$3" || { cp -T "$1" "$2/.$3.tmp" && mv -T "$2/.$3.tmp" "$2/$3"; } 2>/dev/null
}

# Inputs that the engines of a turn have kept, without those that they were given.
list_found() {
    find "$1" -type f -size +0 \( -path '*/libfuzzer-*/found/*' -o -path '*/queue/id:*' \) \
        ! -name '*,orig:*' ! -name '*,sync:*' ! -path '*/.state/*' -print0 2>/dev/null
}

list_failing() {
    find "$1" -type f \( -path '*/artifacts/*-*' -o -path '*/crashes/id*' -o -path '*/hangs/id*' \) \
        -print0 2>/dev/null
}

harvest_inputs() {
    local folder=$1 subject=$2 hash file hashes='' rows
    local inputs_folder=$dir/inputs/$subject new_folder=$dir/new/${subject%/*}

    mkdir -p "$inputs_folder" "$new_folder" "$dir/state/seen/${subject%/*}" || return 1
    # A part of the list would do for all of it, if nobody looked how the programs that make it ended.
    rows=$(list_found "$folder" | name_by_content | not_seen "$subject") || return 1
    while IFS=$'\t' read -r hash file; do
        [[ -n $hash ]] || continue
        keep_file "$file" "$new_folder" "$hash" && keep_file "$file" "$inputs_folder" "$hash" || return 1
        hashes+=$hash$'\n'
        harvested_inputs=$((harvested_inputs + 1))
    done <<<"$rows"
    printf '%s' "$hashes" >>"$dir/state/seen/$subject"
}

# slow-unit-*: an input that took long and passed.
kind_of_failure() {
    case $1 in
    */hangs/*) echo hang ;;
    */crashes/*) echo crash ;;
    *) file=${1##*/} && echo "${file%%-*}" ;;
    esac
}

harvest_crashes() {
    local folder=$1 subject=$2 hash file kind rows crash_folder=$dir/crashes/${2/\//-}

    mkdir -p "$crash_folder" "$dir/new/${subject%/*}" || return 1
    rows=$(list_failing "$folder" | name_by_content) || return 1
    while IFS=$'\t' read -r hash file; do
        [[ -n $hash ]] || continue
        kind=$(kind_of_failure "$file")
        if [[ $kind == slow ]]; then
            keep_file "$file" "$dir/new/${subject%/*}" "$hash" || return 1
        elif [[ ! -e $crash_folder/$kind-$hash ]]; then
            keep_file "$file" "$crash_folder" "$kind-$hash" || return 1
            harvested_crashes=$((harvested_crashes + 1))
        fi
    done <<<"$rows"
}

# harvest FOLDER: of a turn that is over. Returns 1, with all of it left where it is, when the disk is full
# or a program that takes part was killed.
harvest() {
    local subject

    harvested_inputs=0
    harvested_crashes=0
    [[ -f $1/turn.tsv ]] || return 0
    subject=$(cut -f 3 "$1/turn.tsv") || return 1
    [[ -n $subject ]] || return 0
    harvest_crashes "$1" "$subject" && harvest_inputs "$1" "$subject"
}

# Of turns that were under way when their campaign died. How long they took is not known.
harvest_all() {
    local folder

    rm -rf "$dir"/turns/*.done
    for folder in "$dir"/turns/*/; do
        [[ -d $folder ]] || continue
        folder=${folder%/}
        end_processes_of "turn-${folder##*/}"
        harvest "$folder" || harvest "$folder" || return 1
        settle_lost_turn "$folder" || true
        remove_turn "$folder"
    done
    save_subjects || true
}

# A folder with its own name is one that was not harvested, for whoever looks.
remove_turn() {
    mv -T "$1" "$1.done"
    rm -rf "$1.done"
}

settle_lost_turn() {
    local number began subject swarm seed log counts total=0

    IFS=$'\t' read -r number began subject swarm seed <"$1/turn.tsv" || return 0
    [[ -n ${turns[$subject]:-} ]] || return 0
    for log in "$1"/*.log; do
        log=${log##*/}
        counts=$(instance_counts "${log%.log}" "$1")
        total=$((total + ${counts%% *}))
    done
    executions[$subject]=$((executions[$subject] + total))
    crashes[$subject]=$((crashes[$subject] + harvested_crashes))
    inputs[$subject]=$(count_files "$dir/inputs/$subject")
    advance "$subject" 0 "$harvested_inputs"
    add turns "$(printf '%06d' "$number")" "$began" "$subject" 0 "$swarm" "$seed" "$total" \
        "$harvested_inputs" 0 0 "$harvested_crashes"
}
