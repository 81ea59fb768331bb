# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with the script that sources this
# Configuring and building presets. Needs common.sh.

# build_preset PRESET [TARGET]...: below build/PRESET; without targets, everything.
build_preset() {
    local preset=$1
    local log=$root/build/logs/$preset warnings_are_errors=OFF
    shift

    # For CI and for developers, who use the presets directly, a warning is an error. Others come
    # with compilers that nobody has tried yet, and a new warning should not stop them.
    if [[ -n ${CI:-} ]]; then
        warnings_are_errors=ON
    fi

    cd "$root" || exit "$EXIT_TROUBLE"
    step "Configuring $preset" "$log-configure.log" \
        cmake --preset "$preset" -DOFFBEAT_WERROR="$warnings_are_errors" || exit "$EXIT_TROUBLE"
    if (($# > 0)); then
        step "Building $preset: $*" "$log-build.log" \
            cmake --build --preset "$preset" --target "$@" || exit "$EXIT_TROUBLE"
    else
        step "Building $preset" "$log-build.log" \
            cmake --build --preset "$preset" || exit "$EXIT_TROUBLE"
    fi
}
