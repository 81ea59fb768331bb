# Programs that know nothing of Offbeat, as hosts of a world.

load helpers

setup() {
    hosts=$OFFBEAT_BUILD_DIR/tests/offbeat_hosts
    [ -x "$hosts" ] || skip "the command for targets with hosts is not built"
    empty=$BATS_TEST_TMPDIR/empty
    : >"$empty"
}

@test "two clients of a server over TCP lose an update, which is found, small and explained" {
    run "$hosts" explore tally/racy --runs 300
    [ "$status" -eq 1 ]
    [[ $output == *"violated: no_update_is_lost"* ]]
    sed -n '/^offbeat scenario/,$p' <<<"$output" >"$BATS_TEST_TMPDIR/race.txt"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/race.txt")" -eq 2 ]
    run "$hosts" explain tally/racy "$BATS_TEST_TMPDIR/race.txt"
    [[ $output == *"the server says: tally 1"* ]]
    [[ $output == *"Fails when segment#0 from early and segment#0 from late both reach db"* ]]
}

@test "deviations, the order that decides and the trace have a target's names for bytes" {
    printf 'offbeat scenario 1 words\ndelay set client.0->db #0 by 1ms\n' \
        >"$BATS_TEST_TMPDIR/set.txt"
    run "$hosts" explain words/racy "$BATS_TEST_TMPDIR/set.txt"
    [[ $output == *"set(set 1) < client.0"*"! delayed 1ms"* ]]
    [[ $output != *"segment"* ]]
    [[ $output == *"get bytes 6765740a < client.0"* ]]
    [[ $output == *"Fails when get#0 from client.0 and get#0 from client.1 both reach db"* ]]
}

@test "a name for bytes that is no kind of the target's is refused" {
    run "$hosts" run words/unknown_kind "$empty"
    [ "$status" -eq 2 ]
    [[ $output == *"name_bytes() returns 50 for a segment of app"* ]]
}

@test "adding in one step holds" {
    run "$hosts" explore tally/atomic --runs 2000
    [ "$status" -eq 0 ]
}

@test "every order of two clients and a server is explored, and said to be" {
    cd "$BATS_TEST_TMPDIR"
    echo "offbeat scenario 1 tally" >nothing.txt
    run "$hosts" explore tally/atomic --strategy exhaustive --scenario nothing.txt
    [ "$status" -eq 0 ]
    [[ $output == *"every order was explored (70), "* ]]
    run "$hosts" explore tally/racy --strategy exhaustive --scenario nothing.txt
    [ "$status" -eq 1 ]
    [[ $output == *"every order was explored (252), "* ]]
}

@test "every build gives the same trace" {
    run "$hosts" run tally/racy "$empty"
    [ "$status" -eq 0 ]
    [[ $output == *"ok trace=96fc4b37c203eba7 deliveries=21" ]]
}

@test "mistakes of programs are found, with the place in their source" {
    expect() {
        run "$hosts" run "mistakes/$1" "$empty"
        [ "$status" -eq 1 ]
        [[ $output == *"$2"* ]]
    }
    run "$hosts" run mistakes/none "$empty"
    [ "$status" -eq 0 ]
    expect leak "violation host_leaks"
    expect leak "leaves 200 bytes in 1 chunk that nothing leads to, first of make (faulty.c:"
    expect twice "frees memory twice in main (faulty.c:"
    expect twice "it was allocated in make (faulty.c:"
    expect wrong "frees an address that malloc() has not returned, in main (faulty.c:"
    expect assert "violation host_aborts"
    expect assert 'assert(argc == 1 && "one argument too many") fails in'
    expect abort "calls abort() in main (faulty.c:"
    expect spin "violation host_spins"
}

@test "a busy wait that ends is no mistake, and one that works all the while is not judged" {
    for what in busy asks; do
        run "$hosts" run "mistakes/$what" "$empty"
        [ "$status" -eq 0 ]
        [[ $output == *"ok trace="* ]]
    done
    run "$hosts" run mistakes/bytes "$empty"
    [ "$status" -eq 0 ]
    [[ $output == *"cut calls"*"a million calls without waiting for anything"* ]]
}

@test "memory that is used after it was freed is a report of AddressSanitizer's" {
    [[ ${OFFBEAT_SANITIZED_WITH:-} == *address* ]] || skip "not built with AddressSanitizer"
    run "$hosts" run mistakes/after "$empty"
    [ "$status" -eq 1 ]
    [[ $output == *"crash heap-use-after-free in peek"*"faulty.c:"* ]]
}

@test "what is not simulated is named, with its caller" {
    run "$hosts" run mistakes/trap "$empty"
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"program faulty calls wait(), which is not simulated, in main (faulty.c:"* ]]
}

