# What is told to CI systems, and to viewers of traces.

load helpers

setup() {
    offbeat="${OFFBEAT_BIN:-$OFFBEAT}"
    cd "$BATS_TEST_TMPDIR" || exit
    unset GITHUB_WORKSPACE
    cat >passes.txt <<'END'
offbeat scenario 1 order
+0 buy(order=1) to customer
END
    cat >violates.txt <<'END'
offbeat scenario 1 order
+0 buy(order=3) to customer
delay create customer->shop #0 by 501us
END
    sed 's/buy/by/' passes.txt >gone.txt
    echo nothing >broken.txt
}

# xml FILE XPATH: how many elements, by a parser that is strict.
xml() {
    python3 - "$1" "$2" <<'END'
import sys, xml.etree.ElementTree as tree
print(len(tree.parse(sys.argv[1]).getroot().findall(sys.argv[2])))
END
}

@test "run: an input that does not apply has an exit code of its own" {
    for arguments in "order/racy gone.txt" "order/nothing passes.txt" "nothing/racy passes.txt"; do
        # shellcheck disable=SC2086 # words of a command line
        run "$offbeat" run $arguments
        [ "$status" -eq 4 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ "$output" == "offbeat: "* ]]
    done
    run "$offbeat" run resource/racy passes.txt
    [ "$status" -eq 4 ]
    [[ "$output" == *"the scenario is for target"* ]]
    # The gravest counts: 2, 4, 3, 1, 0.
    run "$offbeat" run order/racy violates.txt gone.txt passes.txt
    [ "$status" -eq 4 ]
    run "$offbeat" run order/racy gone.txt broken.txt violates.txt
    [ "$status" -eq 2 ]
    run "$offbeat" run --json order/racy gone.txt violates.txt
    [ "$status" -eq 4 ]
    [ "$(jq -r '[.inputs[].verdict] | join(" ")' <<<"$output")" = "inapplicable violation" ]
    [[ "$(jq -r '.inputs[0].error' <<<"$output")" == \
        'gone.txt:2: no message kind "by" in target order '* ]]
    fails_with 'no message kind' -- "$offbeat" explain order/racy gone.txt
}

@test "run: JUnit XML has a test for each input, and the output stays as it is" {
    run "$offbeat" run order/racy passes.txt violates.txt broken.txt gone.txt --junit out.xml
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 4 ]
    [ "$(xml out.xml testcase)" -eq 4 ]
    [ "$(xml out.xml 'testcase[@name="violates.txt"]/failure[@type="paid_order_exists"]')" -eq 1 ]
    [ "$(xml out.xml testcase/error)" -eq 2 ]
    [ "$(xml out.xml testcase/skipped)" -eq 0 ]
    grep -q '<testsuite name="order/racy" tests="4" failures="1" errors="2" skipped="0">' out.xml
    grep -q 'offbeat explain order/racy violates.txt' out.xml
    # Equal results are equal files, and a file is replaced.
    cp out.xml before.xml
    run "$offbeat" run --json --junit out.xml order/racy passes.txt violates.txt broken.txt gone.txt
    cmp out.xml before.xml
    run "$offbeat" run order/racy passes.txt --junit nowhere/out.xml
    [ "$status" -eq 2 ]
    [[ "$output" == *nowhere/out.xml* ]]
    fails_with '--junit' -- "$offbeat" list --junit out.xml
}

@test "run: annotations name the file beside which they stand" {
    export GITHUB_WORKSPACE="$PWD"
    run "$offbeat" run order/racy "$PWD/violates.txt" passes.txt --github
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 3 ]
    [[ "${lines[1]}" == \
        "::error file=violates.txt,line=1,title=order/racy%3A paid_order_exists::order 3 is paid"* ]]
    fails_with '--github' '--json' -- "$offbeat" run order/racy passes.txt --github --json
}

