# shellcheck shell=bash
# shellcheck disable=SC2154 # variables are shared with the script that sources this
# Writing files from templates. Needs common.sh.

# Where Offbeat's sources can be had.
offbeat_repo() {
    sed -nE 's/^main_repo:[[:space:]]*"(.*)"/\1/p' "$root/scripts/oss-fuzz/project.yaml"
}

# What projects ask find_package() for: another minor version may not do.
offbeat_version() {
    sed -nE 's/^#define OB_VERSION "([0-9]+\.[0-9]+).*/\1/p' "$root/harness/include/offbeat/version.h"
}

# fill_template FILE-OR-FOLDER FOLDER NAME=VALUE...: copies what there is into the folder, with each
# @NAME@ as its value; in C, where that is no identifier, it is template_NAME. In templates a name
# that begins with a dot begins with dot_ instead.
fill_template() {
    local from=$1 to=$2 file below pair program=()
    shift 2

    for pair in "$@"; do
        program+=(-e "s#@${pair%%=*}@\|\btemplate_${pair%%=*}#${pair#*=}#g")
    done
    while IFS= read -r -d '' file; do
        below=${file#"$from"}
        below=${below#/}
        below=${below:-${from##*/}}
        below=${below//dot_/.}
        mkdir -p "$(dirname "$to/$below")"
        sed "${program[@]}" "$file" >"$to/$below"
        [[ ! -x $file ]] || chmod +x "$to/$below"
    done < <(find "$from" -type f -print0)
}
