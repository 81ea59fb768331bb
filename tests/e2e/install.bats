# What `cmake --install` leaves, and projects outside of the tree that have nothing else.
# bats file_tags=install

load helpers

setup_file() {
    local build="$BATS_FILE_TMPDIR/build"

    # What is installed has no sanitizers and a command of its own, whatever the tests are built
    # with.
    cmake -S "$OFFBEAT_SOURCE_DIR" -B "$build" -G Ninja -DOFFBEAT_PRESET=release \
        -C "$OFFBEAT_SOURCE_DIR/harness/cmake/OffbeatPreset.cmake" \
        -DOFFBEAT_PROGRAMS_DIR="$build/bin" \
        -DCMAKE_RUNTIME_OUTPUT_DIRECTORY="$build/bin" -DOFFBEAT_TARGETS=OFF \
        -DOFFBEAT_SELF_FUZZ=OFF -DOFFBEAT_WERROR=OFF -DCMAKE_INSTALL_LIBDIR=lib
    cmake --build "$build"
    cmake --install "$build" --prefix "$BATS_FILE_TMPDIR/first" >/dev/null
    # A prefix may be moved.
    mv "$BATS_FILE_TMPDIR/first" "$BATS_FILE_TMPDIR/prefix"
}

setup() {
    build="$BATS_FILE_TMPDIR/build"
    prefix="$BATS_FILE_TMPDIR/prefix"
    installed="$prefix/bin/offbeat"
    projects="$BATS_FILE_TMPDIR/projects"
    outside="$OFFBEAT_SOURCE_DIR/tests/support/outside"
    mkdir -p "$projects"
    cd "$projects" || return
    export TERM=dumb
    unset OFFBEAT_PROJECT
}

needs_libfuzzer() {
    "$installed" doctor libfuzzer | grep -q '^ok *libfuzzer' || skip "libFuzzer is missing"
}

# The project that several tests go on with.
make_demo() {
    [ -d demo ] || "$installed" new demo
    cd demo || return
}

@test "install: the shared library shows what public headers declare, and nothing else" {
    nm -D --defined-only "$prefix/lib/liboffbeat.so" | awk '{ print $3 }' | sort >shown
    grep -ohE '\bob_[a-z0-9_]+\b' "$prefix"/include/offbeat/*.h | sort -u >declared
    [ -s shown ]
    [ -z "$(comm -23 shown declared)" ]
    grep -qx ob_spawn shown
    # A header that forgets its pragma would keep its functions from whoever links with the library.
    nm -g --defined-only "$prefix/lib/liboffbeat.a" | awk 'NF == 3 { print $3 }' | sort -u >defined
    [ -z "$(comm -12 defined declared | comm -23 - shown)" ]
    grep -qx ob_regression_check shown
    [ "$(grep -cx ob_world_run shown)" -eq 0 ]
    readelf -d "$prefix/lib/liboffbeat.so" | grep -q 'SONAME.*liboffbeat.so.0.1'
    [ -e "$prefix/lib/liboffbeat.so.0.1" ]
    cd "$prefix"
    [ -z "$(grep -rlF "$OFFBEAT_SOURCE_DIR" lib/cmake lib/pkgconfig libexec)" ]
}

@test "install: the command knows its scripts, its manual and its completion" {
    run "$installed" fuzz --help
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == "Usage: offbeat fuzz "* ]]
    fails_with 'did you mean fuzz?' -- "$installed" fuz
    fails_with 'project()' -- env -C / "$installed" fuzz
    for command in $("$installed" --help | sed -nE 's/^  ([a-z]+) +[A-Z].*/\1/p'); do
        [ -s "$prefix/share/man/man1/offbeat-$command.1" ]
        grep -qw "$command)" "$prefix/share/bash-completion/completions/offbeat"
    done
    [ -s "$prefix/share/man/man1/offbeat.1" ]
    bash -n "$prefix/share/bash-completion/completions/offbeat"
    # shellcheck disable=SC1091
    source "$prefix/share/bash-completion/completions/offbeat"
    COMP_WORDS=("$installed" explore --str)
    COMP_CWORD=2
    _offbeat
    [ "${COMPREPLY[*]}" = --strategy ]
}