@test "a client connects again when its server has started again" {
    run "$hosts" run restart/only "$empty"
    [ "$status" -eq 0 ]
    printf 'offbeat scenario 1 restart\nrestart before segment app->db #3 after 1ms\n' \
        >"$BATS_TEST_TMPDIR/restart.txt"
    run "$hosts" run restart/only "$BATS_TEST_TMPDIR/restart.txt"
    [ "$status" -eq 1 ]
    [[ $output == *"violation one_connection"*"the client has connected 2 times" ]]
}

@test "the connections of a host that is gone end, and it refuses new ones" {
    printf 'offbeat scenario 1 restart\ncrash before segment app->db #3\n' \
        >"$BATS_TEST_TMPDIR/crash.txt"
    run "$hosts" run restart/gone "$BATS_TEST_TMPDIR/crash.txt"
    [ "$status" -eq 0 ]
    run "$hosts" explain restart/gone "$BATS_TEST_TMPDIR/crash.txt"
    [[ $output == *"app  fin("*" < db"* ]]
    [[ $output == *"app  reset("*" < db"* ]]
}

@test "calls that may wait send all of what is more than fits" {
    for call in write writev sendmsg sendfile; do
        run "$hosts" run "bulk_copy/$call" "$empty"
        [ "$status" -eq 0 ]
    done
}

@test "threads run as they wait, and a deadlock is found and named" {
    run "$hosts" explore locks/ordered --runs 500
    [ "$status" -eq 0 ]
    run "$hosts" explore locks/opposite --runs 200
    [ "$status" -eq 1 ]
    [[ $output == *"violated: host_deadlock"* ]]
    sed -n '/^offbeat scenario/,$p' <<<"$output" >"$BATS_TEST_TMPDIR/locks.txt"
    run "$hosts" explain locks/opposite "$BATS_TEST_TMPDIR/locks.txt"
    [[ $output == *"pthread_mutex_lock on mutex second of thread 4 in take_both (threads.c:"* ]]
    [[ $output == *"pthread_mutex_lock on mutex first of thread 3 in take_"* ]]
    [[ $output == *"main: pthread_join of thread 3 in main (threads.c:"* ]]
}

@test "threads have variables of their own, spin locks, and names of C11" {
    run "$hosts" run local/only "$empty"
    [ "$status" -eq 0 ]
    run "$hosts" explore local/only --runs 1000
    [ "$status" -eq 0 ]
}

@test "a wake-up that is lost is a verdict that names threads, conditions and places" {
    run "$hosts" explore waits/lost --runs 100
    [ "$status" -eq 1 ]
    [[ $output == *"violated: host_hangs"* ]]
    sed -n '/^offbeat scenario/,$p' <<<"$output" >"$BATS_TEST_TMPDIR/lost.txt"
    run "$hosts" run waits/lost "$BATS_TEST_TMPDIR/lost.txt"
    [[ $output == *"main: pthread_join of thread 1 in main (wakeup.c:"* ]]
    [[ $output == *"thread 1: pthread_cond_wait on condition filled in consume (wakeup.c:"* ]]
    run "$hosts" explore waits/checked --runs 500
    [ "$status" -eq 0 ]
}

@test "reports say what hosts wait for, whom they are connected to, and what they write" {
    run "$hosts" explain waits/idle "$empty"
    [[ $output == *"db   main: poll in main (tally_server.c:"* ]]
    [[ $output == *"3: listens at port 7000"*"4: is connected to app:32768"* ]]
    [[ $output == *"app  main: read on db:7000 in "*" (wakeup.c:"* ]]
    [[ $output == *"stdout: begins"*"10us  connect"* ]]
    run "$hosts" explain waits/lost "$empty"
    [[ $output == *"woken by pthread_cond_signal"*"stderr: it is there"*"stderr: at last"* ]]
    "$hosts" explain waits/lost "$empty" --format json >"$BATS_TEST_TMPDIR/trace.json"
    python3 - "$BATS_TEST_TMPDIR/trace.json" <<'END'
import json, sys

run = json.load(open(sys.argv[1]))["run"]
said = [line for each in [run, *run["deliveries"]] for line in each["said"]]
written = [(line["stream"], line["text"]) for line in said]
assert written == [("stdout", "begins\n"), ("stderr", "it is there\nat last\n")], written
END
}

