# What the end-to-end tests share.
# shellcheck shell=bash

# fails_with PART... -- COMMAND...: one line on standard error that holds each of the parts, exit 2,
# nothing on standard output.
fails_with() {
    local parts=()
    while [ "$1" != -- ]; do
        parts+=("$1")
        shift
    done
    shift
    local code=0 command=$1
    "$@" >stdout.log 2>stderr.log || code=$?
    cat stdout.log stderr.log
    [ "$code" -eq 2 ]
    [ ! -s stdout.log ]
    [ "$(wc -l <stderr.log)" -eq 1 ]
    # Our command says who speaks; a regression test is somebody else's program.
    [ "$command" != "${offbeat:-}" ] || grep -q '^offbeat: ' stderr.log
    for part in "${parts[@]}"; do
        grep -qF -- "$part" stderr.log
    done
    rm stdout.log stderr.log
}

# variants_that fail|hold: those in which a violation is expected, or those in which none is.
variants_that() {
    "$offbeat" list | awk -v which="$1" '($2 == "fails") == (which == "fail") { print $1 }'
}

# -- what needs node and a browser; `modules` is where packages are kept --

needs_node() {
    command -v node >/dev/null || skip "there is no node"
}

# needs_packages NAME@VERSION...: has them in the build folder, or skips the test.
needs_packages() {
    local package missing=()

    needs_node
    command -v npm >/dev/null || skip "there is no npm"
    mkdir -p "$modules"
    [ -e "$modules/package.json" ] || echo '{"private": true}' >"$modules/package.json"
    for package; do
        grep -qsF "\"version\": \"${package##*@}\"" "$modules/node_modules/${package%@*}/package.json" ||
            missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] ||
        timeout 120 npm install --prefix "$modules" --no-audit --no-fund --loglevel=error "${missing[@]}" \
            >npm.log 2>&1 || skip "npm cannot install ${missing[*]}"
}

find_browser() {
    local name

    for name in chromium chromium-browser google-chrome; do
        browser="$(command -v "$name")" && return
    done
    skip "there is no Chromium"
}

# find_violation TARGET/VARIANT FILE: an input that violates something. Walks try orders; what takes a
# fault as well is left to the fuzz program. It writes bytes, which look like text now and then.
find_violation() {
    "$offbeat" explore "$1" --until-violation --runs 5000 --seed 1 >explored.txt || true
    awk '(/^offbeat scenario/ && begun++) || (begun && /^goal /) { exit } begun' explored.txt >"$2"
    [ ! -s "$2" ] || return 0
    rm -f by-fuzzing-*
    ! "$OFFBEAT_FUZZ_DIR/fuzz_${1/\//_}" -runs=50000 -seed=1 -artifact_prefix="$PWD/by-fuzzing-" \
        >by-fuzzing.log 2>&1
    "$offbeat" decode "$1" by-fuzzing-crash-* -o "$2"
}

# keeps PROGRAM KIND TARGET/VARIANT [CODE]: it ends with something found, and keeps one input, of
# that kind, which has some bytes. The input is left in `kept`.
keeps() {
    local code=0
    rm -rf found && mkdir found
    "$1" -runs=20000 -seed=1 -timeout=1 -artifact_prefix="$PWD/found/" >fuzz.log 2>&1 || code=$?
    tail -n 5 fuzz.log
    [ "$code" -ne 0 ] && [ "${4:-$code}" -eq "$code" ]
    [ "$(find found -type f | wc -l)" -eq 1 ]
    kept=$(find found -name "$2-*" -size +0)
    [ -n "$kept" ]
}
