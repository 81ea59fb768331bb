# The command, from the outside: what it prints, its exit codes, and what it leaves on disk.

load helpers

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    cd "$BATS_TEST_TMPDIR"
    cat >violates.txt <<'END'
offbeat scenario 1 order
# Two orders of which one is paid too early.
+5ms buy(order=2) to customer
+2ms buy(order=3) to customer
delay create customer->shop #1 by 6ms
END
    cat >passes.txt <<'END'
offbeat scenario 1 order
+0 buy(order=1) to customer
END
}

is_json() {
    python3 -c 'import json, sys; json.load(sys.stdin)'
}

@test "list names every variant" {
    run "$offbeat" list
    [ "$status" -eq 0 ]
    for name in order/racy order/fsm resource/racy resource/owner counter/racy counter/atomic; do
        grep -q "^$name\( \|$\)" <<<"$output"
    done
    grep -q '^order/racy  *fails  a shop' <<<"$output"
    grep -q '^order/fsm$' <<<"$output"
    run "$offbeat" list --json
    [ "$status" -eq 0 ]
    [[ "$output" == *'"name": "order"'*'"variants": ["racy", "fsm", '*'], "fails": ["racy", '*']'* ]]
    ! command -v python3 || is_json <<<"$output"
}

@test "help, version, and guesses" {
    run "$offbeat" --version
    [ "$status" -eq 0 ]
    [[ "$output" =~ ^offbeat\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    run "$offbeat" --help
    [ "$status" -eq 0 ]
    for command in list run explain minimize decode encode corpus; do
        grep -q "^  $command  *[A-Z]" <<<"$output"
        "$offbeat" "$command" --help | grep -q "^usage: offbeat $command "
        "$offbeat" help "$command" | grep -q "^usage: offbeat $command "
    done
    fails_with '"explian"' 'explain' -- "$offbeat" explian
    fails_with 'order' '"ordr"' -- "$offbeat" explain ordr/racy passes.txt
    fails_with 'no command' -- "$offbeat"
}

@test "run: exit codes and lines" {
    run "$offbeat" run order/racy passes.txt
    [ "$status" -eq 0 ]
    [[ "$output" =~ ^passes\.txt:\ ok\ trace=[0-9a-f]{16}\ deliveries=4$ ]]
    run "$offbeat" run order/racy violates.txt
    [ "$status" -eq 1 ]
    [[ "$output" =~ ^violates\.txt:\ violation\ paid_order_exists\ trace=[0-9a-f]{16}\ deliveries=[0-9]+:\ .*3 ]]
    run "$offbeat" run order/fsm violates.txt
    [ "$status" -eq 0 ]
    # All inputs are run, and the gravest counts.
    run "$offbeat" run order/racy violates.txt missing passes.txt
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 3 ]
    run "$offbeat" run order/racy violates.txt passes.txt
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 2 ]
    run "$offbeat" run --json order/racy violates.txt passes.txt
    [ "$status" -eq 1 ]
    [[ "$output" == *'"verdict": "violation", "invariant": "paid_order_exists"'*'"verdict": "ok"'*'"exit": 1}'* ]]
    ! command -v python3 || is_json <<<"$output"
}

@test "run: options anywhere, -- ends them" {
    cp passes.txt ./--json
    run "$offbeat" run order/racy -- --json
    [ "$status" -eq 0 ]
    [[ "$output" == '--json: ok '* ]]
    run "$offbeat" --json run order/racy passes.txt
    [ "$status" -eq 0 ]
    [[ "$output" == '{'* ]]
}

@test "run: the trace hash stays the same" {
    "$offbeat" run order/racy violates.txt >first.log || true
    inputs=()
    for _ in $(seq 100); do inputs+=(violates.txt); done
    for _ in 1 2 3; do
        "$offbeat" run order/racy "${inputs[@]}" >again.log || true
        [ "$(sort -u again.log)" = "$(cat first.log)" ]
    done
}

