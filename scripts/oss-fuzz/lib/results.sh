# shellcheck shell=bash
# What was checked and how it went. Needs common.sh.

results=() # "CONFIGURATION|WHAT|pass, fail, skip or warn|REMARK"
failures=0

# result CONFIGURATION WHAT VERDICT [REMARK]: notes it, and says at once what is not a pass.
result() {
    results+=("$1|$2|$3|${4:-}")
    if [[ $3 == fail ]]; then
        failures=$((failures + 1))
    fi
    if [[ $3 != pass ]]; then
        say "  $3: $1: $2${4:+: $4}"
    fi
}

# print_results: a table, a line for each configuration and thing; passes of single targets are
# counted together.
print_results() {
    printf '%s\n' "${results[@]}" | awk -F '|' '
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
        }'
}
