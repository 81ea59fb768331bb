# What documents show is what happens: their commands are run, their output is compared.

setup() {
    cd "$OFFBEAT_SOURCE_DIR"
}

shows() {
    run tests/documents/run "$OFFBEAT" "$@"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "README.md, in a project of its own" {
    shows README.md
}

@test "the README of each target" {
    shows targets/*/README.md
}

@test "from a crash to a regression test" {
    shows docs/tutorials/crash.md
}
