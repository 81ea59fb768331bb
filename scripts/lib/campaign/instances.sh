# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# The engines' processes in a turn: which there are, how each is started, and what it says. Needs
# engines.sh, settings.sh, processes.sh.
#
# A turn's folder is turns/NUMBER. Below it:
#   seeds/                     what all of them start from
#   libfuzzer-1/found, .../artifacts   of each libFuzzer
#   afl/main, afl/secondary-1, afl/asan-1   AFL++'s own folders, which share what they find
#   *.log                      what each has said

# instances_of WIDTH TURN: the names of the processes of a turn that may have so many. With one only,
# engines take turns.
instances_of() {
    local width=$1 turn=$2 index kinds=()

    if ! has_engine afl; then
        for ((index = 1; index <= width; index++)); do echo "libfuzzer-$index"; done
    elif ! has_engine libfuzzer; then
        kinds=(main secondary-1 asan-1)
        for ((index = 2; index < width; index++)); do kinds+=("secondary-$index"); done
        printf '%s\n' "${kinds[@]:0:width}"
    elif ((width == 1)); then
        if ((turn % 2)); then echo libfuzzer-1; else echo main; fi
    else
        kinds=(libfuzzer-1 main secondary-1 asan-1)
        for ((index = 2; ${#kinds[@]} < width; index++)); do
            kinds+=("libfuzzer-$index" "secondary-$((2 * index - 2))" "secondary-$((2 * index - 1))")
        done
        printf '%s\n' "${kinds[@]:0:width}"
    fi
}

# presets_needed WIDTH: what has to be built for turns of that width.
presets_needed() {
    if has_engine libfuzzer; then echo libfuzzer; fi
    if has_engine afl; then echo afl; fi
    if instances_of "$1" 1 | grep '^asan' >/dev/null; then echo afl-asan; fi
}

is_libfuzzer() {
    [[ $1 == libfuzzer-* ]]
}

memory_of_each() {
    local each=$((memory / (jobs > 0 ? jobs : 1) / 1048576))

    printf '%d' $((each < 192 ? 192 : each))
}

# start_instance NAME SUBJECT FOLDER SECONDS SWARM SEED: sets spawned_pid. A turn is known by its
# folder's name.
start_instance() {
    local name=$1 folder=$3 purpose=turn-${3##*/} environment=()

    if [[ -n $5 && $5 != 0 ]]; then
        environment=("OFFBEAT_SWARM=$5")
    fi
    if is_libfuzzer "$name"; then
        start_libfuzzer "$@"
    else
        start_afl "$@"
    fi
}

start_libfuzzer() {
    local name=$1 program=build/libfuzzer/bin/fuzz_${2/\//_} folder=$3/$1 dictionary=()

    mkdir -p "$folder/found" "$folder/artifacts"
    if [[ -s $dir/dictionaries/${2%/*}.dict ]]; then
        dictionary=(-dict="$dir/dictionaries/${2%/*}.dict")
    fi
    # It reads again what others put beside its own.
    spawn "$purpose" "$3/$name.log" "${libfuzzer_environment[@]}" "${environment[@]}" \
        "$root/$program" "${libfuzzer_arguments[@]}" "${dictionary[@]}" -max_total_time="$4" -seed="$6" \
        -rss_limit_mb="$(memory_of_each)" -reload=5 -artifact_prefix="$folder/artifacts/" \
        "$folder/found" "$3/seeds"
}

start_afl() {
    local name=$1 variant=${2/\//_} program role=(-S "$1") limit other
    local mutator=$root/build/afl/lib/afl_mutator_${2/\//_}.so

    program=$root/build/afl/bin/fuzz_$variant
    limit=$(memory_of_each)
    if [[ $name == asan-* ]]; then
        program=$root/build/afl-asan/bin/fuzz_$variant
        limit=none # of address space, of which ASan reserves nearly all there is
        environment+=("ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0:hard_rss_limit_mb=$(memory_of_each)")
    elif [[ $name == main ]]; then
        role=(-M main)
        for other in "$3"/libfuzzer-*/found; do
            if [[ -d $other ]]; then role+=(-F "$other"); fi
        done
        while IFS= read -r other; do role+=(-F "$other"); done < <(shared_queues "$2" | head -n 30)
    fi
    if [[ $statsd == yes ]]; then environment+=(AFL_STATSD=1); fi
    if [[ ${stop_at_first:-no} == yes ]]; then environment+=(AFL_BENCH_UNTIL_CRASH=1); fi
    if [[ -s $dir/dictionaries/${2%/*}.dict ]]; then
        role+=(-x "$dir/dictionaries/${2%/*}.dict")
    fi
    if [[ -d $3/afl/$name ]]; then # of one that died, with what it has kept
        mv "$3/afl/$name" "$(mktemp -d "$3/ended-XXXXXX")/"
    fi
    spawn "$purpose" "$3/$name.log" "${afl_environment[@]}" "${environment[@]}" AFL_SYNC_TIME=1 \
        AFL_CUSTOM_MUTATOR_LIBRARY="$mutator" afl-fuzz "${afl_arguments[@]}" "${role[@]}" \
        -i "$3/seeds" -o "$3/afl" -V "$4" -s "$6" -m "$limit" -- "$program"
}

# instance_counts NAME FOLDER: "executions rate edges features inputs" as far as it has said so; the
# engine's own words, without anything that it has not counted yet.
instance_counts() {
    if is_libfuzzer "$1"; then
        libfuzzer_counts "$2/$1.log"
    else
        afl_counts "$2/afl/$1"
    fi
}

# The last line with numbers; the number of executions also from what is said at the end or before an
# abort. libFuzzer counts aloud only now and then.
libfuzzer_counts() {
    tail -c 20000 "$1" 2>/dev/null | awk '
        /^#[0-9]+/ {
            executions = substr($1, 2)
            for (i = 2; i < NF; i++) {
                if ($i == "cov:") edges = $(i + 1)
                if ($i == "ft:") features = $(i + 1)
                if ($i == "corp:") inputs = $(i + 1)
                if ($i == "exec/s:") rate = $(i + 1)
            }
        }
        /^executions: [0-9]+/ && $2 + 0 > executions + 0 { executions = $2 }
        /^stat::number_of_executed_units:/ { executions = $2 }
        /^stat::average_exec_per_sec:/ { rate = $2 }
        END { printf "%d %d %d %d %d\n", executions, rate, edges, features, inputs }'
}

# Names in a queue say how many executions had been made when they were found, and after how many
# milliseconds; the numbers for people come once a minute.
afl_counts() {
    local queue last

    if [[ -f $1/fuzzer_stats ]]; then
        awk -F ' *: *' '
            { value[$1] = $2 }
            END {
                executions = value["execs_done"]
                seconds = value["run_time"] > 0 ? value["run_time"] : 1
                printf "%d %d %d 0 %d\n", executions, executions / seconds, value["edges_found"],
                    value["corpus_count"]
            }' "$1/fuzzer_stats"
    else
        queue=("$1"/queue/id*)
        last=${queue[-1]}
        if [[ ! -e $last ]]; then queue=(); fi
        awk -v name="$last" -v inputs="${#queue[@]}" 'BEGIN {
            milliseconds = match(name, /,time:[0-9]+/) ? substr(name, RSTART + 6, RLENGTH - 6) : 0
            executions = match(name, /,execs:[0-9]+/) ? substr(name, RSTART + 7, RLENGTH - 7) : 0
            printf "%d %d 0 0 %d\n", executions, 1000 * executions / (milliseconds + 1), inputs
        }'
    fi
}

# instance_found NAME FOLDER: how many failing inputs it has kept in this turn.
instance_found() {
    local kept=() file

    if is_libfuzzer "$1"; then
        for file in "$2/$1"/artifacts/{crash,timeout,oom,leak}-*; do
            if [[ -f $file ]]; then kept+=("$file"); fi
        done
    else
        for file in "$2/afl/$1"/{crashes,hangs}/id*; do
            if [[ -f $file ]]; then kept+=("$file"); fi
        done
    fi
    printf '%d' "${#kept[@]}"
}