@test "install: doctor says what is there, and how to mend what is not" {
    run "$installed" doctor build
    [ "$status" -eq 0 ]
    [[ "$output" == *"ok       build"* ]]
    [[ "$output" != *$'\033'* ]]
    fails_with 'no purpose nothing' -- "$installed" doctor nothing
    mkdir -p bare
    for tool in bash sh env dirname basename sed grep tr tail head cat sort paste df awk cut id; do
        ln -sf "$(command -v "$tool")" "bare/$tool"
    done
    PATH="$PWD/bare" run "$installed" doctor build
    [ "$status" -eq 1 ]
    [[ "$output" == *"missing  build: "*"apt-get install "*clang* ]]
}

@test "new: arguments, and nothing half-written" {
    fails_with 'Bad Name' -- "$installed" new "Bad Name"
    fails_with rust -- "$installed" new one --lang rust
    fails_with threads -- "$installed" new one --kind threads
    fails_with name -- "$installed" new
    mkdir -p there
    fails_with there -- "$installed" new there
    [ -z "$(ls -d one* there.* 2>/dev/null)" ]
}

# One build of all, as each would compile the harness once more.
@test "new: every kind in every language builds, has its race, and its repair holds" {
    {
        echo 'cmake_minimum_required(VERSION 3.22)'
        echo 'project(all LANGUAGES C CXX)'
        echo 'enable_testing()'
    } >CMakeLists.txt
    for kind in actors tasks program; do
        for lang in c c++; do
            name="${kind}_${lang//+/p}"
            "$installed" new "$name" --kind "$kind" --lang "$lang"
            [ -z "$(grep -rE '@[a-z_]+@|template_' "$name")" ]
            echo "find_package(offbeat REQUIRED)" >>CMakeLists.txt
            echo "add_subdirectory($name)" >>CMakeLists.txt
        done
    done
    cmake -B all -G Ninja -Doffbeat_ROOT="$prefix" -DCMAKE_C_COMPILER=clang \
        -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Release \
        -DOFFBEAT_PROGRAMS_DIR="$PWD/all/bin"
    cmake --build all
    for kind in actors tasks program; do
        for lang in c cpp; do
            name="${kind}_$lang"
            run all/bin/offbeat explore "$name/racy" --runs 3000 --until-violation
            [ "$status" -eq 1 ]
            sed -n '/^offbeat scenario/,$p' <<<"$output" >"$name/regressions/found.txt"
            run all/bin/offbeat run "$name/racy" "$name/regressions/found.txt"
            [ "$status" -eq 1 ]
            run all/bin/offbeat explore "$name/repaired" --runs 300
            [ "$status" -eq 0 ]
        done
    done
    all/bin/offbeat export --c actors_c/racy actors_c/regressions/found.txt \
        -o actors_c/regressions/as_c.c
    # What lies in regressions/ is a test from the next build on.
    cmake --build all
    run ctest --test-dir all
    cat <<<"$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"out of 7"* ]]
    [[ "$output" == *regression.program_cpp.found* ]]
}

@test "project: fuzz finds the race, and names what it does not know" {
    needs_libfuzzer
    make_demo
    mkdir -p below
    run env -C below "$installed" fuzz --no-install
    cat <<<"$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"ASSERTION FAILED: demo/racy/lamp_shows_last_press"* ]]
    [[ "$output" == *"What decides:"* ]]
    [ "$(find crashes -name 'demo-racy-*.txt' | wc -l)" -eq 1 ]
    build/bin/offbeat run demo/repaired crashes/demo-racy-*.txt
    run "$installed" fuzz --no-install demo/repaired --seconds 2
    [ "$status" -eq 0 ]
    run "$installed" fuzz --no-install demoo/racy
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean demo"* ]]
}

