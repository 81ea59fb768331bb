# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# The page about a night: report/index.html, one file that asks for nothing from the network, and leads
# to the pages of the bugs beside it. Needs state.sh, subjects.sh, housekeeping.sh, plots.sh.

# escaped TEXT: for HTML.
escaped() {
    local text=${1//&/&amp;}

    text=${text//</&lt;}
    text=${text//>/&gt;}
    text=${text//\"/&quot;}
    printf '%s' "$text"
}

# row TAG CELL...: a row of a table, of escaped cells.
row() {
    local tag=$1 cell
    shift

    printf '<tr>'
    for cell in "$@"; do printf '<%s>%s</%s>' "$tag" "$cell" "$tag"; done
    printf '</tr>\n'
}

page_head() {
    cat <<END
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Campaign of $(date -u -d "@$started" +%F)</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
th { border-bottom: 1px solid #888; } td.n { text-align: right; }
.bad { background: #b00020; color: #fff; padding: .6rem 1rem; border-radius: .4rem; }
.good { background: #1b5e20; color: #fff; padding: .6rem 1rem; border-radius: .4rem; }
.fair { background: #7a5200; color: #fff; padding: .6rem 1rem; border-radius: .4rem; }
code { font-size: .9em; } svg { max-width: 100%; height: auto; border-radius: .4rem; margin: .5rem 0; }
.scroll { overflow-x: auto; }
</style></head><body>
END
}

# What whoever opens the page wants to know first.
page_verdict() {
    local found broken

    found=$(bugs)
    broken=$(awk -F '\t' '$3 == "holds"' <<<"$found")
    printf '<h1>Campaign of %s, %s of fuzzing</h1>\n' "$(date -u -d "@$started" '+%F %H:%M UTC')" \
        "$(clock "$(get elapsed 0)")"
    if [[ -s $dir/state/trouble.txt ]]; then
        printf '<p class="bad">Trouble: %s</p>\n' "$(escaped "$(paste -sd ';' "$dir/state/trouble.txt")")"
    fi
    if [[ -n $broken ]]; then
        printf '<p class="bad">%s: a remedy is broken, or a new bug was found.</p>\n' "$(count_bugs)"
    elif [[ -n $found ]]; then
        printf '<p class="fair">%s, in variants that are known to fail only.</p>\n' "$(count_bugs)"
    else
        printf '<p class="good">No bug was found.</p>\n'
    fi
    if [[ $(get phase) != "done" ]]; then
        printf '<p>The campaign goes on: %s.</p>\n' "$(escaped "$(status_line)")"
    fi
}

page_bugs() {
    local id subject kind invariant signature count silent word

    printf '<h2>Bugs</h2>\n'
    if [[ -n $(bugs) ]]; then
        printf '<div class="scroll"><table>\n'
        row th bug where invariant 'failing inputs' 'to replay it'
        while IFS=$'\t' read -r id subject kind invariant signature count; do
            word=$([[ $kind == fails ]] && echo expected || echo '<strong>should hold</strong>')
            row td "<a href=\"../$(escaped "$(page_of "$id")")\">$id</a>" "$(escaped "$subject") ($word)" \
                "$(escaped "$invariant")<br><small>$(escaped "$signature")</small>" "$count" \
                "<code>$(escaped "$(replay_command "$id" "$subject")")</code>"
        done < <(bugs | sort -t $'\t' -k 3,3r -k 2,2)
        printf '</table></div>\n'
    fi
    silent=$(silent_subjects)
    if [[ -n $silent ]]; then
        printf '<p>Known to fail, and not found in this campaign: %s</p>\n' "$(escaped "$silent")"
    fi
}

page_canary() {
    local says instance result spent count

    says=$(get canary_says)
    printf '<h2>Canary</h2>\n<p>%s</p>\n' "$(escaped "${says:-There was none.}")"
    if [[ -s $dir/state/canary.tsv ]]; then
        printf '<table>\n'
        row th engine result 'within seconds' executions
        while IFS=$'\t' read -r instance result spent count; do
            if [[ $instance != result ]]; then
                row td "$(escaped "$instance")" "$result" "$spent" "$(grouped "${count:-0}")"
            fi
        done <"$dir/state/canary.tsv"
        printf '</table>\n'
    fi
}

page_subjects() {
    local cells

    printf '<h2>Targets</h2>\n<div class="scroll"><table>\n'
    row th target known turns time executions 'a second' edges features inputs 'failing inputs'
    while IFS=$'\t' read -r -a cells; do
        row td "$(escaped "${cells[0]}")" "${cells[1]}" "${cells[4]}" "$(clock "${cells[5]}")" \
            "$(grouped "${cells[6]}")" "$(grouped "${cells[7]}")" "${cells[8]}" "${cells[9]}" \
            "${cells[10]}" "${cells[11]}"
    done <"$dir/state/subjects.tsv"
    printf '</table></div>\n<h2>Corpora</h2>\n<table>\n'
    row th target 'bytes, all' 'bytes, minimal'
    for cells in "$dir"/corpus/*.tar.zst; do
        [[ -f $cells ]] || continue
        row td "$(escaped "$(basename "$cells" .tar.zst)")" "$(grouped "$(stat -c %s "$cells")")" \
            "$(grouped "$(stat -c %s "$dir/corpus/minimal/${cells##*/}" 2>/dev/null || echo 0)")"
    done
    printf '</table>\n'
}

page_machine() {
    printf '<h2>Machine and versions</h2>\n<table>\n'
    row td Machine "$(escaped "$(uname -srm)")"
    row td Processors "$(nproc) ($(escaped "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)")), $jobs used"
    row td Memory "$(human "$(awk '/^MemTotal:/ { printf "%d", $2 * 1024 }' /proc/meminfo)"), $(human "$memory") for engines"
    row td Offbeat "$(escaped "$(git -C "$root" describe --always --dirty 2>/dev/null || echo 'not from git')")"
    row td Compiler "$(escaped "$(clang --version 2>/dev/null | head -n 1)")"
    row td 'AFL++' "$(escaped "$(afl-fuzz --version 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g' | head -n 1)")"
    row td Engines "$(escaped "$engines")"
    row td Campaign "$(escaped "$name, in $dir")"
    printf '</table>\n'
    printf '<p>Every turn is a row of <code>%s</code>: with its swarm as <code>OFFBEAT_SWARM</code> and its seed as libFuzzer'\''s <code>-seed</code> or AFL++'\''s <code>-s</code> it can be repeated.</p>\n' \
        "$(escaped "$dir/state/turns.tsv")"
}

write_report() {
    mkdir -p "$dir/report" || return 1
    {
        page_head
        page_verdict
        page_bugs
        page_canary
        printf '<h2>Over time</h2>\n'
        all_plots
        page_subjects
        page_machine
        printf '</body></html>\n'
    } | replace "$dir/report/index.html"
}
