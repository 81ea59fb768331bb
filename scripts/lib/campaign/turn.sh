# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# Turns: for some minutes the processes of one lane fuzz one subject. Needs instances.sh, subjects.sh,
# harvest.sh, state.sh.
#
# A lane is a share of the processes; as many subjects are fuzzed at the same time as there are lanes.
#
# state/turns.tsv: number, seconds since the epoch at its beginning, subject, seconds, seed of the
# swarm (0: everything was allowed), seed of the engines, executions, what was found new, edges,
# features, failing inputs; one row a turn that was ended.
# state/now.tsv: lane, subject, instance, running or waiting or done, executions, rate, edges, features,
# inputs, restarts; one row a process of the turns that are under way.

# Processes of a lane are four at most, as more of them find little that these do not: with more
# processors, more subjects are fuzzed at the same time.
readonly LANE_WIDTH_MAX=4
# A process that stops at a failing input is started again so often in a turn: a shallow bug would
# otherwise be all that it finds.
readonly FINDINGS_MAX=4
readonly FAILURES_MAX=5
# An engine that does not end when it should is ended so many seconds later.
readonly OVERTIME=10
readonly TURN_SECONDS_MIN=5
readonly TURN_SECONDS_MAX=300
# One turn in so many is no swarm's: all faults are allowed.
readonly WHOLE_ONE_IN=4

lanes=1
declare -ga lane_width=() lane_turn=() lane_subject=() lane_began=() lane_ends=() lane_swarm=()
declare -ga lane_seed=()
# By LANE:INSTANCE.
declare -gA process=() process_state=() restart_at=() failures=() findings=() restarts=()
declare -gA counted=() imported=()
# The instances of each lane, blank-separated.
declare -ga lane_instances=()