@test "project: triage, corpus and campaign" {
    needs_libfuzzer
    make_demo
    mkdir -p corpus
    [ -n "$(ls crashes 2>/dev/null)" ] || skip "nothing was found before"
    run "$installed" triage --no-install -o "$BATS_TEST_TMPDIR/triage"
    cat <<<"$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *lamp_shows_last_press* ]]
    run "$installed" campaign --no-install --executions 20000 --seed 1 --engines libfuzzer --jobs 1 \
        --dir night \
        --update --no-coverage
    cat <<<"$output"
    [ "$status" -eq 1 ]
    grep -q 'lamp_shows_last_press' night/report/index.html
    [ -s corpus/demo.tar.zst ]
    "$installed" corpus list corpus/demo.tar.zst | grep -q .
    run "$installed" campaign --no-install demo/rcay --dir other
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean demo/racy"* ]]
    [ ! -e other ]
}

# change MESSAGE SED-EXPRESSION: a commit to the project, by an edit of its target.
change() {
    sed -i "$2" demo.c
    GIT_AUTHOR_DATE="2026-11-$((++number + 10))T10:00:00+00:00" \
        git -c user.name=Writer -c user.email=writer@example.org commit -qam "$1"
}

# Twelve commits: one does not build, and from the eighth on the lamp shows some presses that come
# late. They are built for bisect without CMake.
write_history() {
    number=0
    cp "$outside/command.c" .
    cat >bisect.mk <<'END'
build/bin/offbeat: demo.c command.c
	mkdir -p build/bin
	$(CC) -O1 $$(pkg-config --cflags offbeat) $^ $$(pkg-config --libs offbeat-command) -o $@
END
    git init -q
    git add demo.c command.c bisect.mk CMakeLists.txt .gitignore
    change "A lamp" '1s/^/\n/'
    change "Tidy" '1d'
    change "The bound of presses" 's/uint32_t presses;/uint32_t presses; \/* at most 2^32 *\//'
    change "Say what the lamp has" 's/^struct lamp {/struct lamp { \/* as it is now *\//'
    change "Half an edit" 's/^static void lamp_receive/static viod lamp_receive/'
    change "The other half" 's/viod/void/'
    change "A summary" 's/a lamp that is switched/a lamp, switched/'
    change "Ignore what is older by more than one" \
        's/args\[0\] < lamp->newest/args[0] + 1 < lamp->newest/'
    change "Say when" 's/\/\* at most/\/* since it was made, at most/'
    change "Say less" 's/ \/\* as it is now \*\///'
    change "Name the radio" 's/switched by radio/switched by a radio/'
    change "An empty line" '1s/^/\n/'
}

