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
