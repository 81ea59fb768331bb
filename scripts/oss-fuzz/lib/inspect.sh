# shellcheck shell=bash disable=SC2154 # variables are shared with check
# Looking at what a build has left in $OUT, as OSS-Fuzz's runner does. Needs results.sh,
# environment.sh and isolation.sh.
#
# Variables of the check that runs: configuration, engine, sanitizer, out (where the targets are
# now), base (the folder of all this), logs.

# Libraries that the runner's image has. The C++ library is linked statically there; Debian's
# libFuzzer takes the system's.
readonly RUNNER_LIBRARIES="libc.so.6 libm.so.6 libdl.so.2 librt.so.1 libpthread.so.0 libgcc_s.so.1
    libresolv.so.2 ld-linux-x86-64.so.2 libstdc++.so.6"

readonly RUNS=4
readonly REPEATS=100

# fuzz_targets FOLDER: what the runner takes for fuzz targets.
fuzz_targets() {
    local file

    for file in "$1"/*; do
        if [[ -f $file && -x $file && ${file##*/} != afl-* && ${file##*/} != llvm-symbolizer ]] &&
            grep -q LLVMFuzzerTestOneInput "$file"; then
            basename "$file"
        fi
    done
}

# count_calls PROGRAM: how often it calls into each sanitizer, as lines "asan NUMBER".
count_calls() {
    objdump -d --no-show-raw-insn "$1" | awk '
        BEGIN { calls["asan"] = calls["msan"] = calls["ubsan"] = 0 }
        match($0, /callq?[ \t]+[0-9a-f]+[ \t]+<__(asan|msan|ubsan)/) {
            name = substr($0, RSTART, RLENGTH)
            sub(/.*<__/, "", name)
            calls[name]++
        }
        END { for (name in calls) print name, calls[name] }'
}

check_calls() {
    local target=$1 kind name prefix least most calls counted wanted=pass

    counted=$(count_calls "$out/$target")

    for kind in address:asan:$CALLS_ADDRESS:$CALLS_OTHER_ADDRESS \
        memory:msan:$CALLS_MEMORY:$CALLS_OTHER_MEMORY \
        undefined:ubsan:$CALLS_UNDEFINED:$CALLS_OTHER_UNDEFINED; do
        IFS=: read -r name prefix least most <<<"$kind"
        calls=$(sed -n "s/^$prefix //p" <<<"$counted")
        if [[ $name == "$sanitizer" ]] && ((calls < least)); then
            wanted="fail"
            result "$configuration" "sanitized as it should be" fail "$target: $calls calls into $prefix, at least $least"
        elif [[ $name != "$sanitizer" ]] && ((calls > most)); then
            wanted="fail"
            result "$configuration" "sanitized as it should be" fail "$target: $calls calls into $prefix, at most $most"
        fi
    done
    [[ $wanted == fail ]] || result "$configuration" "sanitized as it should be" pass
}