make_lanes() {
    local lane

    lanes=$(((jobs + LANE_WIDTH_MAX - 1) / LANE_WIDTH_MAX))
    if ((lanes > ${#all_subjects[@]})); then
        lanes=${#all_subjects[@]}
    fi
    for ((lane = 0; lane < lanes; lane++)); do
        lane_width[lane]=$((jobs / lanes + (lane < jobs % lanes)))
        lane_subject[lane]=
    done
}

# Each subject gets four turns at least, when there is time for that.
turn_length() {
    local length=$turn_seconds

    if ((length == 0)); then
        length=$((seconds * lanes / (${#all_subjects[@]} * 4)))
    fi
    if ((length < TURN_SECONDS_MIN)); then length=$TURN_SECONDS_MIN; fi
    if ((length > TURN_SECONDS_MAX)); then length=$TURN_SECONDS_MAX; fi
    printf '%d' "$length"
}

# begin_turn LANE SUBJECT SECONDS [SWARM [SEED]]
begin_turn() {
    local lane=$1 subject=$2 folder number

    number=$(($(get turn 0) + 1))
    put turn "$number" || return 1
    folder=$dir/turns/$(printf '%06d' "$number")
    lane_turn[lane]=$folder
    lane_began[lane]=$EPOCHSECONDS
    lane_ends[lane]=$((EPOCHSECONDS + $3))
    lane_seed[lane]=${5:-$((RANDOM * 32768 + RANDOM + 1))}
    lane_swarm[lane]=${4:-}
    if [[ -z ${lane_swarm[lane]} ]]; then
        lane_swarm[lane]=$((number % WHOLE_ONE_IN == 0 ? 0 : RANDOM * 32768 + RANDOM + 1))
    fi
    mkdir -p "$folder" || return 1
    printf '%s\t%s\t%s\t%s\t%s\n' "$number" "$EPOCHSECONDS" "$subject" "${lane_swarm[lane]}" \
        "${lane_seed[lane]}" | replace "$folder/turn.tsv" || return 1
    seeds_for_turn "$subject" "$folder/seeds" || return 1
    lane_subject[lane]=$subject
    mapfile -t names < <(instances_of "${lane_width[lane]}" "${turns[$subject]:-0}")
    begin_instances "$lane" "${names[@]}"
}

# begin_instances LANE NAME...
begin_instances() {
    local lane=$1 name key
    shift

    lane_instances[lane]="$*"
    for name in "$@"; do
        key=$lane:$name
        failures[$key]=0 findings[$key]=0 restarts[$key]=-1 counted[$key]=0
        run_instance "$lane" "$name"
    done
}

run_instance() {
    local lane=$1 name=$2 key=$1:$2

    restarts[$key]=$((restarts[$key] + 1))
    start_instance "$name" "${lane_subject[lane]}" "${lane_turn[lane]}" \
        $((lane_ends[lane] - EPOCHSECONDS)) "${lane_swarm[lane]}" \
        $((lane_seed[lane] + restarts[$key]))
    process[$key]=$spawned_pid
    process_state[$key]=running
}

# instance_ended LANE NAME STATUS: decides whether it starts again, and when.
instance_ended() {
    local lane=$1 name=$2 status=$3 key=$1:$2 found count delay=0

    read -r count _ < <(instance_counts "$name" "${lane_turn[lane]}")
    counted[$key]=$((counted[$key] + count))
    found=$(instance_found "$name" "${lane_turn[lane]}")
    process[$key]=
    process_state[$key]="done"
    if ((EPOCHSECONDS + 2 >= lane_ends[lane])); then
        return
    fi
    if ((found > findings[$key])); then
        findings[$key]=$found
        if [[ ${stop_at_first:-no} == yes ]] || ((found >= FINDINGS_MAX)); then
            return
        fi
    else
        failures[$key]=$((failures[$key] + 1))
        if ((failures[$key] >= FAILURES_MAX)); then
            note "${lane_subject[lane]}: $name ended $FAILURES_MAX times in a turn, last with $status"
            return
        fi
        delay=$((1 << (failures[$key] - 1)))
    fi
    process_state[$key]=waiting
    restart_at[$key]=$((EPOCHSECONDS + delay))
}

# watch_lane LANE: looks after its processes. Returns 1 when all of them are done.
watch_lane() {
    local lane=$1 name key status busy=1

    for name in ${lane_instances[lane]}; do
        key=$lane:$name
        case ${process_state[$key]} in
        running)
            if is_running "${process[$key]}"; then
                if ((EPOCHSECONDS > lane_ends[lane] + OVERTIME)); then
                    kill -KILL "${process[$key]}" 2>/dev/null
                fi
            else
                status=0
                wait "${process[$key]}" 2>/dev/null || status=$?
                instance_ended "$lane" "$name" "$status"
            fi
            ;;
        waiting)
            if ((EPOCHSECONDS + 2 >= lane_ends[lane])); then
                process_state[$key]="done"
            elif ((EPOCHSECONDS >= restart_at[$key])); then
                run_instance "$lane" "$name"
            fi
            ;;
        esac
        if [[ ${process_state[$key]} != "done" ]]; then busy=0; fi
    done
    return "$busy"
}

# What AFL++ has found is put beside what libFuzzer has, which looks there now and then. AFL++ looks
# at libFuzzer's by itself (-F).
share_in_lane() {
    local lane=$1 folder=${lane_turn[$1]} name file id

    [[ -d $folder/libfuzzer-1/found ]] || return 0
    for name in ${lane_instances[lane]}; do
        if is_libfuzzer "$name"; then continue; fi
        for file in "$folder/afl/$name"/queue/id:*; do
            if [[ $file == *,orig:* || $file == *,sync:* || ! -f $file ]]; then continue; fi
            id=$name-${file##*/id:}
            id=${id%%,*}
            if [[ -z ${imported[$folder:$id]:-} ]]; then
                imported[$folder:$id]=1
                cp "$file" "$folder/libfuzzer-1/found/$id" 2>/dev/null || true
            fi
        done
    done
}

# stop_lane LANE: engines write down what they know when they are asked to end.
stop_lane() {
    local lane=$1 name key patience

    for name in ${lane_instances[lane]}; do
        key=$lane:$name
        if is_running "${process[$key]:-}"; then kill -TERM "${process[$key]}" 2>/dev/null; fi
    done
    for ((patience = 0; patience < 30; patience++)); do
        lane_ends[lane]=$EPOCHSECONDS
        watch_lane "$lane" || return 0
        sleep 0.1
    done
    for name in ${lane_instances[lane]}; do
        key=$lane:$name
        if is_running "${process[$key]:-}"; then
            kill -KILL "${process[$key]}" 2>/dev/null
            wait "${process[$key]}" 2>/dev/null
        fi
    done
    return 0
}

# What a lane's processes have counted so far: "executions rate edges features inputs", edges and so
# on as libFuzzer says, or AFL++ where there is no libFuzzer.
lane_counts() {
    local lane=$1 name key total=0 rates=0 e=0 f=0 i=0 count speed edge feature input

    for name in ${lane_instances[lane]}; do
        read -r count speed edge feature input < <(instance_counts "$name" "${lane_turn[lane]}")
        key=$lane:$name
        if [[ ${process_state[$key]} != running ]]; then count=0; fi
        total=$((total + count + counted[$key]))
        rates=$((rates + speed))
        if is_libfuzzer "$name" || ((f == 0 && e < edge)); then
            if ((edge > 0)); then e=$edge f=$feature i=$input; fi
        fi
    done
    printf '%d %d %d %d %d\n' "$total" "$rates" "$e" "$f" "$i"
}

# end_turn LANE: what was found is taken away, and the subject's account is settled.
end_turn() {
    local lane=$1 subject=${lane_subject[$1]} folder=${lane_turn[$1]} count speed e f i spent

    read -r count speed e f i < <(lane_counts "$lane")
    spent=$((EPOCHSECONDS - lane_began[lane]))
    keep_logs "$lane"
    end_processes_of "turn-${folder##*/}"
    harvest "$folder" || return 1
    speed=$((spent > 0 ? count / spent : count))
    executions[$subject]=$((executions[$subject] + count))
    if ((count > 0)); then
        rate[$subject]=$speed idle[$subject]=0
    else
        idle[$subject]=$((idle[$subject] + 1))
        if ((idle[$subject] >= 3)); then
            trouble "$subject: no engine ran in $((idle[$subject])) turns (see $dir/logs)"
        fi
    fi
    if ((e > edges[$subject])); then edges[$subject]=$e; fi
    if ((f > features[$subject])); then features[$subject]=$f; fi
    crashes[$subject]=$((crashes[$subject] + harvested_crashes))
    inputs[$subject]=$(count_files "$dir/inputs/$subject")
    advance "$subject" "$spent" "$harvested_inputs"
    save_subjects
    add turns "${folder##*/}" "${lane_began[lane]}" "$subject" "$spent" "${lane_swarm[lane]}" \
        "${lane_seed[lane]}" "$count" "$harvested_inputs" "$e" "$f" "$harvested_crashes"
    add series "$(get elapsed 0)" "$subject" "${edges[$subject]}" "${features[$subject]}" \
        "${inputs[$subject]}" "${rate[$subject]}"
    remove_turn "$folder"
    lane_subject[lane]=
}

# The first and the last words of each process, of each subject's last turn.
keep_logs() {
    local lane=$1 name log

    mkdir -p "$dir/logs"
    for name in ${lane_instances[lane]}; do
        log=${lane_turn[lane]}/$name.log
        { head -c 4000 "$log" && echo && tail -c +4001 "$log" | tail -c 20000; } 2>/dev/null |
            replace "$dir/logs/${lane_subject[lane]/\//-}-$name.log" || true
    done
}

save_now() {
    local lane name key counts

    for ((lane = 0; lane < lanes; lane++)); do
        [[ -n ${lane_subject[lane]} ]] || continue
        for name in ${lane_instances[lane]}; do
            key=$lane:$name
            read -r -a counts < <(instance_counts "$name" "${lane_turn[lane]}")
            printf '%s\t' "$lane" "${lane_subject[lane]}" "$name" "${process_state[$key]}" \
                "${counts[@]}"
            printf '%s\n' "${restarts[$key]}"
        done
    done | replace "$dir/state/now.tsv" || true
}
