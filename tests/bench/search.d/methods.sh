# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with the script that sources this
# The methods that ./scripts/bench search compares. Needs measure.d/methods.sh, and these variables:
# programs (folder of the builds, by preset), scenarios (folder of the seed scenarios).

readonly METHODS=(offbeat-libfuzzer offbeat-afl no-reversal no-feedback no-classes bytes random pct pos)

# preset_of METHOD: the build whose programs it runs.
preset_of() {
    case $1 in
    offbeat-afl) echo afl ;;
    random | pct | pos) echo release ;;
    *) echo libfuzzer-plain ;;
    esac
}

# targets_of METHOD CASE: what is built for it.
targets_of() {
    case $1 in
    offbeat-afl) echo "fuzz_ladder_$2_racy afl_mutator_ladder_$2_racy" ;;
    random | pct | pos) echo offbeat_ladder ;;
    bytes) echo "bytes_ladder_$2_racy" ;;
    *) echo "fuzz_ladder_$2_racy" ;;
    esac
}

# program_of METHOD CASE: the path of what it runs.
program_of() {
    local targets

    read -ra targets <<<"$(targets_of "$1" "$2")"
    echo "$programs/$(preset_of "$1")/bin/${targets[0]}"
}

# run_method METHOD CASE SEED
run_method() {
    local program input=$scenarios/$2/seed

    program=$(program_of "$1" "$2")
    case $1 in
    offbeat-libfuzzer) run_libfuzzer "$program" "$3" "$input" env -u OFFBEAT_SEARCH ;;
    no-*) run_libfuzzer "$program" "$3" "$input" env OFFBEAT_SEARCH="$1" ;;
    bytes) run_libfuzzer "$program" "$3" "$input" env OFFBEAT_SEARCH=no-feedback ;;
    offbeat-afl)
        run_afl "$program" "$programs/afl/lib/afl_mutator_ladder_$2_racy.so" "$3" "$scenarios/$2"
        ;;
    *) run_explorer "$program" "ladder_$2/racy" "$3" "$1" --scenario "$scenarios/$2.txt" ;;
    esac
}
