#!/usr/bin/env bats
# Targets in C++, and what the macros of the public headers refuse.

setup() {
    load helpers
    plusplus="$OFFBEAT_BUILD_DIR/tests/offbeat_plusplus"
    [ -x "$plusplus" ] || skip "no C++ compiler was found when this was configured"
    cd "$BATS_TEST_TMPDIR"
}

# compiles LANGUAGE STATEMENT: whether a handler with the statement compiles
compiles() {
    printf '%s\n' '#include <offbeat/offbeat.h>' \
        'void handle(struct ob_actor *self, size_t wide);' \
        'void handle(struct ob_actor *self, size_t wide)' '{' '(void)wide;' "$2" '}' >handle."$1"
    case $1 in
    c) set -- "${CC:-cc}" -std=c17 ;;
    cc) set -- "${CXX:-c++}" -std=c++20 ;;
    esac
    "$@" -Wall -Wextra -Werror -I"$OFFBEAT_SOURCE_DIR/harness/include" -fsyntax-only handle.* \
        2>errors
}

@test "C++: a race is found, written, and replays; the remedy is silent" {
    run "$plusplus" explore plusplus/racy --seed 1 --until-violation
    [ "$status" -eq 1 ]
    sed -n '/^offbeat scenario /,$p' <<<"$output" >found.txt
    run "$plusplus" run plusplus/racy found.txt
    [ "$status" -eq 1 ]
    [[ "$output" == *"violation no_update_is_lost"*"does not hold: counter->lost() == 0"* ]]
    run "$plusplus" explain plusplus/racy found.txt
    [[ "$output" == *"open: counting"*"open: idle"* ]]
    run "$plusplus" run plusplus/atomic found.txt
    [ "$status" -eq 0 ]
    run "$plusplus" explore plusplus/atomic --seed 1 --runs 2000
    [ "$status" -eq 0 ]
}

@test "messages: arguments that are too many or too wide do not compile" {
    for language in c cc; do
        rm -f handle.*
        compiles "$language" 'ob_send(self, "shop", 1, 2, true, 4u, -5);'
        compiles "$language" 'ob_send(self, "shop", 1, (uint32_t)wide);'
        compiles "$language" 'OB_INVARIANT(ob_world(self), it_fits, wide < 3);'
        compiles "$language" 'OB_INVARIANT(ob_world(self), it_fits, wide < 3, "%zu", wide);'
        ! compiles "$language" 'ob_send(self, "shop", 1, 2, 3, 4, 5, 6);'
        grep -q 'a message has at most OB_ARGS_MAX arguments' errors
        ! compiles "$language" 'ob_send(self, "shop", 1, wide);'
        grep -q 'an argument of a message has at most 32 bits' errors
    done
}
