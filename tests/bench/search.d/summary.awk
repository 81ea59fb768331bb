# From the rows of runs.csv to the table, the bars, and summary.csv (the variable `summary`).
#
# A run that came to its limit needs more executions than it made, nobody knows how many. Such runs
# take their place among the others with the number that they made, so a quantile with one of them
# at or below it is a lower bound: it is printed with a ">".

function ladder(name, part) {
    # The number after the letter `part`, or -1.
    if (name !~ /^d[0-9]+_h[0-9]+_n[0-9]+_g[0-2]$/)
        return -1
    match(name, part "[0-9]+")
    return substr(name, RSTART + 1, RLENGTH - 1) + 0
}

function grouped(number,    text) {
    text = sprintf("%.0f", number)
    while (match(text, /[0-9][0-9][0-9][0-9]($|,)/))
        text = substr(text, 1, RSTART) "," substr(text, RSTART + 1)
    return text
}

function round3(number) {
    return number >= 100 ? sprintf("%.0f", number) : sprintf("%.3g", number)
}

# Sorts values[1..count], moving `open` (whether a value is a lower bound) and nothing else along.
function sort_values(count,    i, j, value, is_open) {
    for (i = 2; i <= count; i++) {
        value = values[i]
        is_open = open[i]
        for (j = i - 1; j >= 1 && (values[j] > value || (values[j] == value && open[j] > is_open)); j--) {
            values[j + 1] = values[j]
            open[j + 1] = open[j]
        }
        values[j + 1] = value
        open[j + 1] = is_open
    }
}

# The quantile of the sorted values; sets `bound` when it is a lower bound.
function quantile(count, share,    place, high, i) {
    place = int(count * share)
    high = place + 1
    if (place < count * share || place < 1)
        place = high
    bound = 0
    for (i = 1; i <= high; i++)
        bound = bound || open[i]
    return (values[place] + values[high]) / 2
}

# summarise(KEY): of one case and method, into the arrays at_*.
function summarise(key,    count, i) {
    count = runs[key]
    for (i = 1; i <= count; i++) {
        values[i] = executions[key, i]
        open[i] = !hits[key, i]
    }
    sort_values(count)
    at_low[key] = quantile(count, 0.25)
    low_bound[key] = bound
    at_high[key] = quantile(count, 0.75)
    high_bound[key] = bound
    at_median[key] = quantile(count, 0.5)
    median_bound[key] = bound
    for (i = 1; i <= count; i++) {
        values[i] = seconds[key, i]
        open[i] = !hits[key, i]
    }
    sort_values(count)
    at_seconds[key] = quantile(count, 0.5)
    seconds_bound[key] = bound
    at_mutate[key] = ""
    if (mutate_count[key] > 0)
        at_mutate[key] = mutate_sum[key] / mutate_count[key]
}

# The best method for a case among those that are not Offbeat's, `except` aside; "" for none. With
# bounds, the least bound is what the best needs at least.
function best_of(name, except,    i, key, best) {
    best = ""
    for (i = 1; i <= baseline_count; i++) {
        key = name SUBSEP baselines[i]
        if (baselines[i] == except || !(key in runs))
            continue
        if (best == "" || at_median[key] < at_median[best])
            best = key
    }
    return best
}

function mark(is_bound) {
    return is_bound ? ">" : ""
}

function ratio(key, other) {
    if (other == "" || (median_bound[key] && median_bound[other]))
        return ""
    return (median_bound[key] ? ">" : median_bound[other] ? "<" : "") round3(at_median[key] / at_median[other])
}

function print_row(name, method,    key, other, to_power, to_best) {
    key = name SUBSEP method
    other = best_of(name, method)
    to_power = ""
    if (ladder(name, "d") > 0)
        to_power = mark(median_bound[key]) round3(at_median[key] / 2 ^ ladder(name, "d"))
    to_best = ratio(key, other)
    printf "%-16s %-18s %7s %11s %11s %11s %9s %11s %8s %8s\n", name, method,
        found[key] "/" runs[key], mark(low_bound[key]) grouped(at_low[key]),
        mark(median_bound[key]) grouped(at_median[key]), mark(high_bound[key]) grouped(at_high[key]),
        mark(seconds_bound[key]) sprintf("%.2f", at_seconds[key]),
        at_mutate[key] == "" ? "" : grouped(at_mutate[key]), to_power, to_best
    if (summary != "")
        printf "%s,%s,%d,%d,%s%.1f,%s%.1f,%s%.1f,%s%.3f,%s,%s,%s\n", name, method, runs[key], found[key],
            mark(low_bound[key]), at_low[key], mark(median_bound[key]), at_median[key],
            mark(high_bound[key]), at_high[key], mark(seconds_bound[key]), at_seconds[key],
            at_mutate[key], to_power, to_best >summary
}

