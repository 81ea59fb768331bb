# offbeat debug: gdb is driven by commands on its standard input.

load helpers

setup() {

    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    cd "$BATS_TEST_TMPDIR"
    printf 'offbeat scenario 1 order\n+0 buy(order=0) to customer\ndelay create customer->shop #0 by 501us\n' >crash.txt
    printf 'offbeat scenario 1 order\n+0 buy(order=0) to customer\n' >passes.txt
}

needs_gdb() {
    command -v gdb >/dev/null || skip "there is no gdb"
    # Some containers do not let processes be traced.
    gdb -nx -batch -ex run --args true 2>&1 | grep -q 'exited normally' || skip "gdb cannot run programs here"
}

# debug INPUT ARGUMENT...: with gdb's commands from standard input.
debug() {
    timeout 1500 "$offbeat" debug order/racy "$@" -- -nx >out.log 2>&1
    cat out.log
}

@test "debug stops before the delivery that violates, and shows how things stand" {
    needs_gdb
    debug crash.txt <<'END'
ob-state
ob-queue
ob-step
bt
ob-step
quit
END
    grep -q '^Before delivery 3 of 3: pay(order=0)#0 bank -> shop$' out.log
    grep -q 'customer: $' out.log
    # What was held back is still on its way, behind what overtakes it.
    [ "$(grep -A1 '510us  pay(order=0)#0 bank -> shop' out.log | tail -n 1)" = '511us  create(order=0)#0 customer -> shop' ]
    grep -q 'paid_order_exists is violated: order 0 is paid, but was never created' out.log
    # The target is on the stack.
    grep -q '^#[0-9]* .* in check ' out.log
    grep -q 'The run is over: 3 deliveries, a violation' out.log
}

@test "debug goes back by running again" {
    needs_gdb
    debug crash.txt <<'END'
ob-back
ob-back
ob-back
ob-step
ob-step
ob-step
ob-back
quit
END
    grep -o 'Before delivery [0-9]\|before the first delivery\|is violated' out.log >stops.log
    diff stops.log - <<'END'
Before delivery 3
Before delivery 2
Before delivery 1
before the first delivery
Before delivery 2
Before delivery 3
is violated
Before delivery 3
END
}

@test "debug stops where it is told to, and at breakpoints in the target" {
    needs_gdb
    debug crash.txt --step 1 <<'END'
break shop_receive
ob-step
ob-step
ob-step
info args
quit
END
    grep -q 'Before delivery 1 of 3: buy(order=0)#0 outside -> customer' out.log
    grep -q 'Breakpoint 3[.0-9]*, .*shop_receive' out.log
    grep -q 'message = 0x' out.log
    # What passes stops before its last delivery.
    debug passes.txt <<<quit
    grep -q 'Before delivery 4 of 4: pay(order=0)#0 bank -> shop' out.log
}

@test "debug stops where a sanitizer finds something" {
    needs_gdb
    hostile="$OFFBEAT_FUZZ_DIR/offbeat_hostile"
    [ -x "$hostile" ] || skip "the command for hostile targets is not built"
    nm "$hostile" | grep -q __asan_init || skip "it is built without AddressSanitizer"
    cat >late.txt <<'END'
offbeat scenario 1 hostile
+0 open(file=1) to user
reorder read user->reader #0 after close proxy-> #0
END
    timeout 1500 "$hostile" debug hostile/use_after_free late.txt -- -nx >out.log 2>&1 <<'END'
ob-step
bt
ob-back
quit
END
    cat out.log
    grep -q '^Before delivery 4 of 4: read(file=1)#0 user -> reader$' out.log
    grep -q 'AddressSanitizer: heap-use-after-free' out.log
    grep -q '^#[0-9]* .*reader_receive (self=' out.log
    grep -q 'Before delivery 3 of 4: close' out.log
}

@test "debug: mistakes, and no gdb" {
    fails_with 'standard input' -- "$offbeat" debug order/racy -
    fails_with 'missing.txt' -- "$offbeat" debug order/racy missing.txt
    mkdir empty
    PATH="$PWD/empty" run "$offbeat" debug order/racy crash.txt
    [ "$status" -eq 2 ]
    [[ "$output" == 'offbeat: gdb is not installed'*'Debian: gdb'* ]]
    # What gdb runs ends as run does.
    run "$offbeat" debug --replay order/racy crash.txt
    [ "$status" -eq 1 ]
    run "$offbeat" debug --replay order/fsm crash.txt
    [ "$status" -eq 0 ]
}