@test "handlers in C call a library, which begins anew in each run and goes into snapshots" {
    printf 'offbeat scenario 1 book\n+0 add() to clerk.0\n+0 add() to clerk.1\n' \
        >"$BATS_TEST_TMPDIR/adds.txt"
    run "$hosts" run book/racy "$BATS_TEST_TMPDIR/adds.txt"
    [ "$status" -eq 1 ]
    [[ $output == *"every_addition_counts"*"101 after 2 entries"* ]]
    run "$hosts" explore book/atomic --runs 2000
    [ "$status" -eq 0 ]
    cd "$BATS_TEST_TMPDIR"
    run "$hosts" explore book/racy --strategy exhaustive --scenario adds.txt
    [ "$status" -eq 1 ]
    [[ $output == *"every order was explored (6)"*"every_addition_counts, 4 times"* ]]
    run "$hosts" explore book/atomic --strategy exhaustive --scenario adds.txt
    [ "$status" -eq 0 ]
    [[ $output == *"every order was explored (2)"* ]]
    run "$hosts" run book/waiting adds.txt
    [ "$status" -eq 2 ]
    [[ $output == *"library ledger calls sleep(), for which it needs threads or a process"* ]]
}

@test "the tutorial has the programs that are tested, and finds what it says" {
    python3 - "$OFFBEAT_SOURCE_DIR" <<'END'
import pathlib, sys

root = pathlib.Path(sys.argv[1])
text = (root / "docs" / "tutorials" / "program.md").read_text(encoding="utf-8")
for file in sorted((root / "tests" / "hosts" / "tutorial").iterdir()):
    code = file.read_text(encoding="utf-8")
    assert f"```c\n{code}```" in text, f"docs/tutorials/program.md does not have {file.name} as it is"
END
    run "$hosts" explore shop/racy --runs 2000
    [ "$status" -eq 1 ]
    [[ $output == *"violated: sold_once"* ]]
    sed -n '/^offbeat scenario/,$p' <<<"$output" >"$BATS_TEST_TMPDIR/race.txt"
    run "$hosts" explain shop/racy "$BATS_TEST_TMPDIR/race.txt"
    [[ $output == *"buy(buy) < customer.0"*"answer(sold, -1 left) < shop"* ]]
    run "$hosts" explore shop/checked --runs 2000
    [ "$status" -eq 0 ]
}

@test "what a run changes in a shared library is named when a search begins" {
    run "$hosts" explore outside/forgotten --runs 1
    [[ $output == *"each run changes outside_asked of liboffbeat_outside.so, and nothing brings"* ]]
    for name in $("$hosts" list | awk '{ print $1 }'); do
        [ "$name" != outside/forgotten ] || continue
        # One of the variants of those that run the same program for each thing that may go wrong.
        [[ $name != @(frailty|sturdiness)/* || $name == */reset ]] || continue
        run "$hosts" explore "$name" --runs 1
        [[ $output != *"each run changes"* ]]
    done
}

@test "a fuzz program names what runs change in a shared library as well" {
    program=$OFFBEAT_BUILD_DIR/bin/fuzz_outside_forgotten
    [ -x "$program" ] || skip "the fuzz program is not built"
    run "$program" "$empty"
    [[ $output == *"each run changes outside_asked of liboffbeat_outside.so, and nothing brings"* ]]
}

@test "the search goes on behind a mistake, in the same process" {
    run "$hosts" explore mistakes/twice --runs 50
    [ "$status" -eq 1 ]
    [[ $output == *"50 executions"*"50 violating"* ]]
    [[ $output == *"violated: host_heap, 50 times"* ]]
}

@test "the threads of libuv's pool work on a job that was given up" {
    "$OFFBEAT" list | grep -q '^worker/' || skip "there is no libuv"
    run "$OFFBEAT" explore worker/twice --runs 300
    [ "$status" -eq 1 ]
    [[ $output == *"violated: one_answer_each"* ]]
    sed -n '/^offbeat scenario/,$p' <<<"$output" >"$BATS_TEST_TMPDIR/twice.txt"
    run "$OFFBEAT" explain worker/twice "$BATS_TEST_TMPDIR/twice.txt"
    [[ $output == *" given up"*"thread 1: pthread_cond_wait on condition cond in uv_cond_wait"* ]]
    printf 'offbeat scenario 1 worker\nwalk random seed 0 late 1/2 until step 27\n' \
        >"$BATS_TEST_TMPDIR/walk.txt"
    run "$OFFBEAT" run worker/racy "$BATS_TEST_TMPDIR/walk.txt"
    [ "$status" -eq 1 ]
    [[ $output == *"host_heap"* || $output == *"heap-use-after-free in work"* ]]
    run "$OFFBEAT" run worker/repaired "$BATS_TEST_TMPDIR/walk.txt"
    [ "$status" -eq 0 ]
    run "$OFFBEAT" explore worker/repaired --runs 500
    [ "$status" -eq 0 ]
}
