# What may go wrong in hosts though their programs do nothing wrong: short counts, resets, signals.

load helpers

setup() {
    hosts=$OFFBEAT_BUILD_DIR/tests/offbeat_hosts
    [ -x "$hosts" ] || skip "the command for targets with hosts is not built"
    empty=$BATS_TEST_TMPDIR/empty
    : >"$empty"
    faults=(short_read short_write cut_segment reset ready_order full_backlog lost_datagram
        no_memory spurious_wake other_waiter signal)
}

# A scenario of one deviation.
chooses() {
    printf 'offbeat scenario 1 %s\nchoose %s\n' "$1" "$2" >"$BATS_TEST_TMPDIR/chosen.txt"
}

@test "each is found in a program that takes too much for granted, and is all that is left" {
    for fault in "${faults[@]}"; do
        run "$hosts" run "frailty/$fault" "$empty"
        [ "$status" -eq 0 ]
        run "$hosts" explore "frailty/$fault" --runs 600
        [ "$status" -eq 1 ]
        [[ $output == *"choose $fault at "* ]]
        sed -n '/^offbeat scenario/,$p' <<<"$output" >"$BATS_TEST_TMPDIR/found.txt"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/found.txt")" -eq 2 ]
    done
}

@test "programs that mind what may go wrong are silent" {
    for fault in "${faults[@]}"; do
        run "$hosts" explore "sturdiness/$fault" --runs 1500
        [ "$status" -eq 0 ]
    done
}

@test "what goes wrong every time is borne as well" {
    for fault in short_read short_write cut_segment ready_order spurious_wake other_waiter; do
        chooses sturdiness "every $fault at app as 1"
        run "$hosts" run "sturdiness/$fault" "$BATS_TEST_TMPDIR/chosen.txt"
        [ "$status" -eq 0 ]
    done
    # At most one signal comes at a time, whatever tries again at once.
    for alternative in 1 2; do
        chooses sturdiness "every signal at app as $alternative"
        run "$hosts" run sturdiness/signal "$BATS_TEST_TMPDIR/chosen.txt"
        [ "$status" -eq 0 ]
    done
}

@test "every alternative is tried where every order is" {
    cd "$BATS_TEST_TMPDIR"
    echo "offbeat scenario 1 frailty" >nothing.txt
    run "$hosts" explore frailty/ready_order --strategy exhaustive --scenario nothing.txt
    [ "$status" -eq 1 ]
    [[ $output == *"every order was explored (2), "* ]]
    echo "offbeat scenario 1 sturdiness" >nothing.txt
    run "$hosts" explore sturdiness/ready_order --strategy exhaustive --scenario nothing.txt
    [ "$status" -eq 0 ]
    [[ $output == *"every order was explored (2), "* ]]
}

@test "of counts of bytes a few are tried, which is said" {
    cd "$BATS_TEST_TMPDIR"
    echo "offbeat scenario 1 frailty" >nothing.txt
    run "$hosts" explore frailty/short_write --strategy exhaustive --scenario nothing.txt
    [ "$status" -eq 1 ]
    [[ $output == *"NOT every order: of the bytes at which a call or a segment is cut, "* ]]
    [[ $output == *"1, the half and all but one were tried; 7 orders and 37 states; "* ]]
}

@test "reports say in words what goes wrong, and where in the program" {
    expect() {
        chooses frailty "$2"
        run "$hosts" explain "frailty/$1" "$BATS_TEST_TMPDIR/chosen.txt"
        [[ $output == *"choose $2   # $3"* ]]
    }
    expect short_write "short_write at app #0 as 5" \
        "write of app to server:7000 is cut short at 5 of 8 bytes, in meet_short_counts (frail.c:"
    [[ $output == *"   ! write of app to server:7000 is cut short at 5 of 8 bytes"* ]]
    [[ $output == *'Fails with the fault "choose short_write at app #0 as 5"; passes without it'* ]]
    expect short_read "short_read at app #0 as 2" \
        "read of app from server:7000 is cut short at 2 of 8 bytes, in meet_short_counts (frail.c:"
    expect cut_segment "cut_segment at server #0 as 3" \
        "segment of server to app:32768 is cut after 3 of 8 bytes"
    expect reset "reset at app #0 as 1" "connection of app with server:7000 is reset, in "
    expect ready_order "ready_order at app #0 as 1" \
        "of 2 ready descriptors app is given number 2 first, in "
    expect full_backlog "full_backlog at server #0 as 1" "backlog of server at port 7000 is full"
    expect lost_datagram "lost_datagram at server #0 as 1" "datagram for server is lost"
    expect no_memory "no_memory at app #1 as 1" \
        "allocation of app fails, in meet_no_memory (frail.c:"
    expect spurious_wake "spurious_wake at app #0 as 1" \
        "a thread of app wakes though nobody has signalled, in wait_for_one (frail.c:"
    expect other_waiter "other_waiter at app #0 as 1" \
        "of 2 threads of app that wait number 2 is woken, in meet_any_waiter (frail.c:"
    expect signal "signal at app #1 as 2" "signal SIGUSR1 comes to app while it waits, in "
}

@test "JSON has what went wrong, with its words" {
    chooses frailty "short_write at app #0 as 5"
    run "$hosts" explain frailty/short_write "$BATS_TEST_TMPDIR/chosen.txt" --format json
    echo "$output" >"$BATS_TEST_TMPDIR/trace.json"
    python3 - "$BATS_TEST_TMPDIR/trace.json" <<'END'
import json, sys

run = json.load(open(sys.argv[1]))["run"]
choices = [choice for delivery in run["deliveries"] for choice in delivery["choices"]]
assert [(one["point"], one["value"], one["count"]) for one in choices] == [("short_write", 5, 8)]
assert choices[0]["words"].startswith("write of app to server:7000 is cut short at 5 of 8 bytes")
END
}

@test "what is not declared cannot be chosen" {
    chooses frailty "short_write at app #0 as 5"
    run "$hosts" run frailty/reset "$BATS_TEST_TMPDIR/chosen.txt"
    [ "$status" -eq 4 ]
    [[ $output == *'no choice "short_write" in target frailty (choices: reset)'* ]]
}
