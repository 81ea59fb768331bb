#!/usr/bin/env bats
# offbeat corpus from outside: what goes in, what comes out, and what is said about damage.

bats_require_minimum_version 1.5.0

load helpers

setup() {
    offbeat="$OFFBEAT"
    cd "$BATS_TEST_TMPDIR"
    mkdir inputs
    for number in $(seq 300); do
        printf '\1\2\3\4input number %d, and so on and on' "$number" >"inputs/$number"
    done
}

contents() {
    sha256sum "$@" | cut -d' ' -f1 | sort -u
}

@test "corpus: the same set in any order, with any threads, gives the same file" {
    "$offbeat" corpus pack whole.tar.zst inputs
    "$offbeat" corpus pack first.tar.zst inputs/1*
    "$offbeat" corpus pack --threads 1 second.tar.zst inputs/[2-9]* inputs/3
    "$offbeat" corpus merge -o merged.tar.zst second.tar.zst first.tar.zst inputs/77
    cmp whole.tar.zst merged.tar.zst
    run "$offbeat" corpus add first.tar.zst second.tar.zst
    [ "$status" -eq 0 ]
    [ "$output" = 'first.tar.zst: 300 inputs, 111 before' ]
    cmp whole.tar.zst first.tar.zst
    run "$offbeat" corpus add new.tar.zst inputs
    [ "$output" = 'new.tar.zst: 300 inputs, 0 before' ]
    cmp whole.tar.zst new.tar.zst
    tar --zstd -tf whole.tar.zst | tail -n 1 | grep -qx 000299
    zstd -q -t whole.tar.zst
}

