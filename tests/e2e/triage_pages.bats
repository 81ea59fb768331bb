# The pages of a triage, opened in a browser, and its SARIF file, checked against the schema. What is
# not on the machine is skipped.

load helpers

setup_file() {
    export modules="$OFFBEAT_BUILD_DIR/node"
    export story="$OFFBEAT_BUILD_DIR/tests/triage_story"
    export scripts="$OFFBEAT_SOURCE_DIR/tests/e2e/node"
}

setup() {
    cd "$BATS_TEST_TMPDIR"
}

@test "pages: names and paths are text, links lead to files" {
    "$story" index >index.html
    for bucket in 0 1 2; do
        "$story" bucket "$bucket" >"bucket$bucket.html"
    done
    for page in *.html; do
        # Of what looks like a tag there is none that the page has not made: it has one script.
        [ "$(grep -c '<script\|<img' "$page")" -eq 1 ]
        [ "$(grep -c $'\x1b' "$page")" -eq 0 ]
        iconv -f UTF-8 -t UTF-8 "$page" >/dev/null
    done
    grep -q '<a class="name" href="buckets/0123456789ab/index.html">paid_order_exists</a>' index.html
    grep -q '<h1>3 bugs</h1>' index.html
    grep -q 'offbeat run .*/racy; rm ' bucket0.html
    grep -qF "'&#60;script&#62;" bucket0.html || grep -qF '&#39;&#60;script&#62;alert(1)' bucket0.html
    grep -q 'not reproducible' bucket1.html
    [ "$(grep -c 'explain.html' bucket1.html)" -eq 0 ]
    "$story" no-index | grep -q 'No input fails'
}

@test "pages: a browser shows them, and they ask for nothing" {
    local browser=''
    needs_node
    find_browser
    mkdir -p "$OFFBEAT_BUILD_DIR/screenshots"
    mkdir -p buckets/0123456789ab buckets/2123456789ab
    "$story" index >index.html
    "$story" many >many.html
    "$story" bucket 0 >buckets/0123456789ab/index.html
    "$story" bucket 2 >buckets/2123456789ab/index.html
    node "$scripts/triage.mjs" "$browser" "$PWD" "$OFFBEAT_BUILD_DIR/screenshots"
}

@test "sarif: it is what the schema of 2.1.0 says" {
    needs_packages @microsoft/jest-sarif@1.0.0-beta.0
    "$story" sarif >triage.sarif
    "$story" no-sarif >nothing.sarif
    node "$scripts/sarif.mjs" "$modules" triage.sarif nothing.sarif
    [ "$(grep -c '"ruleIndex": 0' triage.sarif)" -eq 2 ]
    grep -q '"level": "warning"' triage.sarif
    grep -q '"uri": "file:///src/a%20b/shop.c"' triage.sarif
}
