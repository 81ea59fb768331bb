# shellcheck shell=bash
# What was checked and how it went. Needs common.sh, and results_file, which is the check's own.

# result CONFIGURATION WHAT VERDICT [REMARK]: notes it, and says at once what is not a pass. VERDICT is
# pass, fail, skip or warn. In a file, as several processes do it at one time.
result() {
    # shellcheck disable=SC2154 # the check's own
    printf '%s\n' "$1|$2|$3|${4:-}" >>"$results_file"
    if [[ $3 != pass ]]; then
        say "  $3: $1: $2${4:+: $4}"
    fi
}

count_failures() {
    awk -F '|' '$3 == "fail" { failures++ } END { print failures + 0 }' "$results_file"
}

# print_results: a table, a line for each configuration and thing; passes of single targets are
# counted together.
print_results() {
    awk -F '|' '
        { key = $1 "|" $2 }
        !(key in seen) { seen[key] = ++keys; order[keys] = key }
        { count[key "|" $3]++; if ($4 != "" && remark[key] == "") remark[key] = $4 }
        END {
            printf "%-20s %-44s %-9s %s\n", "configuration", "what", "verdict", "remark"
            for (i = 1; i <= keys; i++) {
                key = order[i]
                split(key, part, "|")
                verdict = count[key "|fail"] ? "FAIL" : count[key "|pass"] ? "pass" : count[key "|warn"] ? "warn" : "skipped"
                total = count[key "|pass"] + count[key "|fail"] + count[key "|skip"] + count[key "|warn"]
                if (total > 1)
                    verdict = verdict " " (verdict == "FAIL" ? count[key "|fail"] : verdict == "pass" ? count[key "|pass"] : total) "/" total
                printf "%-20s %-44s %-9s %s\n", part[1], part[2], verdict, remark[key]
            }
        }' "$results_file"
}