function print_bar(what, value, is_bound, most, verdict) {
    verdicts[verdict]++
    printf "%-16s %-58s %9s %9s  %s\n", bar_case, what, mark(is_bound) round3(value), most, verdict
}

# judge(WHAT, VALUE, IS_BOUND, MOST): a value that must be at most MOST. A bound beyond it is short
# for certain, one below it says nothing.
function judge(what, value, is_bound, most) {
    print_bar(what, value, is_bound, round3(most), value > most ? "short" : is_bound ? "open" : "pass")
}

# Of Offbeat under libFuzzer against the best of the others. What the others need at least can show
# that a bar is met, never that it is not.
function judge_best(name,    key, other, most, what) {
    key = name SUBSEP "offbeat-libfuzzer"
    other = best_of(name, "")
    if (!(key in runs) || other == "")
        return
    bar_case = name
    most = at_median[other] < 1000 ? 2 * at_median[other] : at_median[other] / 10
    what = sprintf("executions, the best of the others (%s) needing %s%s", methods_of[other],
                   mark(median_bound[other]), grouped(at_median[other]))
    if (median_bound[other] && (at_median[other] < 1000 || median_bound[key] || at_median[key] > most))
        print_bar(what, at_median[key], median_bound[key], mark(1) round3(most), "open")
    else
        judge(what, at_median[key], median_bound[key], most)
}

function judge_ladder(name,    key, small) {
    key = name SUBSEP "offbeat-libfuzzer"
    if (!(key in runs) || ladder(name, "d") < 1)
        return
    bar_case = name
    judge("executions, 16 times 2^d", at_median[key], median_bound[key], 16 * 2 ^ ladder(name, "d"))
    if (ladder(name, "n") != 100)
        return
    small = name
    sub(/_n100_/, "_n0_", small)
    small = small SUBSEP "offbeat-libfuzzer"
    if (small in runs && !median_bound[small])
        judge("executions, 3 times those with n = 0", at_median[key], median_bound[key], 3 * at_median[small])
}

BEGIN {
    FS = ","
    method_count = split("offbeat-libfuzzer offbeat-afl no-reversal no-feedback no-classes bytes random pct pos", methods, " ")
    baseline_count = split("bytes random pct pos", baselines, " ")
}

FNR == 1 || $4 == "trouble" {
    next
}

{
    key = $1 SUBSEP $2
    if (!($1 in is_case)) {
        is_case[$1] = 1
        cases[++case_count] = $1
    }
    methods_of[key] = $2
    i = ++runs[key]
    hits[key, i] = $4 == "found"
    found[key] += hits[key, i]
    executions[key, i] = $5 + 0
    seconds[key, i] = $7 + 0
    if ($6 != "") {
        mutate_sum[key] += $6
        mutate_count[key]++
    }
}

END {
    if (case_count == 0) {
        print "Nothing is measured yet."
        exit
    }
    for (key in runs)
        summarise(key)
    if (summary != "")
        print "case,method,runs,found,executions_q1,executions_median,executions_q3,seconds_median,to_mutate_mean,ratio_to_2^d,ratio_to_best_other" >summary
    printf "%-16s %-18s %7s %11s %11s %11s %9s %11s %8s %8s\n", "case", "method", "found",
        "quarter", "median", "3 quarters", "seconds", "to mutate", "/ 2^d", "/ best"
    for (c = 1; c <= case_count; c++) {
        for (m = 1; m <= method_count; m++)
            if ((cases[c] SUBSEP methods[m]) in runs)
                print_row(cases[c], methods[m])
        print ""
    }
    printf "%-16s %-58s %9s %9s\n", "bar for", "median of offbeat-libfuzzer", "is", "at most"
    for (c = 1; c <= case_count; c++) {
        judge_best(cases[c])
        judge_ladder(cases[c])
        if (cases[c] == "order8" && ("order8" SUBSEP "offbeat-libfuzzer") in runs) {
            bar_case = "order8"
            judge("executions", at_median["order8", "offbeat-libfuzzer"], median_bound["order8", "offbeat-libfuzzer"], 20)
        }
    }
    printf "%d pass, %d short, %d open (a limit was reached before it could be told)\n",
        verdicts["pass"], verdicts["short"], verdicts["open"]
}
