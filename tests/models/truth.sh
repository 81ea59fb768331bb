# shellcheck shell=bash
# Reading truth.tsv, and what models there are.
: "${models:?is the path of this folder}"

# read_truth MODEL VARIANT: sets the fields of its line; false when there is none. A tab is no blank
# to `read`, so that empty fields stay fields.
# shellcheck disable=SC2034 # whoever sources this uses them
read_truth() {
    local line

    line=$(awk -F'\t' -v model="$1" -v variant="$2" '$1 == model && $2 == variant' \
        "$models/truth.tsv")
    [[ -n $line ]] || return 1
    IFS=$'\x1f' read -r _ _ invariant causes smallest needs exhaustive \
        <<<"${line//$'\t'/$'\x1f'}"
}

# variants_of COMMAND [MODEL]: a line each, the variant and `fails` or `holds`; without MODEL, of all
# targets, as TARGET/VARIANT.
variants_of() {
    "$1" list | awk -v model="${2:-}" '{
        split($1, name, "/")
        if (model == "" || name[1] == model)
            print (model == "" ? $1 : name[2]), ($2 == "fails" ? "fails" : "holds")
    }'
}

# walks_strike_faults COMMAND: whether its walks strike with the faults that a target declares, or
# order messages only.
walks_strike_faults() {
    "$1" explore --help | grep -q -e --no-faults
}
