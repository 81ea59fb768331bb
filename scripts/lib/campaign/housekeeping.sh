# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# What is done with the finds every so often and at the end, beside the fuzzing and in a process of
# its own: pack, leave out what is superfluous, sort the failing inputs, tell about new bugs, write
# the report. Each step may die at any moment, and is done again the next time. Needs state.sh,
# harvest.sh, seeds.sh, report.sh.
#
#   corpus/TARGET.tar.zst           every input that an engine has kept, and those from outside
#   corpus/minimal/TARGET.tar.zst   what is enough of it to cover what all of it covers
#   triage/                         of the failing inputs, by `offbeat triage`
#   state/packed/TARGET, state/minimized/TARGET/VARIANT   how many inputs there were the last time
#   state/triage                    how the triage ended
#   state/unsorted.tsv              target/variant, what a sanitizer said, file: fails in its fuzz program
#                                   and passes in the command; state/replayed.txt: what was tried so
#   state/buckets.txt               bugs that somebody was told about

# Leaving out costs a run of every input, and is worth it when there are many more than the last time.
readonly MINIMIZE_FROM=60
readonly MINIMIZE_SECONDS_MAX=600
readonly TRIAGE_SECONDS_MAX=1800
readonly HOOK_SECONDS_MAX=60
readonly REPLAYS_MAX=200

# A tool that was killed is started again so often.
readonly TOOL_TRIES=4

# tool COMMAND...: with its output in the campaign's log, and no longer there than this process.
# Returns its exit code. One that is killed is started again: what is run like this may be.
tool() {
    local try status=0

    for ((try = 0; try < TOOL_TRIES; try++)); do
        status=0
        setpriv --pdeathsig KILL -- "$@" >>"$dir/log.txt" 2>&1 </dev/null || status=$?
        if ((status != 128 + 9)); then break; fi
    done
    return "$status"
}

targets_of_campaign() {
    tr ' ' '\n' <<<"$subjects" | cut -d / -f 1 | sort -u
}

variants_of() {
    tr ' ' '\n' <<<"$subjects" | sed -n "s|^$1/||p"
}

# pack_new TARGET: adds what is new to the archive. What is in it need not be kept as files.
pack_new() {
    local target=$1 archive=$dir/corpus/$1.tar.zst new=$dir/new/$1 list

    list=$(find "$new" -maxdepth 1 -type f ! -name '.*' -printf '%f\n' 2>/dev/null)
    [[ -n $list ]] || return 0
    mkdir -p "$dir/corpus"
    if ! tool "$offbeat" corpus add "$archive" "$new"; then
        if ! salvage "$archive" || ! tool "$offbeat" corpus add "$archive" "$new"; then
            note "$target: could not be packed; its inputs stay in $new"
            return 1
        fi
    fi
    (cd "$new" && xargs rm -f <<<"$list")
}

# salvage ARCHIVE: what is intact of a damaged one takes its place, and the damaged one stays beside it.
# Returns 1 when it is not damaged.
salvage() {
    local archive=$1

    if [[ ! -f $archive ]] || tool "$offbeat" corpus verify "$archive"; then
        return 1
    fi
    trouble "$archive was damaged: what is intact was kept, and the damaged one is beside it"
    cp "$archive" "$archive.damaged" || return 1
    tool "$offbeat" corpus merge -o "$archive" "$archive.damaged" || [[ -f $archive ]]
}

