# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared with the script that sources this
# Short campaigns, measured by campaigns.py. Needs common.sh, packages.sh and build.sh, and
# `executions`.

# measure_campaigns campaign|profile ARGUMENT...: the benchmark's own arguments.
measure_campaigns() {
    local what=$1 may_install=yes
    local -a passed=()
    shift

    while (($# > 0)); do
        case $1 in
        --executions | --seed)
            [[ ${2-} =~ ^[1-9][0-9]{0,8}$ ]] || fail "$1 takes a number from 1 (--help for help)"
            if [[ $1 == --executions ]]; then executions=$2; else passed+=("$1" "$2"); fi
            shift
            ;;
        --write) [[ $what == profile ]] || fail "--write is for the profile" && passed+=("$1") ;;
        --no-install) may_install=no ;;
        --help | -h)
            print_help "$0"
            exit 0
            ;;
        -*) fail "unknown argument: $1 (--help for help)" ;;
        *) passed+=("$1") ;;
        esac
        shift
    done
    [[ $what == campaign ]] || command -v valgrind >/dev/null ||
        fail "valgrind is missing, whose callgrind counts instructions (Debian: valgrind)"
    require_packages "$may_install" build libfuzzer
    build_preset release offbeat_cli
    build_preset libfuzzer-plain
    exec python3 -B "$root/tests/bench/rooms.d/campaigns.py" "$what" --executions "$executions" \
        "${passed[@]}"
}
