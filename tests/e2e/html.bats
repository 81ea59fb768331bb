# What explain writes for other programs: the page is opened in a browser, the diagram read by
# Mermaid's own parser, the graph by Graphviz, the JSON checked against its schema. What is not on
# the machine is skipped.

load helpers

setup_file() {
    export modules="$OFFBEAT_BUILD_DIR/node"
    export story="$OFFBEAT_BUILD_DIR/tests/hostile_story"
    export scripts="$OFFBEAT_SOURCE_DIR/tests/e2e/node"
}

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    cd "$BATS_TEST_TMPDIR"
    cat >violates.txt <<'END_OF_SCENARIO'
offbeat scenario 1 order
+5ms buy(order=2) to customer
+2ms buy(order=3) to customer
delay create customer->shop #1 by 6ms
END_OF_SCENARIO
    printf 'offbeat scenario 1 order\n+0 buy(order=1) to customer\n' >passes.txt
    printf 'offbeat scenario 1 order\n' >empty.txt
}

# explain FORMAT VARIANT INPUT OUT: exit codes are those of the text form.
explain() {
    local code=0

    "$offbeat" explain --format "$1" "$2" "$3" -o "$4" || code=$?
    [ "$code" -le 1 ]
    [ -s "$4" ]
}

@test "formats: where they go, exit codes, and mistakes" {
    for format in text mermaid html json dot; do
        run "$offbeat" explain --format "$format" order/racy violates.txt
        [ "$status" -eq 1 ]
        [[ "$output" == *paid_order_exists* ]]
        echo "$output" >shown
        run "$offbeat" explain --format "$format" order/racy violates.txt -o written
        [ "$status" -eq 1 ]
        [ -z "$output" ]
        cmp shown written
        "$offbeat" explain --format "$format" order/fsm violates.txt -o written
        "$offbeat" explain --format "$format" order/fsm empty.txt -o written
    done
    run "$offbeat" explain --format htlm order/racy violates.txt
    [ "$status" -eq 2 ]
    [ "$output" = 'offbeat: unknown format "htlm"; did you mean html?' ]
    run "$offbeat" explain --format dot --width 80 order/racy violates.txt
    [ "$status" -eq 2 ]
    run "$offbeat" explain --format html order/racy violates.txt -o nowhere/page.html
    [ "$status" -eq 2 ]
    [[ "$output" == *nowhere* ]]
}

@test "mermaid: its own parser takes it, whatever the target's names are" {
    needs_packages mermaid@11.17.2 jsdom@29.1.1
    explain mermaid order/racy violates.txt violates.mmd
    explain mermaid order/fsm violates.txt fsm.mmd
    explain mermaid order/racy empty.txt empty.mmd
    "$story" mermaid >hostile.mmd
    "$story" mermaid 1000 >long.mmd
    # What is left out of a long run is said, and the text stays within what GitHub shows.
    grep -q 'the first [0-9]* of [0-9]* deliveries are left out' long.mmd
    [ "$(wc -c <long.mmd)" -lt 50000 ]
    printf 'offbeat scenario 1 resource\n' >resource.txt
    explain mermaid resource/racy resource.txt resource.mmd
    head -c 4000 /dev/urandom >random
    for variant in counter/racy resource/racy order/racy; do
        explain mermaid "$variant" random "random-${variant%/*}.mmd"
    done
    timeout 1500 node "$scripts/mermaid.mjs" "$modules" ./*.mmd
}

@test "json: what it says is what the schema says" {
    needs_node
    explain json order/racy violates.txt violates.json
    explain json order/racy passes.txt passes.json
    explain json order/racy empty.txt empty.json
    "$story" json >hostile.json
    "$story" json 1000 >long.json
    head -c 4000 /dev/urandom >random
    for variant in counter/racy resource/racy order/fsm; do
        explain json "$variant" random "random-${variant%/*}.json"
    done
    node "$scripts/schema.mjs" "$OFFBEAT_SOURCE_DIR/harness/report/json_schema.json" ./*.json
}

@test "dot: Graphviz takes it" {
    needs_packages @viz-js/viz@3.31.0
    explain dot order/racy violates.txt violates.dot
    explain dot order/racy empty.txt empty.dot
    "$story" dot >hostile.dot
    # The layout of large graphs takes minutes, so only small ones are drawn.
    timeout 1500 node "$scripts/dot.mjs" "$modules" ./*.dot
}

@test "html: the page steps through the run, asks for nothing, and shows names as text" {
    local browser=''
    needs_node
    find_browser
    mkdir -p "$OFFBEAT_BUILD_DIR/screenshots"
    explain html order/racy violates.txt violates.html
    explain html order/racy empty.txt empty.html
    "$story" html >hostile.html
    "$story" html 1000 >long.html
    "$story" html 9998 >huge.html
    [ "$(grep -c '<script>alert' hostile.html)" -eq 0 ]
    node "$scripts/page.mjs" "$browser" "$PWD" "$OFFBEAT_BUILD_DIR/screenshots"
}
