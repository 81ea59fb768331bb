# Every variant that shows a race shows it, small and explained; targets_hold.bats has the others.

load helpers

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    source_dir="${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}"
    cd "$BATS_TEST_TMPDIR"
}

# remedies VARIANT: those that the map of the analyses names for it.
remedies() {
    sed -nE 's#^\| [^|]+ \| `'"$1"'` \| `([a-z_/]+)` \|$#\1#p' "$source_dir/targets/analyses.md" |
        sort -u
}

# log_crash VARIANT FILE LOG: what the variant's fuzz program says of it, from the violation on.
# Keeps nothing of a program that uses what it has freed, whose stack is a sanitizer's own.
log_crash() {
    "$offbeat" encode "${1%/*}" "$2" -o input.bin
    ! "$OFFBEAT_FUZZ_DIR/fuzz_${1/\//_}" input.bin >"$3" 2>&1
    if grep -q '^==[0-9]*==ERROR: AddressSanitizer: heap-use-after-free' "$3"; then
        rm "$3"
        return
    fi
    [ "$(grep -c '^ASSERTION FAILED: ' "$3")" -eq 1 ]
    grep -q "^ASSERTION FAILED: $1/[a-z_]*\$" "$3"
    # Down to abort() it is the way of this engine, and of the C library where that has debugging
    # symbols; the runner's has none, and such frames are dropped.
    sed -i -E '/^ *#0 /,/ in abort /d' "$3"
}

# are_told_apart LOG...: to a crash tracker, each is an ASSERT of its own.
are_told_apart() {
    run "$offbeat" lint "$@"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': ASSERT$' <<<"$output")" -eq "$#" ]
    # Three lines each: what failed, a frame with its name, a frame of letters.
    grep '^  ' <<<"$output" >lines.txt
    [ "$(wc -l <lines.txt)" -eq $((3 * $#)) ]
    while read -r line && read -r named && read -r letters; do
        [[ $named == "${line##*/}"_* ]]
        [[ $letters =~ ^[A-Z]+$ ]]
    done <lines.txt
    # And no two states have a line in common.
    [ "$(sort -u lines.txt | wc -l)" -eq "$(wc -l <lines.txt)" ]
}

@test "targets: what is expected to fail is found, small, explained, and a crash of its own" {
    for variant in $(variants_that fail); do
        echo "# $variant"
        find_violation "$variant" found.txt
        "$offbeat" minimize "$variant" found.txt -o minimal.txt --text
        [ "$(grep -c '^+' minimal.txt)" -le 6 ]
        run grep '^walk' minimal.txt # what was drawn is written as what it did
        [ "$status" -eq 1 ]
        # The page, for which the target describes every actor's state, has the words of the text.
        run "$offbeat" explain "$variant" minimal.txt --format html -o page.html
        [ "$status" -eq 1 ]
        grep -qE 'Fails (when|with|only)' page.html
        run grep 'No one order decides' page.html
        [ "$status" -eq 1 ]
        # Where the remedy is taken out it is violated, as here; with the remedy the same run holds.
        for remedy in $(remedies "$variant"); do
            "$offbeat" run "$remedy" minimal.txt
        done
        log_crash "$variant" minimal.txt "${variant/\//.}.crash"
    done
    # Stacks are a sanitizer's.
    [ -z "$OFFBEAT_SANITIZED_WITH" ] || are_told_apart ./*.crash
}