@test "project: a night finds the race that a commit brought, and names the commit" {
    needs_libfuzzer
    command -v llvm-cov >/dev/null || skip "llvm-cov is missing"
    make_demo
    cp demo.c "$BATS_TEST_TMPDIR/"
    write_history
    [ "$(git rev-list --count HEAD)" -eq 12 ]
    good="$(git rev-parse HEAD~11)"
    brought="$(git rev-parse HEAD~4)"
    before="$(git status --porcelain -uno && git rev-parse HEAD)"
    run env PKG_CONFIG_PATH="$prefix/lib/pkgconfig" OFFBEAT_BISECT_BUILD="make -f bisect.mk" \
        "$installed" campaign demo/repaired --no-install --executions 200000 --seed 1 \
        --engines libfuzzer --jobs 1 \
        --canary none --dir "$BATS_TEST_TMPDIR/night" --bisect "$good"
    cat <<<"$output"
    cat "$BATS_TEST_TMPDIR/night/log.txt"
    [ "$status" -eq 1 ]
    [[ "$output" == *"BUGS IN VARIANTS THAT SHOULD HOLD"* ]]
    [[ "$output" == \
        *"brought by ${brought:0:10} of 2026-11-18, Writer <writer@example.org>: Ignore what is older"* ]]
    [ "$(git status --porcelain -uno && git rev-parse HEAD)" = "$before" ]
    cd "$BATS_TEST_TMPDIR/night"
    jq -e --arg commit "$brought" '.bugs[0] | .is_new and .bisect.first.commit == $commit' \
        report/campaign.json
    [ "$(jq -r '[.bugs[0].bisect.tried[].outcome] | unique | join(" ")' report/campaign.json)" \
        != "passes" ]
    grep -q 'Ignore what is older by more than one' report/index.html
    grep -q '<svg class="steps"' report/index.html
    # The line that replays it, and one for each thing that was seen.
    replay="$(jq -r '.bugs[0].replay' report/campaign.json)"
    (cd "$projects/demo" && eval "$replay") | grep -q 'lamp_shows_last_press is violated'
    jq -e '.seen["demo/repaired"].seen | map(.name) | contains(["press", "switch"])' \
        report/campaign.json
    replay="$(jq -r '.seen["demo/repaired"].seen[0].replay' report/campaign.json)"
    (cd "$projects/demo" && eval "$replay") | grep -q ': ok '
    jq -e '.coverage.files[0] | .file == "demo.c" and .percent > 50' report/campaign.json
    jq -e '.worth.engines | has("libfuzzer")' report/campaign.json
    for words in 'new' 'first input' 'lines of targets and programs ran'; do
        grep -q "$words" report/report.txt
    done
    cp "$BATS_TEST_TMPDIR/demo.c" "$projects/demo/"
}

@test "project: what goes to OSS-Fuzz builds" {
    needs_libfuzzer
    command -v zip >/dev/null || skip "zip is missing"
    make_demo
    env CC=clang CXX=clang++ CFLAGS="-O1 -fsanitize=address,fuzzer-no-link" \
        CXXFLAGS="-O1 -fsanitize=address,fuzzer-no-link" LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
        SANITIZER=address OUT="$BATS_TEST_TMPDIR/out" WORK="$BATS_TEST_TMPDIR/work" \
        OFFBEAT_CANARY=all "$prefix/libexec/offbeat/scripts/oss-fuzz/build" "$PWD"
    [ -s "$BATS_TEST_TMPDIR/out/fuzz_demo_repaired.dict" ]
    "$BATS_TEST_TMPDIR/out/fuzz_demo_repaired" -runs=200
    run "$BATS_TEST_TMPDIR/out/fuzz_demo_racy" -runs=20000
    [ "$status" -ne 0 ]
    [[ "$output" == *"ASSERTION FAILED: demo/racy/lamp_shows_last_press"* ]]
}

@test "project: lines of the target that an input reaches" {
    needs_libfuzzer
    command -v llvm-cov >/dev/null || skip "llvm-cov is missing"
    make_demo
    printf '%s\n' 'offbeat scenario 1 demo' '+0 press(on=1) to remote' >one.txt
    build/bin/offbeat encode demo one.txt -o one.bin
    env CC=clang CXX=clang++ CFLAGS="-O1 -fprofile-instr-generate -fcoverage-mapping" \
        CXXFLAGS="-O1 -fprofile-instr-generate -fcoverage-mapping" \
        LIB_FUZZING_ENGINE=-fsanitize=fuzzer SANITIZER=coverage OUT="$BATS_TEST_TMPDIR/out" \
        WORK="$BATS_TEST_TMPDIR/work" "$prefix/libexec/offbeat/scripts/oss-fuzz/build" "$PWD"
    cd "$BATS_TEST_TMPDIR"
    LLVM_PROFILE_FILE=raw out/fuzz_demo_repaired -runs=1 "$projects/demo/one.bin"
    llvm-profdata merge raw -o merged
    llvm-cov report out/fuzz_demo_repaired -instr-profile=merged "$projects/demo/demo.c" >report
    grep -q 'demo.c.*%' report
}

