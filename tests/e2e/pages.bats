# The pages that scripts write, opened in a browser at three sizes, light and dark; screenshots of
# all pages are left in the build folder's screenshots/. What is not on the machine is skipped.

load helpers

setup() {
    cd "$BATS_TEST_TMPDIR"
    support="$OFFBEAT_SOURCE_DIR/tests/support"
}

@test "matrix: every row of the table is in the page and in the picture, with its colours" {
    local table="$OFFBEAT_SOURCE_DIR/targets/README.md"
    python3 -B "$support/matrix_page.py" page <"$table" >matrix.html
    python3 -B "$support/matrix_page.py" picture <"$table" >matrix.svg
    rows="$(grep -c '^| `.*/.*` | \(fails\|holds\) |' "$table")"
    [ "$rows" -gt 50 ]
    [ "$(grep -c '^<tr id="variant=' matrix.html)" -eq "$rows" ]
    [ "$(grep -c '<rect class="\(found\|silent\|none\)"' matrix.svg)" -eq "$((3 * rows))" ]
    cmp matrix.svg "$OFFBEAT_SOURCE_DIR/targets/matrix.svg"
    printf '| `<b>/racy` | should have held, and did not | found, 1 | silent, 2 | - |\n' >odd
    run python3 -B "$support/matrix_page.py" page <odd
    [[ "$output" == *'&lt;b&gt;/racy should have held, and did not.'* ]]
    [[ "$output" != *'<b>/racy'* ]]
    run python3 -B "$support/matrix_page.py" nothing <odd
    [ "$status" -eq 2 ]
}

@test "campaign, coverage and matrix: a browser shows them, and they ask for nothing" {
    local browser=''
    needs_node
    find_browser
    mkdir -p "$OFFBEAT_BUILD_DIR/screenshots"
    python3 -B "$support/sample_night.py" "$PWD/night"
    cp night/report/index.html campaign.html
    cp night/report/coverage.html coverage.html
    python3 -B "$support/matrix_page.py" page <"$OFFBEAT_SOURCE_DIR/targets/README.md" >matrix.html
    node "$OFFBEAT_SOURCE_DIR/tests/e2e/node/report.mjs" "$browser" \
        "$OFFBEAT_BUILD_DIR/screenshots" campaign.html coverage.html matrix.html
}
