#!/usr/bin/env bash
# Usage: prepare.sh packages yes|no PURPOSE...    has the packages; yes: installs what is missing
#        prepare.sh build PRESET TARGET...        builds
#
# What a campaign needs before it begins, by the means of the other scripts.
#
# Exit codes: 0 done, 2 trouble.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# shellcheck source=scripts/lib/common.sh
source "$root/scripts/lib/common.sh"
# shellcheck source=scripts/lib/packages.sh
source "$root/scripts/lib/packages.sh"
# shellcheck source=scripts/lib/build.sh
source "$root/scripts/lib/build.sh"

find_project
case ${1:-} in
packages) require_packages "${@:2}" ;;
build) build_preset "${@:2}" ;;
*) fail "packages or build, not ${1:-nothing}" ;;
esac