@test "pkg-config: a plain Makefile makes the command and a regression test" {
    make_demo
    mkdir -p ../plain
    cp demo.c "$outside"/{command.c,test.c,Makefile} ../plain/
    cd ../plain
    PKG_CONFIG_PATH="$prefix/lib/pkgconfig" make
    version=$(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --modversion offbeat)
    [ "$("$installed" --version)" = "offbeat $version" ]
    run ./offbeat explore demo/racy --runs 2000 --until-violation
    [ "$status" -eq 1 ]
    [[ "$output" == *lamp_shows_last_press* ]]
    ./offbeat explore demo/repaired --runs 500
    LD_LIBRARY_PATH="$prefix/lib" run ./test
    [ "$status" -eq 1 ]
    LD_LIBRARY_PATH="$prefix/lib" ./test repaired
    run ./offbeat lint
    [ "$status" -eq 1 ]
    [[ "$output" == *"demo"*"offbeat_add_target()"* ]]
}

@test "FetchContent: the sources of the tree, by a project that names them" {
    make_demo
    mkdir -p ../fetched
    cp demo.c "$outside/CMakeLists.txt" ../fetched/
    cd ../fetched
    cmake -B build -G Ninja -DOFFBEAT_URL="$OFFBEAT_SOURCE_DIR" \
        -DFETCHCONTENT_SOURCE_DIR_OFFBEAT="$OFFBEAT_SOURCE_DIR" \
        -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release \
        -DCMAKE_RUNTIME_OUTPUT_DIRECTORY="$PWD/build/bin"
    cmake --build build --target offbeat_cli fuzz_demo_racy
    run build/bin/offbeat explore demo/racy --runs 2000 --until-violation
    [ "$status" -eq 1 ]
}

# follows NAME: a tutorial, from an empty folder; every output is compared.
follows() {
    PATH="$prefix/bin:$PATH" run "$OFFBEAT_SOURCE_DIR/tests/documents/run" "$installed" \
        "$OFFBEAT_SOURCE_DIR/docs/tutorials/$1.md"
    cat <<<"$output"
    [ "$status" -eq 0 ]
}

@test "tutorial: a model from a struct and a switch" {
    follows model
}

@test "tutorial: a C program, unchanged" {
    follows program
}

@test "tutorial: a night, and the morning after" {
    needs_libfuzzer
    follows night
}

@test "tutorial: OSS-Fuzz" {
    needs_libfuzzer
    command -v zip >/dev/null || skip "zip is missing"
    follows oss-fuzz
}

@test "package: the .deb has what an installation has" {
    command -v dpkg-shlibdeps >/dev/null || skip "no tools of Debian"
    (cd "$build" && cpack -G DEB -B "$BATS_TEST_TMPDIR" >/dev/null)
    dpkg-deb -c "$BATS_TEST_TMPDIR"/offbeat_*.deb >content
    for path in bin/offbeat lib/liboffbeat.so.0.1 include/offbeat/offbeat.h \
        lib/pkgconfig/offbeat.pc lib/cmake/offbeat/offbeat-config.cmake \
        libexec/offbeat/scripts/fuzz share/man/man1/offbeat-fuzz.1; do
        grep -qE " \./usr/$path( |\$)" content
    done
    dpkg-deb -f "$BATS_TEST_TMPDIR"/offbeat_*.deb Depends | grep -q libarchive
}

@test "uninstall: nothing is left, and what is not ours stays" {
    cmake --install "$build" --prefix "$BATS_TEST_TMPDIR/gone" >/dev/null
    touch "$BATS_TEST_TMPDIR/gone/include/offbeat/mine.h"
    cmake --build "$build" --target uninstall
    cd "$BATS_TEST_TMPDIR"
    [ "$(find gone ! -type d)" = gone/include/offbeat/mine.h ]
    [ ! -e "$BATS_TEST_TMPDIR/gone/libexec/offbeat" ]
}
