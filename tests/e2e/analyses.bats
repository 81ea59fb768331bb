# The map of the two threat analyses: each row names a variant that fails, and one of the same
# target in which the remedy is there. That the first is violated, and that the same run with the
# remedy is not, is shown by targets.bats.

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    source_dir="${OFFBEAT_SOURCE:-$OFFBEAT_SOURCE_DIR}"
    map=$source_dir/targets/analyses.md
    cd "$BATS_TEST_TMPDIR"
    "$offbeat" list | awk '{ print $1, ($2 == "fails") ? "fails" : "holds" }' >variants
    # line | fails | holds
    grep -E '^\| [^|]+ \| `[a-z_/]+` \| `[a-z_/]+` \|$' "$map" | tr -d '`' |
        sed 's/^| //; s/ |$//; s/ | /|/g' >rows
}

@test "analyses: every row has a variant that fails, and one of the same target that holds" {
    # Rows of tables are what begins with |, but for heads, rulers and those of the oracles.
    all=$(grep '^|' "$map" | grep -vcE '^\|(---|.* \| fails \||.*OB_| oracle )')
    [ "$(wc -l <rows)" -eq "$all" ]
    awk -F'|' '
        NR == FNR { split($0, part, " "); is[part[1]] = part[2]; next }
        { split($2, fails, "/"); split($3, holds, "/") }
        fails[1] != holds[1] || is[$2] != "fails" || is[$3] != "holds" { print; bad = 1 }
        END { exit bad }' variants rows
}

@test "analyses: every target is on the map" {
    cut -d'|' -f2 rows | sed 's|/.*||' | sort -u >named
    sed 's|/.*||' variants | sort -u >targets
    [ -s targets ]
    diff named targets
}

@test "analyses: what fails is on the map, or in its target's README" {
    cut -d'|' -f2 rows | sort -u >on_map
    sed -n 's/ fails$//p' variants >failing
    [ -s failing ]
    grep -vxFf on_map failing >elsewhere || true
    while read -r variant; do
        echo "# $variant"
        grep -qE "^\| \`${variant#*/}\` \|" "$source_dir/targets/${variant%/*}/README.md"
    done <elsewhere
}

@test "analyses: each oracle is the only judge of a target" {
    oracles=$(grep -E '^\| `OB_[A-Z_]+` \|' "$map" | tr -d '`|')
    [ "$(wc -l <<<"$oracles")" -eq 8 ]
    while read -r oracle target; do
        echo "# $oracle $target"
        code=$source_dir/targets/$target/$target.c
        grep -q "OB_ORACLES($oracle" "$code"
        judges='OB_INVARIANT|\.check|mailbox_max|must_handle_all|steps_max'
        [ "$(grep -cE "$judges" "$code")" -eq 0 ]
        [ "$(grep -A3 OB_ORACLES "$code" | grep -oE 'OB_[A-Z_]+\(?' | grep -cxFf <(
            awk '{ print $1; print $1 "(" }' <<<"$oracles"))" -eq 1 ]
    done <<<"$oracles"
}