# minimize_variant SUBJECT: the inputs that are enough for all features that they show together; the
# others are in the archive by now. Every so often when there are many more than the last time, and at the end.
minimize_variant() {
    local subject=$1 folder=$dir/inputs/$1 work=$dir/staging before after status=0
    local program=$root/build/libfuzzer/bin/fuzz_${1/\//_}

    before=$(count_files "$folder")
    after=$(get "minimized/$subject" 0)
    if [[ ! -x $program ]] || ((before <= after)); then return 0; fi
    if [[ $(get phase) != finishing ]] && ((before < MINIMIZE_FROM || before < after * 3 / 2)); then
        return 0
    fi
    rm -rf "$work"
    mkdir -p "$work" "$dir/state/minimized/${subject%/*}"
    find "$folder" -maxdepth 1 -type f ! -name '.*' -printf '%f\n' | sort >"$work/before" || return 1
    tool timeout "$MINIMIZE_SECONDS_MAX" env "${libfuzzer_environment[@]}" \
        "$offbeat" corpus minimize "$subject" "$folder" -o "$work/kept.tar.zst" --binary "$program" \
        --timeout "$INPUT_SECONDS_MAX" || status=$?
    ((status == 0 || status == 3)) || return 1
    tool "$offbeat" corpus unpack "$work/kept.tar.zst" "$work/kept" || return 1
    find "$work/kept" -type f -print0 | name_by_content | cut -f 1 | sort >"$work/after" || return 1
    [[ -s $work/after ]] || return 1
    comm -23 "$work/before" "$work/after" | while IFS= read -r file; do
        if [[ ! -e $dir/new/${subject%/*}/$file ]]; then printf '%s\0' "$folder/$file"; fi
    done | xargs -0 -r rm -f
    after=$(count_files "$folder")
    put "minimized/$subject" "$after"
    note "$subject: $after of $before inputs are enough"
    rm -rf "$work"
}

# What a next campaign starts from, and --update puts back: what no variant fails with.
pack_minimal() {
    local target=$1 folders=() variant

    for variant in $(variants_of "$target"); do
        if [[ -d $dir/inputs/$target/$variant ]]; then folders+=("$dir/inputs/$target/$variant"); fi
    done
    mkdir -p "$dir/corpus/minimal"
    if [[ -n $(find "${folders[@]}" -type f -print -quit 2>/dev/null) ]]; then
        tool "$offbeat" corpus pack "$dir/corpus/minimal/$target.tar.zst" "${folders[@]}"
    fi
}

sort_crashes() {
    local status=0 try

    if [[ -n $(find "$dir/crashes" -type f -print -quit 2>/dev/null) ]]; then
        for ((try = 0; try < TOOL_TRIES; try++)); do # one of its own processes may have been killed
            status=0
            tool timeout "$TRIAGE_SECONDS_MAX" "$offbeat" triage "$dir/crashes" -o "$dir/triage" || status=$?
            if ((status <= 1)); then break; fi
        done
        replay_the_rest
    fi
    put triage "$status"
}

# What passes in the command, which has no sanitizers, is tried in the program that it was found with.
replay_the_rest() {
    local file subject status says

    while IFS= read -r file; do
        if grep -qxF -- "$file" "$dir/state/replayed.txt" 2>/dev/null; then continue; fi
        subject=${file%/*}
        subject=${subject##*/}
        subject=${subject/-//}
        status=0
        says=$(replay "$subject" "$file") || status=$?
        if ((status != 0 && status != 128 + 9)); then
            add unsorted "$subject" "${says:-ended with $status}" "$file"
        fi
        printf '%s\n' "$file" >>"$dir/state/replayed.txt"
    done < <(jq -r '.others[]? | select(.state == "passes") | .path' "$dir/triage/triage.json" 2>/dev/null |
        head -n "$REPLAYS_MAX")
}

# replay SUBJECT FILE: prints what a sanitizer sums up. Returns the program's exit code.
replay() {
    local program=$root/build/libfuzzer/bin/fuzz_${1/\//_} try status=0 log=$dir/state/replay.log

    if [[ ! -x $program ]]; then program=$root/build/afl/bin/fuzz_${1/\//_}; fi
    for ((try = 0; try < TOOL_TRIES; try++)); do
        status=0
        setpriv --pdeathsig KILL -- env "${libfuzzer_environment[@]}" timeout $((INPUT_SECONDS_MAX + 5)) \
            "$program" "$2" >"$log" 2>&1 </dev/null || status=$?
        if ((status != 128 + 9)); then break; fi
    done
    sed -nE 's/^(SUMMARY|ASSERTION FAILED): //p' "$log" | head -n 1 | tr '\t' ' '
    return "$status"
}

# bugs: a row for each: id, target/variant, what is known of it (fails, holds), invariant, signature,
# failing inputs. The ids of those that only a fuzz program shows begin with "program-".
bugs() {
    local id subject invariant signature count try sorted=

    if [[ -f $dir/triage/triage.json ]]; then
        for ((try = 0; try < TOOL_TRIES; try++)); do
            sorted=$(jq -r '.buckets[] | [.id, .target + "/" + .variant, .invariant, .signature,
                (.inputs | length)] | @tsv' "$dir/triage/triage.json" 2>/dev/null) && break
        done
    fi
    {
        if [[ -n $sorted ]]; then printf '%s\n' "$sorted"; fi
        touch "$dir/state/unsorted.tsv"
        awk -F '\t' '
            NF == 3 && !($1 FS $2 in first) { order[++n] = $1 FS $2; first[$1 FS $2] = $3 }
            NF == 3 { count[$1 FS $2]++ }
            END {
                for (i = 1; i <= n; i++) {
                    split(order[i], part, FS)
                    name = first[order[i]]
                    sub(/.*-/, "", name)
                    print "program-" substr(name, 1, 12) FS part[1] FS "sanitizer" FS part[2] FS count[order[i]]
                }
            }' "$dir/state/unsorted.tsv"
    } | while IFS=$'\t' read -r id subject invariant signature count; do
        printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$id" "$subject" "${expected[$subject]:-holds}" \
            "$invariant" "$signature" "$count"
    done
}

# page_of ID: the page about a bug, or what there is instead, relative to the campaign's folder.
page_of() {
    local page

    for page in "triage/buckets/$1/index.html" "triage/buckets/$1/explain.html"; do
        if [[ -f $dir/$page ]]; then
            printf '%s' "$page"
            return
        fi
    done
    page=$(cut -f 3 "$dir/state/unsorted.tsv" 2>/dev/null | grep -m 1 -F -- "-${1#program-}" || true)
    printf '%s' "${page#"$dir/"}"
}

# replay_command ID SUBJECT: a line that shows the bug again.
replay_command() {
    if [[ $1 == program-* ]]; then
        printf 'build/libfuzzer/bin/fuzz_%s %s' "${2/\//_}" "$dir/$(page_of "$1")"
    else
        printf 'build/bin/offbeat explain %s %s' "$2" "$dir/triage/buckets/$1/scenario.txt"
    fi
}

# Runs --on-crash for each bug that it has not been run for.
tell_about_bugs() {
    local id subject kind invariant rest

    while IFS=$'\t' read -r id subject kind invariant rest; do
        if grep -qxF -- "$id" "$dir/state/buckets.txt" 2>/dev/null; then
            continue
        fi
        note "new bug $id: $subject $invariant ($kind)"
        if [[ -n $on_crash ]]; then
            OFFBEAT_BUCKET=$id OFFBEAT_SUBJECT=$subject OFFBEAT_EXPECTED=$kind \
                OFFBEAT_INVARIANT=$invariant OFFBEAT_PAGE=$dir/$(page_of "$id") \
                OFFBEAT_SCENARIO=$dir/triage/buckets/$id/scenario.txt \
                tool timeout "$HOOK_SECONDS_MAX" bash -c "$on_crash" ||
                note "the command of --on-crash ended with $?"
        fi
        printf '%s\n' "$id" >>"$dir/state/buckets.txt"
    done < <(bugs)
}

keep_house() {
    local target variant

    for target in $(targets_of_campaign); do
        pack_new "$target" || true
        for variant in $(variants_of "$target"); do
            minimize_variant "$target/$variant" || true
        done
        pack_minimal "$target" || true
        publish "$target" || true
        fetch_shared "$target" || true
    done
    sort_crashes || true
    tell_about_bugs || true
    write_report || true
}

# update_corpora: back to where the shipped ones are, what fails in no variant of all that there are.
update_corpora() {
    local target variant staging=$dir/staging

    for target in $(targets_of_campaign); do
        [[ -f $dir/corpus/minimal/$target.tar.zst ]] || continue
        rm -rf "$staging"
        tool "$offbeat" corpus unpack "$dir/corpus/minimal/$target.tar.zst" "$staging" || continue
        for variant in $(known_subjects | cut -f 1 | sed -n "s|^$target/||p"); do
            find "$staging" -type f -print0 |
                xargs -0 -r -n 500 "$offbeat" run "$target/$variant" 2>/dev/null |
                grep -vE ': (ok|cut) ' | sed 's/: .*//' | tr '\n' '\0' | xargs -0 -r rm -f
        done
        if tool "$offbeat" corpus pack "$root/corpus/$target.tar.zst" "$staging"; then
            note "corpus/$target.tar.zst was replaced"
        fi
        rm -rf "$staging"
    done
}
