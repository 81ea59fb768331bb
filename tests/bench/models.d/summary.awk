# From the rows of runs.csv to the tables, and summary.tsv. Variables: format (text, tsv or markdown),
# summary (a file), published (published.tsv).
#
# A run that came to its limit needs more executions than it made, nobody knows how many. It takes its
# place among the others with the number that it made, so a median at or above one of them is a lower
# bound, and is printed with a ">".

BEGIN {
    method_count = split("random pct pos libfuzzer afl standalone beside-random beside-pct beside-pos " \
                         "beside-libfuzzer beside-afl beside-standalone", all_methods, " ")
    group_count = split("models protocols goals all", groups, " ")
    while ((getline line <published) > 0) {
        split(line, field, "\t")
        published_cases[++published_count] = field[1]
        published_random[field[1]] = field[2]
        published_other[field[1]] = field[3]
    }
    FS = ","
}

function grouped(number,    text) {
    text = sprintf("%.0f", number)
    while (match(text, /[0-9][0-9][0-9][0-9]($|,)/))
        text = substr(text, 1, RSTART) "," substr(text, RSTART + 1)
    return text
}

function round3(number) {
    return number >= 100 ? grouped(number) : sprintf("%.3g", number)
}

function group_of(name) {
    if (name ~ /\/goal_/)
        return "goals"
    return name ~ /^(client_server|paxos|raft|two_phase)\// ? "protocols" : "models"
}

# The median of values[1..count], of which open[i] says that it is a lower bound; sets `is_bound`.
function median(count,    i, j, value, is_open, low, high) {
    for (i = 2; i <= count; i++) {
        value = values[i]
        is_open = open[i]
        for (j = i - 1; j >= 1 && values[j] > value; j--) {
            values[j + 1] = values[j]
            open[j + 1] = open[j]
        }
        values[j + 1] = value
        open[j + 1] = is_open
    }
    low = int((count + 1) / 2)
    high = int(count / 2) + 1
    is_bound = 0
    for (i = 1; i <= high; i++)
        is_bound = is_bound || open[i]
    return (values[low] + values[high]) / 2
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
}

$4 == "start" {
    start[key] = $11
    next
}

{
    has_method[$2] = 1
    i = ++runs[key]
    hits[key, i] = $4 == "found"
    found[key] += $4 == "found"
    executions[key, i] = $5 + 0
    cpu[key, i] = $11 + 0
    deliveries[key] += $12
    to_mutate[key] += $6
    mutations[key, i] = $5 - $13 > 1 ? $5 - $13 : 1
}

# Below a millisecond, what is measured is the clock.
function net(seconds) {
    return seconds > 0.001 ? seconds : 0.001
}

function summarise(key,    i) {
    for (i = 1; i <= runs[key]; i++) {
        values[i] = executions[key, i]
        open[i] = !hits[key, i]
    }
    of["executions", key] = median(runs[key])
    bound["executions", key] = is_bound
    for (i = 1; i <= runs[key]; i++) {
        values[i] = mutations[key, i]
        open[i] = !hits[key, i]
    }
    of["mutations", key] = median(runs[key])
    bound["mutations", key] = is_bound
    for (i = 1; i <= runs[key]; i++) {
        values[i] = net(cpu[key, i] - start[key])
        open[i] = !hits[key, i]
    }
    of["cpu", key] = median(runs[key])
    bound["cpu", key] = is_bound
}

# The best of the three walks of a tree ("" or "beside-") for a case, 0 for none or a lower bound.
function best_walk(what, name, tree,    i, key, best) {
    best = 0
    for (i = 1; i <= 3; i++) {
        key = name SUBSEP tree all_methods[i]
        if (key in runs && !bound[what, key] && (best == 0 || of[what, key] < best))
            best = of[what, key]
    }
    return best
}

# -- printing: a row is built of cells --

function cell(text) {
    cells[++cell_count] = text
}

function end_row(    i, line) {
    line = ""
    for (i = 1; i <= cell_count; i++)
        if (format == "markdown")
            line = line "| " cells[i] " "
        else if (format == "tsv")
            line = line (i > 1 ? "\t" : "") cells[i]
        else
            line = line sprintf(i == 1 ? "%-36s" : " %13s", cells[i])
    print line (format == "markdown" ? "|" : "")
    if (format == "markdown" && is_head) {
        line = ""
        for (i = 1; i <= cell_count; i++)
            line = line "|---"
        print line "|"
    }
    is_head = cell_count = 0
}

