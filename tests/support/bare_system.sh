# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with the script that sources this
# A bare Debian 12 in a folder, for scripts that show what works there. Who sources this has set
# `root`; it takes root, debootstrap and a mirror.
#
#   system     its folder, once begin_system() was called
#   keep       not empty: leave it there afterwards

keep=
system=
mirror=
base=

say() {
    printf '%s\n' "== $*"
}

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 2
}

print_help() {
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
    exit 0
}

# Mounts go first: what is removed below them would be the host's.
clean_up() {
    local place

    for place in dev/pts dev proc; do
        if mountpoint -q "$system/$place"; then
            umount -l "$system/$place" || return
        fi
    done
    if [[ -z $keep ]]; then
        rm -rf --one-file-system "$system"
    else
        say "kept: $system"
    fi
}

# begin_system PACKAGES: makes it in `system`, or in a new folder, with these packages besides.
begin_system() {
    ((EUID == 0)) || fail "making a system takes root"
    if [[ -n $system ]]; then
        [[ ! -e $system ]] || fail "$system is there already"
        mkdir -p "$system"
    else
        system=$(mktemp -d "${TMPDIR:-/var/tmp}/bare-debian.XXXXXX")
    fi
    system=$(cd "$system" && pwd)
    trap clean_up EXIT
    say "making a bare Debian 12 in $system"
    if [[ -n $base ]]; then
        tar -C "$system" -xf "$base"
    else
        command -v debootstrap >/dev/null || fail "please install debootstrap"
        debootstrap --variant=minbase ${1:+--include="$1"} bookworm "$system" \
            ${mirror:+"$mirror"} >"$system.log" 2>&1 ||
            fail "debootstrap failed; it said: $(tail -n 5 "$system.log")"
        rm -f "$system.log"
    fi
    # What debootstrap has left of the lists is not there in images of a system either.
    rm -rf "$system"/var/lib/apt/lists/* "$system"/var/cache/apt/archives/*.deb
    mount -t proc proc "$system/proc"
    mount --bind /dev "$system/dev"
    if [[ -d /dev/pts ]]; then
        mount --bind /dev/pts "$system/dev/pts"
    fi
    cp /etc/resolv.conf /etc/hosts "$system/etc/" 2>/dev/null || true
}

# inside USER COMMAND...: runs it there with an environment that has nothing of this one's.
inside() {
    local user=$1 home=/root
    shift

    [[ $user == root ]] || home=/home/$user
    chroot --userspec="$user:$user" "$system" /usr/bin/env -i HOME="$home" USER="$user" \
        TERM=dumb LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${http_proxy:+http_proxy="$http_proxy"} "$@"
}

# expect USER CODE PATTERN COMMAND: runs it in a shell; its exit code must be CODE, and a
# line that it prints must match PATTERN. Counts `failures`.
failures=0
expect() {
    local user=$1 code=$2 pattern=$3 started=$SECONDS status=0
    shift 3

    say "$user: $*"
    inside "$user" bash -c "cd && $*" </dev/null 2>&1 | tee "$system/tmp/output.txt" || status=$?
    if ((status != code)); then
        say "exit code $status, $code was expected: $*"
        failures=$((failures + 1))
    elif ! grep -qE -- "$pattern" "$system/tmp/output.txt"; then
        say "exit code $status, but no line matches $pattern: $*"
        failures=$((failures + 1))
    else
        say "as it should be, after $((SECONDS - started)) s, exit code $status: $*"
    fi
}

end_expecting() {
    if ((failures > 0)); then
        say "$failures of the commands did not end as they should"
        exit 1
    fi
    say "all of the commands ended as they should"
}