@test "corpus: what AFL++ leaves, other archives, zip" {
    mkdir -p afl/main/{queue/.state/x,crashes} afl/second/queue
    touch afl/main/fuzzer_stats afl/second/fuzzer_setup afl/main/plot_data
    cp inputs/1 'afl/main/queue/id:000000,orig:1'
    cp inputs/2 'afl/second/queue/id:000000,src:0'
    cp inputs/3 afl/main/queue/.state/x/id
    cp inputs/4 'afl/main/crashes/id:000000'
    echo note >afl/main/queue/README.txt
    "$offbeat" corpus pack afl.tar.zst afl
    "$offbeat" corpus unpack afl.tar.zst out
    diff <(contents out/*) <(contents inputs/1 inputs/2)
    tar -czf some.tar.gz inputs
    "$offbeat" corpus pack whole.tar.zst inputs
    "$offbeat" corpus pack gz.tar.zst some.tar.gz
    cmp whole.tar.zst gz.tar.zst
    "$offbeat" corpus export --zip whole.tar.zst one.zip
    TZ=Asia/Tokyo "$offbeat" corpus export --zip whole.tar.zst two.zip
    cmp one.zip two.zip
    "$offbeat" corpus pack zip.tar.zst one.zip
    cmp whole.tar.zst zip.tar.zst
    ! command -v unzip || [ "$(unzip -l one.zip | tail -n 1 | tr -s ' ' | cut -d' ' -f3)" -eq 300 ]
    "$offbeat" corpus export --dir whole.tar.zst exported
    diff <(contents exported/*) <(contents inputs/*)
    fails_with '--zip' -- "$offbeat" corpus export whole.tar.zst x
}

@test "corpus: diff" {
    "$offbeat" corpus pack a.tar.zst inputs/1 inputs/2
    "$offbeat" corpus pack b.tar.zst inputs/2 inputs/3
    run "$offbeat" corpus diff a.tar.zst a.tar.zst
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    run "$offbeat" corpus diff a.tar.zst b.tar.zst
    [ "$status" -eq 1 ]
    [[ "${lines[0]}" =~ ^'only in A '\ +[0-9]+'  000000'$ ]]
    [[ "${lines[1]}" =~ ^'only in B '\ +[0-9]+'  000001'$ ]]
    run "$offbeat" corpus diff a.tar.zst b.tar.zst --json
    [ "$status" -eq 1 ]
    ! command -v python3 || python3 -m json.tool <<<"$output" >/dev/null
    fails_with 'missing' -- "$offbeat" corpus diff a.tar.zst missing.tar.zst
}

@test "corpus: stat and verify" {
    "$offbeat" corpus pack whole.tar.zst inputs
    run "$offbeat" corpus stat whole.tar.zst
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == 'inputs   300' ]]
    run "$offbeat" corpus stat whole.tar.zst --json
    [[ "$output" == *'"inputs": 300'*'"damage": ""}'* ]]
    run "$offbeat" corpus verify whole.tar.zst
    [ "$status" -eq 0 ]
    [ "$output" = 'whole.tar.zst: 300 inputs intact' ]
    tar -cf plain.tar inputs
    run "$offbeat" corpus verify plain.tar
    [ "$status" -eq 0 ]
    [[ "$output" == *'not as corpus pack writes it'* ]]
}

@test "corpus: damage is named, exit code 2, and the archive stays as it was" {
    head -c 600000 /dev/urandom | split -a 3 -b 3000 - random-
    "$offbeat" corpus pack whole.tar.zst random-*
    for damage in 'count=5' 'seek=100 count=1' 'seek=300000 count=900' 'seek=599000 count=900'; do
        cp whole.tar.zst bad.tar.zst
        # shellcheck disable=SC2086
        dd if=/dev/zero of=bad.tar.zst bs=1 conv=notrunc $damage status=none
        cp bad.tar.zst as-it-was
        run "$offbeat" corpus verify bad.tar.zst
        [ "$status" -eq 2 ]
        [[ "$output" == *'bad.tar.zst'* ]]
        rm -rf recovered
        run "$offbeat" corpus unpack bad.tar.zst recovered
        [ "$status" -eq 2 ]
        [ ! -d recovered ] || [ -z "$(comm -13 <(contents random-*) <(contents recovered/*))" ]
        fails_with 'bad.tar.zst' 'as it is' -- "$offbeat" corpus add bad.tar.zst inputs/1 ||
            fails_with 'bad.tar.zst' -- "$offbeat" corpus add bad.tar.zst inputs/1
        cmp bad.tar.zst as-it-was
    done
    head -c 300000 whole.tar.zst >cut.tar.zst
    run "$offbeat" corpus verify cut.tar.zst
    [ "$status" -eq 2 ]
    [[ "$output" == *'lost: what came from 0000'* ]]
    # What is intact goes on, elsewhere only.
    run "$offbeat" corpus merge -o saved.tar.zst cut.tar.zst
    [ "$status" -eq 2 ]
    "$offbeat" corpus verify saved.tar.zst
    run "$offbeat" corpus merge -o cut.tar.zst cut.tar.zst
    [ "$status" -eq 2 ]
    [ "$(wc -c <cut.tar.zst)" -eq 300000 ]
}

@test "corpus: hostile archives" {
    mkdir -p work/inner
    cd work/inner
    ln -s /etc/passwd link
    mkfifo pipe
    echo one >one
    tar -P --transform 's,^one$,../../escaped,' -cf escape.tar one link pipe
    tar -P --transform "s,^one\$,$BATS_TEST_TMPDIR/absolute," -cf absolute.tar one
    for archive in escape absolute; do
        "$offbeat" corpus unpack "$archive.tar" "out-$archive"
        [ "$(find "out-$archive" -type f | wc -l)" -eq 1 ]
        [ "$(find "out-$archive" ! -type d ! -type f | wc -l)" -eq 0 ]
    done
    [ ! -e "$BATS_TEST_TMPDIR/escaped" ] && [ ! -e ../escaped ] && [ ! -e ../../escaped ]
    [ ! -e "$BATS_TEST_TMPDIR/absolute" ]
    # Ten gigabytes of zeros behind a header that promises them.
    cd ..
    truncate -s 10G huge
    (tar -cf - huge 2>/dev/null || true) | head -c 512 | zstd -q -c >bomb.tar.zst
    head -c 1G /dev/zero | zstd -q -c >zeros
    cat zeros zeros zeros zeros zeros zeros zeros zeros zeros zeros >>bomb.tar.zst
    fails_with 'bomb.tar.zst' -- timeout 600 "$offbeat" corpus unpack bomb.tar.zst out-bomb
    [ ! -e out-bomb ]
}

@test "corpus: of inputs that run alike the smallest is kept" {
    cat >a.txt <<'END'
offbeat scenario 1 order
+0 buy(order=3) to customer
END
    sed 's/+0/+5us/' a.txt >b.txt
    "$offbeat" encode order a.txt -o a
    "$offbeat" encode order b.txt -o b
    cat a <(printf 'xyz') >c # a partial record means nothing
    "$offbeat" corpus pack all.tar.zst a b c
    run "$offbeat" corpus pack --by-order order/fsm alike.tar.zst a b c
    [ "$status" -eq 0 ]
    [ "$output" = 'alike.tar.zst: 1 input packed' ]
    "$offbeat" corpus unpack alike.tar.zst out
    [ "$(wc -c <out/000000)" -eq 8 ]
    fails_with 'nothing' -- "$offbeat" corpus pack --by-order nothing/here x.tar.zst a
}

@test "corpus minimize: trouble is told" {
    "$offbeat" corpus pack whole.tar.zst inputs
    fails_with '-o OUT' -- "$offbeat" corpus minimize order/fsm whole.tar.zst
    fails_with 'libFuzzer' -- "$offbeat" corpus minimize order/fsm whole.tar.zst -o out.tar.zst \
        --binary /bin/true
    fails_with 'cannot be run' -- "$offbeat" corpus minimize order/fsm whole.tar.zst \
        -o out.tar.zst --binary /nonexistent
    [ ! -e out.tar.zst ]
}

@test "corpus minimize: fewer inputs, the same features; what crashes is set aside" {
    fuzzer="$OFFBEAT_SOURCE_DIR/build/libfuzzer/bin/fuzz_order_racy"
    [ -x "$fuzzer" ] || skip "the preset libfuzzer is not built"
    cat >bad.txt <<'END'
offbeat scenario 1 order
+0 buy(order=0) to customer
delay create customer->shop #0 by 501us
END
    "$offbeat" encode order bad.txt -o bad
    "$offbeat" corpus pack whole.tar.zst inputs "$OFFBEAT_SOURCE_DIR/corpus/order.tar.zst" bad
    cp whole.tar.zst before
    run "$offbeat" corpus minimize order/racy whole.tar.zst -o whole.tar.zst --binary "$fuzzer"
    [ "$status" -eq 2 ]
    [[ "$output" == *'--aside'* ]]
    cmp whole.tar.zst before
    run "$offbeat" corpus minimize order/racy whole.tar.zst -o few.tar.zst --binary "$fuzzer" \
        --aside aside
    [ "$status" -eq 0 ]
    [[ "$output" == *'ends the program; set aside'* ]]
    contents aside/* | grep -qx "$(contents bad)"
    mkdir all few merged
    "$offbeat" corpus unpack few.tar.zst few
    "$offbeat" corpus unpack whole.tar.zst all
    "$fuzzer" -merge=1 merged all >/dev/null 2>&1
    [ "$(ls few | wc -l)" -le "$(ls merged | wc -l)" ]
    "$offbeat" corpus minimize order/racy few.tar.zst -o again.tar.zst --binary "$fuzzer" --json >again
    "$offbeat" corpus minimize order/racy whole.tar.zst -o few.tar.zst --binary "$fuzzer" \
        --aside aside --json >first 2>/dev/null
    diff <(grep -o '"features": [0-9]*' first) <(grep -o '"features": [0-9]*' again)
}

@test "corpus: texts are scenarios, and what was meant for one is refused" {
    printf 'offbeat scenario 1 order\n+0 buy(order=3) to customer\n' >text.txt
    { printf '# why\n\n' && cat text.txt; } >commented
    "$offbeat" encode order text.txt -o bytes
    "$offbeat" corpus pack bytes.tar.zst bytes
    "$offbeat" corpus pack text.tar.zst text.txt
    cmp bytes.tar.zst text.tar.zst
    run "$offbeat" corpus add bytes.tar.zst commented text.txt
    [ "$output" = 'bytes.tar.zst: 1 input, 1 before' ]
    cmp bytes.tar.zst text.tar.zst
    # The same in directories and in archives.
    mkdir folder && cp text.txt folder/some
    tar -czf folder.tar.gz folder
    "$offbeat" corpus merge -o merged.tar.zst folder folder.tar.gz
    cmp merged.tar.zst text.tar.zst

    local file expected='the first line of a text is "offbeat scenario 1 TARGET"'
    { printf '\xef\xbb\xbf' && cat text.txt; } >mark.txt
    sed s/scenario/senario/ text.txt >typo
    iconv -t UTF-16 text.txt >wide.txt
    for file in mark.txt typo wide.txt; do
        fails_with "offbeat: $file: cannot be added: " "$expected" -- \
            "$offbeat" corpus add bytes.tar.zst "$file"
        fails_with "$file" "$expected" -- "$offbeat" corpus pack new.tar.zst "$file"
        [ ! -e new.tar.zst ]
    done
    cmp bytes.tar.zst text.tar.zst
    sed s/buy/by/ text.txt >wrong.txt
    fails_with 'wrong.txt:2: no message kind "by"' -- "$offbeat" corpus add bytes.tar.zst wrong.txt
    fails_with 'unknown target "odrer"' -- "$offbeat" corpus add bytes.tar.zst \
        <(sed s/order/odrer/ text.txt)
    # What an engine has left in a directory may be anything.
    cp typo folder/typo
    run "$offbeat" corpus pack both.tar.zst folder
    [ "$output" = 'both.tar.zst: 2 inputs packed' ]
}
