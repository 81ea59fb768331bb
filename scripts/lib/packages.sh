# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with the script that sources this
# What the scripts need on a machine, and how they get it. Needs common.sh.

# Purpose (a target's name: what that needs), how to tell that it is there, the package of Debian and Ubuntu that has it. A probe looks
# for the thing itself, so it works wherever that came from.
packages_table() {
    cat <<'END'
build      version:clang:14        clang
build      header:stdlib.h         libc6-dev
build      version:cmake:3.22      cmake
build      command:ninja           ninja-build
build      header:archive.h        libarchive-dev
build      header:zstd.h           libzstd-dev
build      library:boost_context   libboost-context-dev
libfuzzer  links:address,undefined @clang-runtime
libfuzzer  links:fuzzer            @clang-runtime
libfuzzer  command:llvm-symbolizer llvm
afl        command:afl-fuzz        afl++
afl        command:afl-clang-fast  afl++
unit       links:address,undefined @clang-runtime
unit       command:llvm-symbolizer llvm
unit       header:cmocka.h         libcmocka-dev
unit       version:python3:3.11    python3
test       command:bats            bats
test       command:zstd            zstd
test       command:gdb             gdb
test       links:fuzzer            @clang-runtime
test       command:jq              jq
test       header:hiredis/async.h  libhiredis-dev
test       header:event2/event.h   libevent-dev
test       header:ares.h           libc-ares-dev
test       header:uv.h             libuv1-dev
redis_client header:hiredis/async.h libhiredis-dev
redis_client header:event2/event.h libevent-dev
redis_client version:python3:3.11  python3
resolver   header:ares.h           libc-ares-dev
resolver   version:python3:3.11    python3
worker     header:uv.h             libuv1-dev
worker     version:python3:3.11    python3
tidy       command:clang-format-14 clang-format-14
tidy       version:shellcheck:0.9  shellcheck
tidy       version:python3:3.11    python3
tidy       command:mypy            mypy
mistakes   command:clang-tidy-14   clang-tidy-14
gcc        version:gcc:12          gcc
oss-fuzz   command:zip             zip
oss-fuzz   command:unzip           unzip
oss-fuzz   command:llvm-cov        llvm
oss-fuzz   command:objdump         binutils
oss-fuzz   library:nettle          nettle-dev
oss-fuzz   library:z               zlib1g-dev
oss-fuzz   library:lzma            liblzma-dev
oss-fuzz   library:bz2             libbz2-dev
oss-fuzz   library:lz4             liblz4-dev
python     version:python3:3.11    python3
END
}

# probe PROBE: whether it is there.
probe() {
    local kind=${1%%:*} name=${1#*:} have

    case $kind in
    command) command -v "$name" >/dev/null ;;
    version)
        command -v "${name%%:*}" >/dev/null || return 1
        have=$("${name%%:*}" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1)
        [[ $(printf '%s\n' "${name#*:}" "$have" | sort -V | head -n 1) == "${name#*:}" ]]
        ;;
    header) echo "#include <$name>" | clang -E -x c - >/dev/null 2>&1 ;;
    library)
        echo 'int main(void) { return 0; }' | clang -x c - "-l$name" -o /dev/null >/dev/null 2>&1
        ;;
    links) links_with "$name" ;;
    esac
}

links_with() {
    local directory status=0

    directory=$(mktemp -d) || return 1
    if [[ $1 == fuzzer ]]; then
        echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 9 ? -1 : 0; }'
    else
        echo 'int main(void) { return 0; }'
    fi >"$directory/probe.c"
    clang "-fsanitize=$1" "$directory/probe.c" -o "$directory/probe" >/dev/null 2>&1 || status=1
    rm -r "$directory"
    return "$status"
}

# missing_packages PURPOSE...: the packages of what is not there, a line each.
missing_packages() {
    local purpose what package

    while read -r purpose what package; do
        if [[ " $* " == *" $purpose "* ]] && ! probe "$what"; then
            echo "$package"
        fi
    done < <(packages_table) | sort -u
}

# missing_things PURPOSE...: the same for people, in one line.
missing_things() {
    local purpose what package

    while read -r purpose what package; do
        if [[ " $* " == *" $purpose "* ]] && ! probe "$what"; then
            case $what in
            version:*) what="${what#version:}" && echo "${what%%:*} ≥ ${what#*:}" ;;
            links:*) echo "clang's runtime for -fsanitize=${what#*:}" ;;
            *) echo "${what#*:}" ;;
            esac
        fi
    done < <(packages_table) | sort -u | paste -sd ';' | sed 's/;/, /g'
}

# The sanitizers and libFuzzer come in a package that is named after clang's version.
clang_runtime_package() {
    local version

    version=$(clang --version 2>/dev/null | grep -oE '[0-9]+' | head -n 1) || true
    if [[ -z $version ]]; then
        version=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p')
    fi
    if apt-cache show "libclang-rt-$version-dev" >/dev/null 2>&1; then
        echo "libclang-rt-$version-dev"
    else
        echo "libclang-common-$version-dev"
    fi
}

as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo "$@"
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@"
}

# A fresh machine has no lists of packages, and old ones name packages that are gone.
update_lists() {
    if [[ -z $(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -1 2>/dev/null) ]]; then
        step "Updating the lists of packages" "$project/build/logs/apt-update.log" apt_get update ||
            exit "$EXIT_TROUBLE"
    fi
}

# require_packages MAY_INSTALL PURPOSE...: has what the purposes need, or ends the script.
require_packages() {
    local may_install=$1 package missing packages=()
    shift

    missing=$(missing_packages "$@")
    if [[ -z $missing ]]; then
        return
    fi
    if [[ $may_install != yes ]]; then
        fail "missing: $(missing_things "$@") (--no-install forbids to install it)"
    fi
    if ! command -v apt-get >/dev/null; then
        fail "please install: $(missing_things "$@") (only Debian and Ubuntu are known here)"
    fi
    if ((EUID != 0)); then
        command -v sudo >/dev/null ||
            fail "missing: $(missing_things "$@"); installing it takes root or sudo"
        say "Installing packages takes sudo."
        sudo -v || fail "missing: $(missing_things "$@"); sudo was refused"
    fi

    update_lists
    for package in $missing; do
        if [[ $package == @clang-runtime ]]; then
            package=$(clang_runtime_package)
        fi
        packages+=("$package")
    done
    step "Installing packages of this system: ${packages[*]}" "$project/build/logs/apt-install.log" \
        apt_get install -y --no-install-recommends "${packages[@]}" || exit "$EXIT_TROUBLE"
    hash -r

    missing=$(missing_things "$@")
    if [[ -n $missing ]]; then
        fail "still missing after installing ${packages[*]}: $missing"
    fi
}
