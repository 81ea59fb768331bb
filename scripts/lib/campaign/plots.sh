# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# Curves over time, drawn by gnuplot as SVG. Needs state.sh.

# plot TITLE YLABEL FILE...: a line for each file of "time value" rows, named by its file name. Prints
# the SVG, without what belongs to a file of its own.
plot() {
    local title=$1 label=$2 file curves='' height=360
    shift 2

    for file in "$@"; do
        if [[ ! -f $file ]] || (($(wc -l <"$file") < 2)); then continue; fi
        curves+="${curves:+, }'$file' using (\$1/60):2 with steps lw 2 title '${file##*/}'"
    done
    if ((height < 40 + 20 * $#)); then height=$((40 + 20 * $#)); fi
    if [[ -z $curves ]] || ! command -v gnuplot >/dev/null; then
        return
    fi
    gnuplot 2>/dev/null <<END | sed '1,/<svg/{/<svg/!d}'
set terminal svg size 900,$height dynamic font 'sans-serif,13' background '#ffffff'
set title "$title" noenhanced
set xlabel "minutes"
set ylabel "$label"
set xrange [0:*]
set yrange [0:*]
set grid
set key outside right noenhanced
plot $curves
END
}

# Rows "time value" of one column of a table, in the file of the same name as what they are about.
column_of_totals() {
    awk -F '\t' -v column="$1" 'NF >= column { print $1, $column }' "$dir/state/totals.tsv" 2>/dev/null >"$2"
}

# series_by_subject FOLDER COLUMN: rows of a column of state/series.tsv, a file for each subject.
series_by_subject() {
    mkdir -p "$1"
    awk -F '\t' -v folder="$1" -v column="$2" 'NF == 6 && $column > 0 {
        name = $2; gsub("/", " ", name)
        if (!seen[name]++) print 0, 0 >(folder "/" name)
        print $1, $column >(folder "/" name)
    }' "$dir/state/series.tsv" 2>/dev/null
}

# Of each turn as it ended: its end, in seconds of the campaign, and its speed. With several lanes it
# is that of one lane.
speed_by_turn() {
    awk -F '\t' 'NF == 11 && $4 > 0 { passed += $4; print passed / lanes, $7 / $4 * lanes }' \
        lanes="$(((jobs + LANE_WIDTH_MAX - 1) / LANE_WIDTH_MAX))" "$dir/state/turns.tsv" 2>/dev/null
}

# all_plots: the report's pictures.
all_plots() {
    local folder=$dir/report/.data

    rm -rf "$folder"
    mkdir -p "$folder"
    series_by_subject "$folder/edges" 3
    series_by_subject "$folder/features" 4
    speed_by_turn >"$folder/executions a second"
    column_of_totals 4 "$folder/inputs"
    column_of_totals 5 "$folder/failing inputs"
    plot "Coverage" "edges" "$folder"/edges/*
    plot "Coverage and interleavings" "features, as libFuzzer counts them" "$folder"/features/*
    plot "Speed" "executions a second" "$folder/executions a second"
    plot "Corpus" "inputs" "$folder/inputs"
    rm -rf "$folder"
}
