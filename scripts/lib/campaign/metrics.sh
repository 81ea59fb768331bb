# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# The same for machines: metrics.prom, in Prometheus' text format, for the node exporter's textfile
# collector or whatever reads files. Needs state.sh, subjects.sh, housekeeping.sh.

# metric NAME TYPE HELP: the head of one; its values follow.
metric() {
    printf '# HELP offbeat_campaign_%s %s\n# TYPE offbeat_campaign_%s %s\n' "$1" "$3" "$1" "$2"
}

value() {
    printf 'offbeat_campaign_%s{%s} %s\n' "$1" "$2" "$3"
}

labels_of() {
    printf 'campaign="%s",target="%s",variant="%s"' "$name" "${1%/*}" "${1#*/}"
}

# by_subject NAME TYPE HELP ARRAY
by_subject() {
    local -n values=$4
    local subject

    metric "$1" "$2" "$3"
    for subject in "${all_subjects[@]}"; do
        value "$1" "$(labels_of "$subject")" "${values[$subject]}"
    done
}

write_metrics() {
    local own="campaign=\"$name\"" subject found total speed

    IFS=$'\t' read -r total speed _ < <(get total $'0\t0\t0\t0')
    found=$(bugs)
    {
        metric executions_total counter "Inputs that were run."
        value executions_total "$own" "${total:-0}"
        metric executions_per_second gauge "Inputs that are run in a second, by all engines."
        value executions_per_second "$own" "${speed:-0}"
        metric elapsed_seconds counter "Time that was spent."
        value elapsed_seconds "$own" "$(get elapsed 0)"
        metric disk_used_bytes gauge "Room that the campaign takes."
        value disk_used_bytes "$own" "$(used_space)"
        metric trouble gauge "Things that make the night's word less than a whole one."
        value trouble "$own" "$(grep -c . "$dir/state/trouble.txt" 2>/dev/null || true)"
        metric last_update_seconds gauge "When this was written, since the epoch."
        value last_update_seconds "$own" "$EPOCHSECONDS"
        by_subject subject_executions_total counter "Inputs that were run in ended turns." executions
        by_subject subject_edges gauge "Edges that are covered." edges
        by_subject subject_inputs gauge "Inputs that fuzzing starts from." inputs
        metric subject_bugs gauge "Distinct bugs."
        for subject in "${all_subjects[@]}"; do
            value subject_bugs "$(labels_of "$subject"),expected=\"${expected[$subject]}\"" \
                "$(cut -f 2 <<<"$found" | grep -cxF -- "$subject" || true)"
        done
    } | sed 's/ $/ 0/' | replace "$dir/metrics.prom"
}
