#!/usr/bin/env bats
# The folder for OSS-Fuzz: its rules, the template for other projects, the workflows. That it builds
# and runs there takes minutes, and is for scripts/oss-fuzz/check.

setup() {
    source_dir=${OFFBEAT_SOURCE_DIR:?}
    oss_fuzz=$source_dir/scripts/oss-fuzz
    # shellcheck disable=SC1091 # checked by itself
    source "$oss_fuzz/lib/presubmit.sh"
    cd "$BATS_TEST_TMPDIR" || exit
}

# finds PART: the rules say something that holds PART, and nothing else.
finds() {
    run presubmit_findings folder demo
    echo "$output"
    [ "${#lines[@]}" -eq 1 ]
    [[ "$output" == *"$1"* ]]
}

# A folder as it should be, to be damaged.
fresh_folder() {
    rm -rf folder
    "$oss_fuzz/new" demo folder
}

@test "our own folder keeps the rules" {
    run presubmit_findings "$oss_fuzz" offbeat
    echo "$output"
    [ -z "$output" ]
}

@test "what breaks a rule is found" {
    fresh_folder
    run presubmit_findings folder demo
    [ -z "$output" ]

    sed -i 's/^main_repo/main_repository/' folder/project.yaml
    run presubmit_findings folder demo
    [[ "$output" == *"no section main_repository"*"main_repo is missing"* ]]
    fresh_folder && sed -i 's/- afl/- aflplusplus/' folder/project.yaml
    finds 'aflplusplus'
    fresh_folder && sed -i 's/- memory/- dataflow/' folder/project.yaml
    finds 'dataflow'
    fresh_folder && sed -i 's/^language: c$/language: fortran/' folder/project.yaml
    finds 'language'
    fresh_folder && sed -i 's/maintainers@example.org/nobody/' folder/project.yaml
    finds 'nobody'
    fresh_folder && sed -i '/LICENSE-2.0/d' folder/build.sh
    finds 'licence'
    fresh_folder && sed -i 's/RUN apt-get update && /RUN /' folder/Dockerfile
    finds 'apt-get update'
    fresh_folder && echo 'cc -lFuzzingEngine' >>folder/build.sh
    finds 'lFuzzingEngine'
    fresh_folder && touch folder/seeds.zip
    finds 'seeds.zip'
    fresh_folder && rm folder/build.sh
    run presubmit_findings folder demo
    [[ "$output" == *"build.sh is missing"* ]]
}

@test "new writes a folder, and nothing over another" {
    echo 'project(demo C)' >CMakeLists.txt
    run "$oss_fuzz/new" demo
    [ "$status" -eq 0 ]
    for file in project.yaml Dockerfile build.sh CMakeLists.txt lamp.c README.md; do
        [ -f "oss-fuzz/$file" ]
        [ "$(grep -c '@[a-z_]*@' "oss-fuzz/$file")" -eq 0 ]
    done
    [ -x oss-fuzz/build.sh ]
    # shellcheck disable=SC2016 # as it stands in the file
    grep -qF 'WORKDIR $SRC/demo' oss-fuzz/Dockerfile
    run "$oss_fuzz/new" demo
    [ "$status" -eq 2 ]
    [[ "$output" == *oss-fuzz*already* ]]
    run "$oss_fuzz/new"
    [ "$status" -eq 2 ]
    run "$oss_fuzz/new" Demo other
    [ "$status" -eq 2 ]
    [ ! -e other ]
}

# As a project of others would build it: the target that the template begins with finds its race,
# and its other variant has none.
@test "the template's target works" {
    "$oss_fuzz/new" demo
    cmake -S oss-fuzz -B build -G Ninja -Doffbeat_DIR="$source_dir/harness/cmake" \
        -DCMAKE_RUNTIME_OUTPUT_DIRECTORY="$PWD/bin" >cmake.log 2>&1
    cmake --build build >build.log 2>&1
    bin/offbeat lint
    run bin/offbeat explore lamp/racy --runs 2000 --until-violation
    [ "$status" -eq 1 ]
    [[ "$output" == *lamp_shows_last_press* ]]
    run bin/offbeat explore lamp/repaired --runs 2000
    [ "$status" -eq 0 ]
}

@test "scripts for OSS-Fuzz: --help, and arguments that they do not know" {
    for script in check build new; do
        run "$oss_fuzz/$script" --help
        [ "$status" -eq 0 ]
        [[ "${lines[0]}" == "Usage: scripts/oss-fuzz/$script"* ]]
        grep -q '^Exit codes:' <<<"$output"
        run "$oss_fuzz/$script" --frobnicate
        [ "$status" -eq 2 ]
    done
    run "$oss_fuzz/check" --config libfuzzer-thread
    [ "$status" -eq 2 ]
    [[ "$output" == *libfuzzer-thread* ]]
    run env -u OUT "$oss_fuzz/build" "$source_dir"
    [ "$status" -eq 2 ]
    [[ "$output" == *OUT* ]]
}

@test "workflows are YAML with jobs that do something" {
    python3 -c 'import yaml' 2>/dev/null || skip "no YAML parser here"
    python3 - "$source_dir"/.github/workflows/*.yml <<'END'
import sys, yaml
for path in sys.argv[1:]:
    with open(path) as file:
        workflow = yaml.safe_load(file)
    assert workflow["name"] and workflow[True], path  # YAML takes the key `on` for true
    for job in workflow["jobs"].values():
        assert job["runs-on"] and job["steps"], path
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), (path, step)
END
}
