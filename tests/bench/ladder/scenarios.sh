# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with the script that sources this
# The scenarios of a case, in text form. Needs `ladder`, the folder of this file.

readonly CASE_PATTERN='^d([0-9]+)_h([0-9]+)_n([0-9]+)_g([0-2])$'

# print_seed CASE: what every search starts from. It breaks nothing by itself.
print_seed() {
    if [[ $1 =~ $CASE_PATTERN ]]; then
        printf 'offbeat scenario 1 ladder_%s\n+0 go() to starter\n' "$1"
    else
        cat "$ladder/seeds/$1.txt"
    fi
}

# print_witness CASE: a scenario that breaks the invariant, and has no line too many.
print_witness() {
    local constraint constraints

    if [[ $1 =~ $CASE_PATTERN ]]; then
        constraints=${BASH_REMATCH[1]}
        print_seed "$1"
        for ((constraint = 0; constraint < constraints; constraint++)); do
            printf 'reorder every early_%d *->judge after late_%d #0\n' "$constraint" "$constraint"
        done
    else
        cat "$ladder/witness/$1.txt"
    fi
}