@test "explore and triage: a test for each violated invariant, and for each bug" {
    run "$offbeat" explore order/racy --runs 200 --junit out.xml --github
    [ "$status" -eq 1 ]
    [[ "$output" == *"::error title=order/racy%3A paid_order_exists::violated in "* ]]
    [ "$(xml out.xml 'testcase[@name="paid_order_exists"]/failure')" -eq 1 ]
    run "$offbeat" explore order/fsm --runs 200 --junit out.xml
    [ "$status" -eq 0 ]
    [ "$(xml out.xml testcase)" -eq 1 ]
    [ "$(xml out.xml testcase/failure)" -eq 0 ]
    mkdir -p crashes/order-racy
    cp violates.txt crashes/order-racy/
    run "$offbeat" triage crashes --junit out.xml --github --repeat 2
    [ "$status" -eq 1 ]
    [[ "$output" == \
        *"::error file=triage/buckets/"*"/scenario.txt,line=1,title=order/racy%3A paid_order_exists::"* ]]
    [ "$(xml out.xml 'testcase[@classname="order/racy"]/failure')" -eq 1 ]
    cp passes.txt crashes/order-racy/violates.txt
    run "$offbeat" triage crashes --junit out.xml
    [ "$status" -eq 0 ]
    [ "$(xml out.xml testcase)" -eq 1 ]
    [ "$(xml out.xml testcase/failure)" -eq 0 ]
}

@test "explain --format perfetto: trace events that hang together" {
    "$offbeat" explain order/racy violates.txt --format perfetto -o trace.json || [ "$?" -eq 1 ]
    python3 - trace.json <<'END'
import json, sys
trace = json.load(open(sys.argv[1]))
events = trace["traceEvents"]
assert trace["otherData"]["clock"] == "virtual"
names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
assert {"customer", "bank", "shop", "outside"} <= set(names.values()), names
slices = [event for event in events if event["ph"] == "X"]
# Each in its own track's time, one after the other, on a microsecond of virtual time.
for track in names:
    own = sorted((event["ts"], event["ts"] + event["dur"])
                 for event in slices if event["tid"] == track)
    assert all(before[1] <= after[0] + 0.001 for before, after in zip(own, own[1:])), own
delivered = [event for event in slices if event["cat"].startswith("delivery") and event["pid"] == 1]
assert all(int(event["ts"] + 0.0005) == event["args"]["time_us"] for event in delivered)
assert delivered[-1]["name"] == "pay(order=3)", delivered[-1]
# An arrow has both ends, each in a slice of its track, and leads forward.
def slice_at(event):
    return [one for one in slices
            if one["tid"] == event["tid"] and abs(one["ts"] - event["ts"]) < 0.0005]
starts = {event["id"]: event for event in events if event["ph"] == "s"}
ends = {event["id"]: event for event in events if event["ph"] == "f"}
assert starts and starts.keys() == ends.keys()
for number, start in starts.items():
    assert slice_at(start) and slice_at(ends[number]), number
    assert start["ts"] < ends[number]["ts"], number
# The run that fails, the one that passes, and what is violated.
assert {event["pid"] for event in slices} == {1, 2}
assert any("paid_order_exists is violated" in event["name"]
           for event in events if event["ph"] == "i")
assert any("decides" in event["cat"] for event in delivered)
assert any("delay" in event.get("args", {}).get("deviation", "") for event in events)
END
    fails_with 'text, mermaid, html, json, dot and perfetto' -- \
        "$offbeat" explain order/racy violates.txt --format nothing
}

@test "corpus seen: what inputs show, what none does, and an example of each that replays" {
    mkdir inputs
    cp passes.txt violates.txt inputs/
    run "$offbeat" corpus seen order/racy inputs -o seen --json
    [ "$status" -eq 0 ]
    [ "$(jq -r '.inputs' <<<"$output")" -eq 2 ]
    [ "$(jq -r '[.seen[] | select(.what == "message") | .name] | join(" ")' <<<"$output")" = \
        "buy create pay" ]
    [ "$(jq -r '.seen[] | select(.name == "delay") | .inputs' <<<"$output")" -eq 1 ]
    jq -r '.never[] | .what + " " + .name' <<<"$output" | grep -qx 'deviation reorder'
    "$offbeat" run order/racy seen/deviation-delay.txt | grep -q 'violation paid_order_exists'
    cmp <(grep -v '^#' seen/deviation-delay.txt) violates.txt
    # The smallest input that shows it.
    cmp seen/message-pay.txt passes.txt
    run "$offbeat" corpus seen order/racy passes.txt
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "order/racy: 1 input" ]
    [[ "${lines[1]}" == "   never  message     cancel" ]]
    [[ "${lines[-1]}" == "       1  "* ]]
    fails_with '"nothing"' -- "$offbeat" corpus seen order/nothing passes.txt
    fails_with 'argument' -- "$offbeat" corpus seen order/racy
}
