# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with the script that sources this
# Configuring and building presets. Needs common.sh, and a project.

# build_preset PRESET [TARGET]...: below build/PRESET of the project; without targets, everything.
build_preset() {
    local preset=$1
    local log=$project/build/logs/$preset warnings_are_errors=OFF
    local build=$project/build/$preset
    shift

    # For CI and for developers, who use the presets directly, a warning is an error. Others come
    # with compilers that nobody has tried yet, and a new warning should not stop them.
    if [[ -n ${CI:-} ]]; then
        warnings_are_errors=ON
    fi

    cd "$project" || exit "$EXIT_TROUBLE"
    step "Configuring $preset" "$log-configure.log" cmake -S "$project" -B "$build" -G Ninja \
        -DOFFBEAT_PRESET="$preset" -C "$root/harness/cmake/OffbeatPreset.cmake" \
        -DOFFBEAT_WERROR="$warnings_are_errors" || exit "$EXIT_TROUBLE"
    if (($# > 0)); then
        step "Building $preset: $*" "$log-build.log" \
            cmake --build "$build" --target "$@" || exit "$EXIT_TROUBLE"
    else
        step "Building $preset" "$log-build.log" cmake --build "$build" || exit "$EXIT_TROUBLE"
    fi
}
