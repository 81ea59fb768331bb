# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# How a campaign goes, from what its state says: a table on a terminal, a line a minute elsewhere, and
# the result. Reads only. Needs state.sh, settings.sh, housekeeping.sh.

readonly LINE_SECONDS=60
readonly TABLE_SECONDS=2

shown_lines=0
shown_at=-1000

# 1234567 → 1.2M
short() {
    numfmt --to=si --format=%.1f "$1" 2>/dev/null | sed 's/\.0\([kKMGT]\?\)$/\1/'
}

totals() {
    local total=0 rates=0 kept=0 failing=0

    IFS=$'\t' read -r total rates kept failing < <(get total $'0\t0\t0\t0')
    printf '%s executions, %s a second, %s inputs, %s failing ones' "$(grouped "${total:-0}")" \
        "$(grouped "${rates:-0}")" "$(grouped "${kept:-0}")" "$(grouped "${failing:-0}")"
}

# N bugs, of which M where there should be none.
count_bugs() {
    local all broken

    all=$(bugs | wc -l)
    broken=$(bugs | awk -F '\t' '$3 == "holds"' | wc -l)
    printf '%d bug%s' "$all" "$( ((all == 1)) || echo s)"
    if ((broken > 0)); then printf ', %d in variants that should hold' "$broken"; fi
}

status_line() {
    local left=$((seconds - $(get elapsed 0)))

    printf '%s, %s left: %s, %s' "$(get phase preparing)" "$(clock $((left > 0 ? left : 0)))" \
        "$(totals)" "$(count_bugs)"
}

engines_of() {
    awk -F '\t' -v subject="$1" '$2 == subject { printf "%s%s%s", s, $3, $4 == "running" ? "" : " (" $4 ")"; s = ", " }' \
        "$dir/state/now.tsv" 2>/dev/null
}

# As many lines as there are subjects and a few; those under way first, then those with bugs.
status_table() {
    local subject row found

    status_line
    printf '\n%-28s %7s %6s %9s %8s %7s %7s %5s  %s\n' subject turns time runs runs/s edges inputs bugs engines
    found=$(bugs | cut -f 2)
    while IFS=$'\t' read -r -a row; do
        subject=${row[0]}
        printf '%-28s %7s %6s %9s %8s %7s %7s %5s  %s\n' "$subject" "${row[4]}" "$(clock "${row[5]}" | sed 's/^0://')" \
            "$(short "${row[6]}")" "$(short "${row[7]}")" "${row[8]}" "${row[10]}" \
            "$(grep -cxF -- "$subject" <<<"$found" || true)" "$(engines_of "$subject")"
    done <"$dir/state/subjects.tsv"
    if [[ -s $dir/state/trouble.txt ]]; then
        sed 's/^/trouble: /' "$dir/state/trouble.txt"
    fi
}

# Over what was shown before, as many lines as fit.
draw_table() {
    local lines columns rows text

    rows=$(tput lines 2>/dev/null || echo 24)
    columns=$(tput cols 2>/dev/null || echo 80)
    text=$(status_table | cut -c "1-$((columns - 1))" | head -n $((rows - 2)))
    lines=$(wc -l <<<"$text")
    if ((shown_lines > 0)); then printf '\033[%dA' "$shown_lines"; fi
    printf '\033[J%s\n' "$text"
    shown_lines=$lines
}

# Now and then, while the keeper waits.
show_progress() {
    if is_terminal; then
        if ((SECONDS - shown_at >= TABLE_SECONDS)); then
            draw_table
            shown_at=$SECONDS
        fi
    elif ((SECONDS - shown_at >= LINE_SECONDS)); then
        status_line
        printf '\n'
        shown_at=$SECONDS
    fi
}

show_bugs() {
    local id subject kind invariant signature count

    while IFS=$'\t' read -r id subject kind invariant signature count; do
        if [[ $kind == "$1" ]]; then
            say "  $subject: $invariant ($count failing inputs): $(page_of "$id")"
        fi
    done < <(bugs)
}

# Variants that are known to fail, and did not in this campaign.
silent_subjects() {
    comm -23 <(awk -F '\t' '$2 == "fails" { print $1 }' "$dir/state/subjects.tsv" | sort) \
        <(bugs | cut -f 2 | sort -u) | paste -sd ' '
}

show_result() {
    local silent

    if [[ -n $(bugs | awk -F '\t' '$3 == "holds"') ]]; then
        say "BUGS IN VARIANTS THAT SHOULD HOLD: a remedy is broken, or a new bug was found"
        show_bugs holds
    fi
    if [[ -n $(bugs | awk -F '\t' '$3 == "fails"') ]]; then
        say "Bugs in variants that are known to fail, as expected:"
        show_bugs fails
    fi
    silent=$(silent_subjects)
    if [[ -n $silent && $(get canary_says) != *" not "* ]]; then
        say "Known to fail, and not found this time: $silent"
    fi
    if [[ -s $dir/state/trouble.txt ]]; then
        sed 's/^/Trouble: /' "$dir/state/trouble.txt"
    fi
    say "$(status_line)"
    say "Report: $dir/report/index.html"
}
