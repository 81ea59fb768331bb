# Goals, from the outside: what run, explore and fuzz programs say of them.

load helpers

setup() {
    desk="${OFFBEAT_DESK:-$(dirname "$(dirname "${OFFBEAT_BIN:-$OFFBEAT}")")/tests/offbeat_desk}"
    programs="$(dirname "${OFFBEAT_BIN:-$OFFBEAT}")"
    cd "$BATS_TEST_TMPDIR"
    printf 'offbeat scenario 1 desk\n+0 ask(times=1) to customer.0\n' >one.txt
    printf '%s\n' 'offbeat scenario 1 desk' '+0 ask(times=1) to customer.0' \
        '+0 ask(times=1) to customer.1' >two.txt
}

@test "run says what an input reaches, and what all of them do" {
    run "$desk" run desk/careful one.txt
    [ "$status" -eq 0 ]
    [[ "$output" == "one.txt: ok trace="*" deliveries=4 goals=opened,lost_after_yes:1/2,quiet" ]]
    run "$desk" run desk/careful one.txt two.txt
    [ "$status" -eq 0 ]
    [ "${lines[2]}" = 'goal opened: reached by 2 of 2 runs, 1 way' ]
    [ "${lines[3]}" = 'goal refused: reached by 1 of 2 runs, 1 way' ]
    [ "${lines[5]}" = 'goal yes_after_no: not reached; furthest step 1 of 2 (no)' ]
    [ "${lines[7]}" = 'goal lent_thrice: not reached' ]
    run "$desk" run desk/careful one.txt --json
    [[ "$output" == \
        *'"goals": [{"name": "opened", "reached": true, "steps": 1, "furthest": 1}, '* ]]
    [[ "$output" == *'{"name": "lost_after_yes", "reached": false, "steps": 2, "furthest": 1}'* ]]
}

@test "explore counts goals, and shows a scenario of each" {
    run "$desk" explore desk/careful --runs 300
    [ "$status" -eq 0 ]
    grep -qE '^goal refused: reached by [0-9]+ of 300 runs, [0-9]+ ways$' <<<"$output"
    grep -qx 'goal lost_after_yes: not reached; furthest step 1 of 2 (yes)' <<<"$output"
    sed -n '/^goal yes_after_no/,/^goal lost/p' <<<"$output" | grep '^    ' >example.txt
    run "$desk" run desk/careful example.txt
    [ "$status" -eq 0 ]
    [[ "$output" == *yes_after_no,* ]]
    # As many processes as one likes say the same.
    "$desk" explore desk/careful --runs 300 | grep -A4 '^goal' >alone.txt
    "$desk" explore desk/careful --runs 300 --jobs 3 | grep -A4 '^goal' >together.txt
    cmp alone.txt together.txt
}

@test "exhaustive search says what no order reaches" {
    run "$desk" explore desk/careful --strategy exhaustive --scenario two.txt
    [ "$status" -eq 0 ]
    grep -qx 'goal yes_after_no: reached, 2 ways' <<<"$output"
    grep -qx 'goal lost_after_yes: reached in no order; furthest step 1 of 2 (yes)' <<<"$output"
    grep -qx 'goal lent_thrice: reached in no order' <<<"$output"
    # Nothing of the sort where it has not seen all.
    run "$desk" explore desk/careful --strategy exhaustive --scenario two.txt --runs 1
    grep -qx 'goal lent_thrice: not reached' <<<"$output"
}

@test "fuzz programs print what they have reached" {
    program="$programs/fuzz_desk_careful"
    [ -x "$program" ] || skip "there is no $program"
    run "$program" -runs=300 -seed=1
    [ "$status" -eq 0 ]
    grep -qE '^goal refused: reached by [0-9]+ of 300 runs, [0-9]+ ways$' <<<"$output"
    grep -qx 'goal lost_after_yes: not reached; furthest step 1 of 2 (yes)' <<<"$output"
    sed -n 's/^search: //p' <<<"$output" >search.json
    grep -qF '"goals": [{"name": "opened", "reached": 300, "ways": ' search.json
    grep -qF '{"name": "lost_after_yes", "reached": 0, "ways": 0, ' search.json
    grep -qF ' "steps": 2, "furthest": 1, "furthest_step": "yes"}' search.json
    # What comes before a violation counts as well.
    run "$programs/fuzz_desk_double" -runs=3000 -seed=1
    [ "$status" -ne 0 ]
    grep -qE '^goal opened: reached by ([0-9]+) of \1 runs?, 1 way$' <<<"$output"
}

@test "explore --until-goal writes, minimizes and explains" {
    run "$desk" explore desk/careful --until-goal yes_after_no
    [ "$status" -eq 0 ]
    grep -qE '^reached: yes_after_no, 1 time, first in execution [0-9]+$' <<<"$output"
    grep -qF 'goal yes_after_no is reached' <<<"$output"
    sed -n '/^offbeat scenario/,/^goal/p' <<<"$output" | grep -v '^goal' >found.txt
    run "$desk" run desk/careful found.txt --until-goal yes_after_no
    [ "$status" -eq 1 ]
    [[ "$output" == *': goal yes_after_no '* ]]
    "$desk" minimize desk/careful found.txt --until-goal yes_after_no -o minimal.txt
    cmp found.txt minimal.txt
    run "$desk" explain desk/careful found.txt --until-goal yes_after_no
    [ "$status" -eq 1 ]
    grep -q '^What decides:' <<<"$output"
    grep -qE '^  (Reached|No one order decides. Among others, it is reached|Every run near)' \
        <<<"$output"
    run grep -nE 'Fails|Passes|fails|passes|that fail|that pass|is violated' <<<"$output"
    [ "$output" = '' ]
    run "$desk" verify desk/careful found.txt --until-goal yes_after_no --around 0
    [ "$status" -eq 1 ]
    grep -qF ': goal yes_after_no is reached by the input itself; minimized:' <<<"$output"
    run "$desk" verify desk/careful found.txt --until-goal lent_thrice --around 0
    [ "$status" -eq 0 ]
    grep -qF ': goal lent_thrice is not reached in 1 distinct execution ' <<<"$output"
    run "$desk" explain desk/careful found.txt --until-goal lent_thrice
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = 'desk/careful: goal lent_thrice is not reached' ]
    run "$desk" minimize desk/careful found.txt --until-goal lent_thrice -o no.txt
    [ "$status" -eq 2 ]
    [[ "$output" == *': does not reach the goal, there is nothing to minimize' ]]
    run "$desk" explore desk/careful --until-goal yes_after_no --strategy exhaustive \
        --scenario two.txt
    [ "$status" -eq 0 ]
    run "$desk" explore desk/careful --until-goal lent_thrice --runs 100
    [ "$status" -eq 1 ]
    run "$desk" explore desk/careful --until-goal lent_thrise
    [ "$status" -eq 2 ]
    [ "$output" = 'offbeat: target desk has no goal "lent_thrise"; did you mean lent_thrice?' ]
}