function head(first,    m) {
    is_head = 1
    cell(first)
    for (m = 1; m <= method_count; m++)
        if (all_methods[m] in has_method)
            cell(all_methods[m])
    end_row()
}

function figure(what, key) {
    if (!(key in runs))
        return ""
    return (bound[what, key] ? ">" : "") (what == "cpu" ? round3(1000 * of[what, key]) : grouped(of[what, key]))
}

# The geometric mean over the cases of a group of (method / best walk), with how many these are.
function mean(what, method, group, tree,    c, key, best, sum, count, is_low) {
    is_low = count = sum = 0
    worst = 0
    for (c = 1; c <= case_count; c++) {
        key = cases[c] SUBSEP method
        best = best_walk(what, cases[c], tree)
        if ((group != "all" && group_of(cases[c]) != group) || !(key in runs) || best == 0)
            continue
        sum += log(of[what, key] / best)
        is_low = is_low || bound[what, key]
        count++
        if (of[what, key] / best > worst)
            worst = of[what, key] / best
    }
    return count == 0 ? "" : (is_low ? ">" : "") round3(exp(sum / count)) " (" count ")"
}

function print_means(what, tree, label,    g, m) {
    for (g = 1; g <= group_count; g++) {
        cell(groups[g] " / " label)
        for (m = 1; m <= method_count; m++)
            if (all_methods[m] in has_method)
                cell(mean(what, all_methods[m], groups[g], tree))
        end_row()
    }
    cell("the worst / " label)
    for (m = 1; m <= method_count; m++)
        if (all_methods[m] in has_method) {
            mean(what, all_methods[m], "all", tree)
            cell(worst > 0 ? round3(worst) : "")
        }
    end_row()
}

function print_table(what, title,    c, m) {
    print title
    print ""
    head("case")
    for (c = 1; c <= case_count; c++) {
        cell(cases[c])
        for (m = 1; m <= method_count; m++)
            if (all_methods[m] in has_method)
                cell(figure(what, cases[c] SUBSEP all_methods[m]))
        end_row()
    }
    print_means(what, "", "best walk")
    if (what == "executions")
        print_means("mutations", "", "best walk, less what engines run besides")
    if (("beside-random" in has_method) || ("beside-pct" in has_method) || ("beside-pos" in has_method))
        print_means(what, "beside-", "best walk beside")
    if (what == "executions" && (("beside-random" in has_method) || ("beside-pct" in has_method) || ("beside-pos" in has_method)))
        print_means("mutations", "beside-", "best walk beside, less ...")
    print ""
}

function print_published(    i, m, name) {
    print "Executions beside the schedules that are published for the P checker"
    print ""
    is_head = 1
    cell("case")
    cell("P random")
    cell("P, other")
    for (m = 1; m <= 6; m++)
        if (all_methods[m] in has_method)
            cell(all_methods[m])
    end_row()
    for (i = 1; i <= published_count; i++) {
        name = published_cases[i]
        if (!(name in is_case))
            continue
        cell(name)
        cell(published_random[name])
        cell(published_other[name])
        for (m = 1; m <= 6; m++)
            if (all_methods[m] in has_method)
                cell(figure("executions", name SUBSEP all_methods[m]))
        end_row()
    }
    print ""
}

END {
    if (case_count == 0) {
        print "Nothing is measured yet."
        exit
    }
    for (key in runs)
        summarise(key)
    print "case\tmethod\truns\tfound\texecutions_median\tto_mutate_mean\tdeliveries_mean\tcpu_ms_median\tstart_ms" >summary
    for (c = 1; c <= case_count; c++)
        for (m = 1; m <= method_count; m++) {
            key = cases[c] SUBSEP all_methods[m]
            if (key in runs)
                printf "%s\t%s\t%d\t%d\t%s%.1f\t%.1f\t%s\t%s%.1f\t%.1f\n", cases[c], all_methods[m], runs[key],
                    found[key], bound["executions", key] ? ">" : "", of["executions", key],
                    to_mutate[key] / runs[key], deliveries[key] ? deliveries[key] / runs[key] : "",
                    bound["cpu", key] ? ">" : "", 1000 * of["cpu", key], 1000 * start[key] >summary
        }
    print_table("executions", "Executions until the first violation, medians; below, geometric means of the ratio to the best walk, with the number of cases")
    print_table("cpu", "Processor time until the first violation without the start of the program, ms, medians; less than 1 counts as 1")
    print_published()
}
