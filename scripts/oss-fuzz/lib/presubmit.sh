# shellcheck shell=bash
# What OSS-Fuzz's presubmit asks of project.yaml, Dockerfile and build.sh. Needs results.sh.

readonly PRESUBMIT_SECTIONS="architectures auto_ccs base_os_version blackbox builds_per_day
    coverage_extra_args disable_remediation disable_remediation_pre_review disabled
    file_github_issue fuzzing_engines help_url homepage indexer labels language main_repo
    primary_contact run_tests sanitizers selective_unpack vendor_ccs view_restrictions"
readonly PRESUBMIT_LANGUAGES="c c++ go javascript jvm python ruby rust swift"
readonly PRESUBMIT_ENGINES="libfuzzer afl honggfuzz centipede none wycheproof"
readonly PRESUBMIT_SANITIZERS="address none memory undefined thread coverage introspector hwaddress"
readonly PRESUBMIT_ARCHITECTURES="i386 x86_64 aarch64"

is_word_of() {
    [[ " $(tr -s '[:space:]' ' ' <<<"$2") " == *" $1 "* ]]
}

# yaml_sections FILE: the keys on the first level.
yaml_sections() {
    sed -nE 's/^([A-Za-z_]+):.*/\1/p' "$1"
}

# yaml_value FILE KEY: a value on the key's own line, without quotes.
yaml_value() {
    sed -nE "s/^$2:[[:space:]]*//p" "$1" | sed -E 's/[[:space:]]+#.*//; s/^["'\'']//; s/["'\'']$//' |
        head -n 1
}

# yaml_list FILE KEY: the items of a list, one a line; of a mapping ("- memory: ...") its key.
yaml_list() {
    awk -v key="$2" '
        $0 ~ "^" key ":" { inside = 1; next }
        /^[^[:space:]#-]/ { inside = 0 }
        inside && /^[[:space:]]*-/ { sub(/^[[:space:]]*-[[:space:]]*/, ""); sub(/:.*/, ""); print }
    ' "$1" | tr -d "\"' "
}

presubmit_list() {
    local file=$1 key=$2 allowed=$3 item

    while read -r item; do
        is_word_of "$item" "$allowed" || echo "project.yaml: $key: $item is none of $allowed"
    done < <(yaml_list "$file" "$key")
}

presubmit_yaml() {
    local file=$1 section contact

    while read -r section; do
        is_word_of "$section" "$PRESUBMIT_SECTIONS" || echo "project.yaml: there is no section $section"
    done < <(yaml_sections "$file")
    [[ -n $(yaml_value "$file" main_repo) ]] || echo "project.yaml: main_repo is missing"
    is_word_of "$(yaml_value "$file" language)" "$PRESUBMIT_LANGUAGES" ||
        echo "project.yaml: language is none of $PRESUBMIT_LANGUAGES"
    for contact in "$(yaml_value "$file" primary_contact)" $(yaml_list "$file" auto_ccs); do
        [[ $contact == *@*.* ]] || echo "project.yaml: not an address of e-mail: $contact"
    done
    presubmit_list "$file" fuzzing_engines "$PRESUBMIT_ENGINES"
    presubmit_list "$file" sanitizers "$PRESUBMIT_SANITIZERS"
    presubmit_list "$file" architectures "$PRESUBMIT_ARCHITECTURES"
}

# presubmit_findings FOLDER NAME: a line for everything that is wrong. NAME is the project's.
presubmit_findings() {
    local folder=$1 name=$2 file

    for file in project.yaml Dockerfile build.sh; do
        [[ -f $folder/$file ]] || echo "$file is missing"
    done
    [[ ! -f $folder/project.yml ]] || echo "project.yml has to be named project.yaml"
    [[ $name =~ ^[a-z0-9_-]+$ && $name != *google* && $name != *g00gle* ]] ||
        echo "not a name that a project may have: $name"
    [[ ! -f $folder/project.yaml ]] || presubmit_yaml "$folder/project.yaml"
    for file in Dockerfile build.sh; do
        grep -q 'http://www.apache.org/licenses/LICENSE-2.0' "$folder/$file" 2>/dev/null ||
            echo "$file: the header with the licence is missing"
    done
    if grep -qE 'RUN apt(-get)? install' "$folder/Dockerfile" 2>/dev/null; then
        echo "Dockerfile: apt-get update has to come before apt-get install, in the same RUN"
    fi
    grep -qE '^FROM gcr.io/oss-fuzz-base/base-builder' "$folder/Dockerfile" 2>/dev/null ||
        echo "Dockerfile: it is not made from a base-builder image"
    grep -qE '^COPY .*build\.sh.* \$SRC' "$folder/Dockerfile" 2>/dev/null ||
        echo "Dockerfile: build.sh is not copied to \$SRC"
    if sed 's/#.*//' "$folder/build.sh" 2>/dev/null | grep -q -- -lFuzzingEngine; then
        echo "build.sh: -lFuzzingEngine is a thing of the past, \$LIB_FUZZING_ENGINE is not"
    fi
    find "$folder" -maxdepth 1 -name '*.zip' -printf '%f: seeds do not belong into OSS-Fuzz'\''s repository\n'
}
