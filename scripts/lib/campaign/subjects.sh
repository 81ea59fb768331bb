# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# What is fuzzed: TARGET/VARIANT, each with what is known of it so far, and whose turn is next.
# Needs state.sh, settings.sh.
#
# state/subjects.tsv: the columns below, one row a subject; written by the night alone.

readonly SUBJECT_COLUMNS=(subject expected pass gain turns seconds executions rate edges features
    inputs crashes idle)

# By subject. `expected` is what is known of the variant: fails or holds. `pass` is how far the
# subject is on the way that all go, in thousandths of seconds over weight: who is behind is next.
# `gain` is what its last turns have found, `idle` how many turns in a row had no execution at all.
declare -gA expected=() pass=() gain=() turns=() seconds_of=() executions=() rate=() edges=()
declare -gA features=() inputs=() crashes=() idle=()
all_subjects=()

# known_subjects: a row for each variant that there is: TARGET/VARIANT, and fails or holds.
known_subjects() {
    "$offbeat" list --json |
        jq -r '.targets[] | .name as $name | (.fails // ["racy"]) as $fails | .variants[] as $variant
            | [$name + "/" + $variant, if $fails | index($variant) then "fails" else "holds" end] | @tsv'
}

# choose_subjects WORD...: those that the words name, by TARGET/VARIANT, TARGET or all; no word means
# all. Sets subjects.
choose_subjects() {
    local known word found chosen=

    known=$(known_subjects | cut -f 1)
    for word in "${@:-all}"; do
        case $word in
        all) found=$known ;;
        */*) found=$(grep -xF -- "$word" <<<"$known" || true) ;;
        *) found=$(grep -F -- "$word/" <<<"$known" | grep "^$word/" || true) ;;
        esac
        [[ -n $found ]] || fail "there is no $word ($offbeat list lists all)"
        chosen+=$found$'\n'
    done
    subjects=$(awk 'NF && !seen[$0]++' <<<"$chosen" | paste -sd ' ')
}

# A campaign's table before its first turn.
begin_subjects() {
    local subject kind

    while IFS=$'\t' read -r subject kind; do
        expected[$subject]=$kind
    done < <(known_subjects)
    read -r -a all_subjects <<<"$subjects"
    for subject in "${all_subjects[@]}"; do
        pass[$subject]=0 gain[$subject]=0 turns[$subject]=0 seconds_of[$subject]=0
        executions[$subject]=0 rate[$subject]=0 edges[$subject]=0 features[$subject]=0
        inputs[$subject]=0 crashes[$subject]=0 idle[$subject]=0
    done
    save_subjects
}

save_subjects() {
    local subject

    for subject in "${all_subjects[@]}"; do
        printf '%s\t%s' "$subject" "${expected[$subject]}"
        printf '\t%s' "${pass[$subject]}" "${gain[$subject]}" "${turns[$subject]}" \
            "${seconds_of[$subject]}" "${executions[$subject]}" "${rate[$subject]}" \
            "${edges[$subject]}" "${features[$subject]}" "${inputs[$subject]}" \
            "${crashes[$subject]}" "${idle[$subject]}"
        printf '\n'
    done | replace "$dir/state/subjects.tsv"
}

load_subjects() {
    local subject row

    all_subjects=()
    while IFS=$'\t' read -r -a row; do
        ((${#row[@]} == ${#SUBJECT_COLUMNS[@]})) || continue
        subject=${row[0]}
        all_subjects+=("$subject")
        expected[$subject]=${row[1]} pass[$subject]=${row[2]} gain[$subject]=${row[3]}
        turns[$subject]=${row[4]} seconds_of[$subject]=${row[5]} executions[$subject]=${row[6]}
        rate[$subject]=${row[7]} edges[$subject]=${row[8]} features[$subject]=${row[9]}
        inputs[$subject]=${row[10]} crashes[$subject]=${row[11]} idle[$subject]=${row[12]}
    done <"$dir/state/subjects.tsv"
}

# Who still finds something gets up to eight times the time of who does not, and nobody nothing: one
# more for every doubling of what was found.
weight_of() {
    local weight=1 found=${gain[$1]}

    while ((found > 0 && weight < 8)); do
        weight=$((weight + 1))
        found=$((found / 2))
    done
    printf '%d' "$weight"
}

# advance SUBJECT SECONDS GAIN: after a turn. What was found long ago counts less and less.
advance() {
    local subject=$1

    gain[$subject]=$(((gain[$subject] + $3 + 1) / 2))
    pass[$subject]=$((pass[$subject] + 1000 * ($2 > 0 ? $2 : 1) / $(weight_of "$subject")))
    seconds_of[$subject]=$((seconds_of[$subject] + $2))
    turns[$subject]=$((turns[$subject] + 1))
}

# next_subject BUSY: the one that is most behind, and not among the blank-separated BUSY; empty when
# all are.
next_subject() {
    local subject chosen=

    for subject in "${all_subjects[@]}"; do
        if [[ " $1 " != *" $subject "* ]] &&
            { [[ -z $chosen ]] || ((pass[$subject] < pass[$chosen])); }; then
            chosen=$subject
        fi
    done
    printf '%s' "$chosen"
}