@test "run: an empty file is the empty scenario, random bytes are scenarios too" {
    : >empty
    run "$offbeat" run order/racy empty
    [ "$status" -eq 0 ]
    head -c 100000 /dev/urandom >random
    run "$offbeat" run order/fsm - <random
    [ "$status" -eq 0 ]
    for variant in order/racy counter/atomic resource/owner; do
        run "$offbeat" run "$variant" random
        [ "$status" -le 1 ]
        [ "${#lines[@]}" -eq 1 ]
    done
}

@test "run: an input is read once, as a pipe gives it once only" {
    printf 'offbeat scenario 1 order\n+0 buy(order=0) to customer\n' >passes.txt
    printf 'delay create customer->shop #0 by 501us\n' | cat passes.txt - >fails.txt
    run "$offbeat" run order/racy - <fails.txt
    [ "$status" -eq 1 ]
    run "$offbeat" run order/racy passes.txt <(cat fails.txt) passes.txt
    [ "$status" -eq 1 ]
    [[ "${lines[0]}" == "passes.txt: ok "* ]]
    [[ "${lines[1]}" == *": violation paid_order_exists "* ]]
    [ "${lines[2]}" = "${lines[0]}" ]
}

@test "run: many random files" {
    mkdir random
    head -c 60000 /dev/urandom | split -b 200 - random/input.
    "$offbeat" run order/fsm random/* >lines.log
    [ "$(wc -l <lines.log)" -eq 300 ]
    "$offbeat" run resource/owner random/* >lines.log
    "$offbeat" run counter/atomic random/* >lines.log
}

@test "explain: invariant, scenario, columns, state" {
    run "$offbeat" explain order/racy violates.txt
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = "order/racy: paid_order_exists is violated" ]
    grep -q '^ *time  customer  *bank  *shop$' <<<"$output"
    grep -q 'buy(order=3) < outside' <<<"$output"
    grep -q '\^ paid_order_exists$' <<<"$output"
    grep -q '! delayed 6ms' <<<"$output"
    grep -q '^State at the end:$' <<<"$output"
    [ -z "$(LC_ALL=C grep -e '.\{101\}' -e '[^ -~]' <<<"$output")" ]
    run "$offbeat" explain --width 50 order/racy violates.txt
    [ "$status" -eq 1 ]
    grep -q '^ *time  actor$' <<<"$output"
    run "$offbeat" explain order/fsm violates.txt
    [ "$status" -eq 0 ]
    grep -q '~ postponed' <<<"$output"
    grep -q '~ handled again' <<<"$output"
    [ "${lines[0]}" = "order/fsm: no violation" ]
}

@test "minimize: one message, one deviation, and no further" {
    run "$offbeat" minimize order/racy violates.txt -o minimal.txt
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 3 ]
    [ "${lines[1]}" = '  Passes without: delay create customer->shop #0 by 501us' ]
    [ "${lines[2]}" = '  Fails only when create#0 from customer is at least 501us late.' ]
    [[ "$output" == 'minimal.txt: paid_order_exists, messages 2 -> 1, deviations 1 -> 1, '* ]]
    diff minimal.txt - <<'END'
offbeat scenario 1 order
+0 buy(order=0) to customer
delay create customer->shop #0 by 501us
END
    "$offbeat" minimize order/racy minimal.txt -o again.txt
    cmp minimal.txt again.txt
    "$offbeat" minimize order/racy violates.txt --bytes -o minimal.bin
    [ "$(wc -c <minimal.bin)" -eq 16 ]
    "$offbeat" minimize order/racy minimal.bin -o again.bin
    cmp minimal.bin again.bin
    "$offbeat" minimize order/racy violates.txt -o - --text >piped.txt 2>summary.log
    cmp minimal.txt piped.txt
    # A minimal text keeps its comments, and is its own output.
    echo '# known since May' >>minimal.txt
    cp minimal.txt before.txt
    "$offbeat" minimize order/racy minimal.txt -o minimal.txt
    cmp minimal.txt before.txt
    run "$offbeat" run order/racy minimal.bin
    [ "$status" -eq 1 ]
}

@test "minimize: what violates nothing is refused" {
    echo keep >out
    fails_with 'passes.txt' 'violates no invariant' -- "$offbeat" minimize order/racy passes.txt -o out
    [ "$(cat out)" = keep ]
    fails_with '-o' -- "$offbeat" minimize order/racy violates.txt
    fails_with 'nowhere/out' -- "$offbeat" minimize order/racy violates.txt -o nowhere/out
    [ ! -e nowhere ]
}

@test "decode and encode" {
    "$offbeat" encode order violates.txt -o bytes
    [ "$(($(wc -c <bytes) % 8))" -eq 0 ]
    "$offbeat" decode order/racy bytes >text
    grep -v '^#' violates.txt | cmp - text
    "$offbeat" encode order text -o bytes.again
    cmp bytes bytes.again
    "$offbeat" encode order - -o - <text | cmp - bytes
    head -c 999 /dev/urandom >random
    "$offbeat" decode resource random -o random.txt
    "$offbeat" encode resource random.txt -o canonical
    "$offbeat" decode resource canonical | cmp - random.txt
    hash() { "$offbeat" run resource/racy "$1" | grep -o 'trace=[0-9a-f]*'; }
    [ "$(hash random)" = "$(hash random.txt)" ]
    [ "$(hash random)" = "$(hash canonical)" ]
}

@test "bad input: one line that names it, exit 2, nothing changed" {
    sed 's/^+0 buy/+0 bye/' passes.txt >unknown-kind.txt
    sed 's/order=1/order=9/' passes.txt >range.txt
    sed '1s/order/shop/' passes.txt >other-target.txt
    mkdir directory
    find . | sort >before
    fails_with 'missing.bin' -- "$offbeat" run order/racy missing.bin
    fails_with 'directory' -- "$offbeat" run order/racy directory
    fails_with 'unknown-kind.txt:2' 'bye' -- "$offbeat" explain order/racy unknown-kind.txt
    fails_with 'unknown-kind.txt:2' 'bye' -- "$offbeat" encode order unknown-kind.txt -o out
    fails_with 'range.txt:2' -- "$offbeat" explain order/racy range.txt
    fails_with 'other-target.txt:1' 'shop' -- "$offbeat" explain order/racy other-target.txt
    fails_with '"nobody"' -- "$offbeat" explain nobody/racy passes.txt
    fails_with '"slow"' 'racy, fsm' -- "$offbeat" explain order/slow passes.txt
    # run, which is made to run one input with many builds, tells these apart: see ci.bats.
    for input in unknown-kind other-target range; do
        run "$offbeat" run order/racy "$input.txt"
        [ "$status" -eq 4 ]
        [[ "${lines[0]}" == "offbeat: $input.txt:"* ]]
        [ "${#lines[@]}" -eq 1 ]
    done
    fails_with 'racy, fsm' -- "$offbeat" run order passes.txt
    fails_with '--frobnicate' -- "$offbeat" run order/racy passes.txt --frobnicate
    fails_with '--jsn' '--json' -- "$offbeat" list --jsn
    fails_with '--output' -- "$offbeat" list -o out
    fails_with 'argument' -- "$offbeat" run order/racy
    fails_with 'argument' -- "$offbeat" explain order/racy passes.txt passes.txt
    fails_with '--width' -- "$offbeat" explain order/racy passes.txt --width=0
    fails_with 'missing.bin' -- "$offbeat" minimize order/racy missing.bin -o out
    fails_with '-o' -- "$offbeat" encode order passes.txt
    find . | sort >after
    diff <(grep -v before before) <(grep -Ev 'after|before' after)
}

@test "output that cannot be written is an error" {
    [ -w /dev/full ] || skip "there is no /dev/full"
    run bash -c '"$0" list >/dev/full' "$offbeat"
    [ "$status" -eq 2 ]
    [[ "$output" == 'offbeat: standard output: '* ]]
    run bash -c '"$0" decode order passes.txt >/dev/full' "$offbeat"
    [ "$status" -eq 2 ]
    run bash -c '"$0" list >&-' "$offbeat"
    [ "$status" -eq 2 ]
    run bash -c 'for i in $(seq 2000); do echo passes.txt; done | xargs "$0" run order/racy | head -n 1; echo "${PIPESTATUS[1]}"' "$offbeat"
    [[ "${lines[0]}" == 'passes.txt: ok '* ]]
    [ "${lines[-1]}" -ne 0 ]
}

@test "corpus: pack, list, unpack" {
    mkdir inputs
    "$offbeat" encode order violates.txt -o inputs/violates
    "$offbeat" encode order passes.txt -o inputs/passes
    head -c 5000 /dev/urandom >inputs/random
    head -c 700 /dev/urandom >inputs/more
    run "$offbeat" corpus pack corpus.tar.zst inputs
    [ "$status" -eq 0 ]
    [ "$output" = "corpus.tar.zst: 4 inputs packed" ]
    run "$offbeat" corpus list corpus.tar.zst
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 4 ]
    run "$offbeat" corpus list corpus.tar.zst --json
    [ "$status" -eq 0 ]
    [[ "$output" == *'"bytes": 5000'*'"damage": ""}'* ]]
    ! command -v python3 || is_json <<<"$output"
    [ "$(tar --zstd -tf corpus.tar.zst | wc -l)" -eq 4 ]
    run "$offbeat" corpus unpack corpus.tar.zst unpacked
    [ "$status" -eq 0 ]
    [ "$output" = "unpacked: 4 inputs unpacked" ]
    diff <(cat inputs/* | wc -c) <(cat unpacked/* | wc -c)
    diff <(sha256sum inputs/* | cut -d' ' -f1 | sort) <(sha256sum unpacked/* | cut -d' ' -f1 | sort)
    "$offbeat" corpus pack again.tar.zst unpacked
    cmp corpus.tar.zst again.tar.zst
    # A text is the scenario that it says, which is there already.
    "$offbeat" corpus pack texts.tar.zst inputs violates.txt
    cmp corpus.tar.zst texts.tar.zst
}

@test "corpus: bad archives and arguments" {
    mkdir inputs
    head -c 600000 /dev/urandom | split -a 3 -b 3000 - inputs/
    "$offbeat" corpus pack whole.tar.zst inputs
    head -c 20 whole.tar.zst >short.tar.zst
    head -c 400000 whole.tar.zst >cut.tar.zst
    fails_with 'short.tar.zst' -- "$offbeat" corpus list short.tar.zst
    fails_with 'short.tar.zst' -- "$offbeat" corpus unpack short.tar.zst nothing
    fails_with 'missing.tar.zst' -- "$offbeat" corpus list missing.tar.zst
    fails_with 'inputs' -- "$offbeat" corpus list inputs
    fails_with 'nobody' -- "$offbeat" corpus pack out.tar.zst nobody
    fails_with 'unpck' 'unpack' -- "$offbeat" corpus unpck whole.tar.zst dir
    fails_with 'ARCHIVE' -- "$offbeat" corpus pack out.tar.zst
    fails_with 'ARCHIVE' -- "$offbeat" corpus list
    [ ! -e out.tar.zst ]
    # What is intact of a damaged archive is there; that it is damaged is told.
    run "$offbeat" corpus unpack cut.tar.zst recovered
    [ "$status" -eq 2 ]
    [[ "$output" == *'cut.tar.zst'* ]]
    [ "$(ls recovered | wc -l)" -gt 20 ]
    sha256sum inputs/* | cut -d' ' -f1 | sort >known
    sha256sum recovered/* | cut -d' ' -f1 | sort >found
    [ -z "$(comm -13 known found)" ]
    run "$offbeat" corpus list cut.tar.zst
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -gt 20 ]
}

@test "the corpora in the tree can be read and run" {
    source="${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}"
    for archive in "$source"/corpus/*.tar.zst; do
        [ -e "$archive" ] || skip "there is none"
        target="$(basename "$archive" .tar.zst)"
        "$offbeat" corpus unpack "$archive" "$target"
        "$offbeat" corpus pack "$target.tar.zst" "$target"
        cmp "$archive" "$target.tar.zst"
        while read -r variant expectation _; do
            run "$offbeat" run "$variant" "$target"/*
            [ "$status" -le 1 ]
            [ "$expectation" = fails ] || [ "$status" -eq 0 ]
        done < <("$offbeat" list | grep "^$target/")
    done
}

@test "explain names the pair of messages whose order decides" {
    printf 'offbeat scenario 1 order\nbuy(order=1)\ndelay create customer->shop #0 by 600us\n' >late.txt
    run "$offbeat" explain order/racy late.txt
    [ "$status" -eq 1 ]
    [[ $output == *"Fails when pay#0 from bank reaches shop before create#0 from customer."$'\n'"  So it is in "*" runs near this one that fail, in 0 of "*" that pass."* ]]
    [[ $output == *"Passes with the same messages and no deviation."* ]]
}

@test "explain of an input that passes names nothing that decides" {
    printf 'offbeat scenario 1 order\nbuy(order=1)\n' >plain.txt
    run "$offbeat" explain order/racy plain.txt
    [ "$status" -eq 0 ]
    [[ $output != *"What decides"* ]]
}

@test "explain shows both runs, beside each other where there is room" {
    printf 'offbeat scenario 1 order\nbuy(order=1)\ndelay create customer->shop #0 by 600us\n' >late.txt
    run "$offbeat" explain order/racy late.txt
    [ "$status" -eq 1 ]
    grep -q '^Passes: 4 deliveries in 510us, ' <<<"$output"
    grep -q '^  (the first is the same)$' <<<"$output"
    # The pair that decides is marked: in the run that fails one of them did not arrive.
    [ "$(grep -c '^\* ' <<<"$output")" -eq 4 ]
    grep -q '^\* customer -> shop  create(order=1), sent at 0 ' <<<"$output"
    run "$offbeat" explain order/racy late.txt --width 170
    [ "$status" -eq 1 ]
    grep -q '^Trace: 3 deliveries in 510us, .*Passes: 4 deliveries in 510us, ' <<<"$output"
    grep -q '^ *0  buy(order=1) < outside .* 0  buy(order=1) < outside ' <<<"$output"
    [ -z "$(grep -e '.\{171\}' <<<"$output")" ]
    [[ $output == *"Fails only when create#0 from customer is at least 501us late."* ]]
}

@test "what is counted is plural or not" {
    printf 'offbeat scenario 1 order\nbuy(order=1)\n' >plain.txt
    run "$offbeat" explore order/racy --scenario plain.txt --runs 1
    [[ $output != *" 1 executions"* && $output != *" 1 times"* ]]
    [[ $output == *" 1 execution, "* ]]
    # What a target is stands once.
    [ "$("$offbeat" list | grep -c 'a shop books payments')" -eq 1 ]
    [ "$("$offbeat" list | grep -c '^order/')" -eq 6 ]
}

@test "explain says of each of several deviations what happens without it" {
    printf 'offbeat scenario 1 order\nbuy(order=1)\n' >two.txt
    printf 'delay create customer->shop #0 by %s\n' 300us 301us >>two.txt
    run "$offbeat" explain order/racy two.txt
    [ "$status" -eq 1 ]
    [[ $output == *"Passes without: delay create customer->shop #0 by 300us"* ]]
    [[ $output == *"Passes without: delay create customer->shop #0 by 301us"* ]]
    [[ $output == *"Fails only when create#0 from customer is at least 201us late."* ]]
}