check_file() {
    local target=$1 library wrong='' path

    if readelf -h "$out/$target" | grep -q 'Machine:.*X86-64'; then
        result "$configuration" "made for x86_64" pass
    else
        result "$configuration" "made for x86_64" fail "$target"
    fi
    for library in $(readelf -d "$out/$target" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'); do
        is_word_of "$library" "$RUNNER_LIBRARIES" || wrong+=" $library"
    done
    if readelf -d "$out/$target" | grep -qE '\((RPATH|RUNPATH)\)'; then
        wrong+=" (a path to look for libraries in)"
    fi
    result "$configuration" "no library that the runner lacks" "$([[ -z $wrong ]] && echo pass || echo fail)" \
        "${wrong:+$target:$wrong}"

    # Sanitizers keep the names of source files for their reports, also as names of unnamed types, and a coverage build lives by them.
    strip -o "$base/stripped-$target" "$out/$target"
    path=$(strings -a "$base/stripped-$target" | grep -F "$base" | grep -vE '\.(c|h|cc|cpp|cxx|hpp)(:[0-9]|$)' | head -n 1) || true
    rm -f "$base/stripped-$target"
    if [[ $sanitizer != coverage ]]; then
        result "$configuration" "no absolute path inside" "$([[ -z $path ]] && echo pass || echo fail)" \
            "${path:+$target: $path}"
    fi
}

# run_target TARGET LOG ARGUMENT...: where nothing but /tmp can be written, and neither sources nor
# build can be seen.
run_target() {
    local target=$1 log=$2
    shift 2

    isolated "$out" timeout --foreground 120 "./$target" "$@" >"$log" 2>&1 </dev/null
}

# seeds_of TARGET: unpacks the target's seeds, prints their folder.
seeds_of() {
    local folder=$base/seeds/$1

    if [[ ! -d $folder && -f $out/$1_seed_corpus.zip ]]; then
        mkdir -p "$folder"
        unzip -q -o -d "$folder" "$out/$1_seed_corpus.zip"
    fi
    [[ ! -d $folder ]] || echo "$folder"
}

check_libfuzzer_run() {
    local target=$1 log=$logs/$1 edges

    run_target "$target" "$log-startup.log" -seed=1337 -runs=$RUNS -artifact_prefix=/tmp/ || true
    if grep -q "Done $RUNS runs" "$log-startup.log"; then
        result "$configuration" "-seed=1337 -runs=$RUNS says Done $RUNS runs" pass
    else
        result "$configuration" "-seed=1337 -runs=$RUNS says Done $RUNS runs" fail "$target: $log-startup.log"
    fi
    edges=$(sed -nE 's/.*INFO: Loaded [0-9]+ modules? .*\(.*(counters|guards)\): *([0-9]+).*/\2/p' "$log-startup.log" | head -n 1)
    if ((${edges:-0} < EDGES_MIN)); then
        result "$configuration" "at least $EDGES_MIN edges (no bar)" warn "$target: ${edges:-0}; only the target's own code is instrumented"
    else
        result "$configuration" "at least $EDGES_MIN edges (no bar)" pass
    fi
    check_seeds "$target"
}

# check_seeds TARGET: that they load, and that one can be run many times; without seeds any input.
check_seeds() {
    local target=$1 log=$logs/$1 seeds seed

    seeds=$(seeds_of "$target")
    if [[ -z $seeds ]]; then
        result "$configuration" "seeds load" skip "$target: it has none"
        seed=$base/input-$target
        seq 100 >"$seed"
    elif run_target "$target" "$log-seeds.log" -rss_limit_mb=2560 -timeout=25 -runs=0 "$seeds"; then
        result "$configuration" "seeds load" pass
    else
        result "$configuration" "seeds load" fail "$target: $log-seeds.log"
    fi
    if [[ -n $seeds ]]; then
        seed=$(find "$seeds" -type f -size -2k | LC_ALL=C sort | tail -n 1)
    fi
    if run_target "$target" "$log-repeat.log" -runs="$REPEATS" "$seed" &&
        grep -q "Executed .* in " "$log-repeat.log"; then
        result "$configuration" "$REPEATS runs in one process" pass
    else
        result "$configuration" "$REPEATS runs in one process" fail "$target: $log-repeat.log"
    fi
}

# The sanitizers' options are what the runner gives AFL++, which starts with no others.
check_afl_run() {
    local target=$1 log=$logs/$1-afl.log input=$base/afl/$1

    mkdir -p "$input/in"
    echo input >"$input/in/input"
    isolated "$out" timeout --foreground 60 env AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_FAST_CAL=1 \
        AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_IGNORE_PROBLEMS=1 AFL_FORKSRV_INIT_TMOUT=30000 \
        ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_odr_violation=0:detect_leaks=0 \
        MSAN_OPTIONS=exit_code=86:symbolize=0 UBSAN_OPTIONS=silence_unsigned_overflow=1:symbolize=0 \
        afl-fuzz -m none -t 5000+ -V 2 -i "$input/in" -o "$input/out" -- "./$target" \
        >"$log" 2>&1 </dev/null || true
    if grep -q "All set and ready to roll" "$log" &&
        ! grep -qE "target binary (crashed|terminated)" "$log"; then
        result "$configuration" "afl-fuzz is ready to roll" pass
    else
        result "$configuration" "afl-fuzz is ready to roll" fail "$target: $log"
    fi
}

check_stand_in_run() {
    local target=$1 log=$logs/$1.log seeds files=()

    seeds=$(seeds_of "$target")
    if [[ -n $seeds ]]; then
        mapfile -t files < <(find "$seeds" -type f | LC_ALL=C sort | head -n 50)
    fi
    if run_target "$target" "$log" ${files[@]+"${files[@]}"} && grep -q '^stand-in: ' "$log"; then
        result "$configuration" "runs an empty input and its seeds" pass "by a stand-in with $engine's entry points, not $engine"
    else
        result "$configuration" "runs an empty input and its seeds" fail "$target: $log"
    fi
}

check_accompanying() {
    local target=$1

    if [[ -f $out/$target.options ]] && grep -q '^timeout = ' "$out/$target.options" &&
        grep -q '^rss_limit_mb = ' "$out/$target.options"; then
        result "$configuration" "limits in .options" pass
    else
        result "$configuration" "limits in .options" fail "$target"
    fi
}

# What must not be there: programs that are no fuzz targets, and variants that are expected to fail.
check_content() {
    local file target unwanted='' failing

    for file in "$out"/*; do
        if [[ -x $file && -f $file ]] && ! grep -q LLVMFuzzerTestOneInput "$file"; then
            unwanted+=" ${file##*/}"
        fi
    done
    failing=$("$command_build/bin/offbeat" list | awk '$2 == "fails" { sub("/", "_", $1); print "fuzz_" $1 }')
    for target in $failing; do
        [[ ! -e $out/$target ]] || unwanted+=" $target"
    done
    result "$configuration" "nothing in \$OUT that does not belong there" \
        "$([[ -z $unwanted ]] && echo pass || echo fail)" "${unwanted# }"
}
