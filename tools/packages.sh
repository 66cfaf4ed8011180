# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The Debian packages that Auspex needs, listed once; read by ./quickstart and ./check.

# PACKAGE or PACKAGE:COMMAND; where the command is there, whichever way it came, the package is not asked for.
# shellcheck disable=SC2034 # used by those who read this file
build_packages=(gcc:cc libc6-dev meson:meson ninja-build:ninja pkg-config:pkg-config libgsl-dev libopenblas-dev libcsv-dev
    libcfitsio-dev libexpat1-dev
    libjansson-dev zlib1g-dev libxxhash-dev libcmocka-dev scdoc:scdoc gnuplot-nox:gnuplot)
# shellcheck disable=SC2034
check_packages=("${build_packages[@]}" libopenmpi-dev openmpi-bin:mpirun valgrind:valgrind clang:clang libclang-rt-14-dev python3-dev python3-venv)

# is_there PACKAGE[:COMMAND]
is_there() {
    case $1 in
    *:*) command -v "${1#*:}" > /dev/null ;;
    *) [[ " $(dpkg-query -W -f '${db:Status-Status} ' "$1" 2> /dev/null)" == *" installed "* ]] ;;
    esac
}

# install_missing PACKAGE[:COMMAND]...: installs those that are not there, through sudo unless we are root.
install_missing() {
    if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
        echo "Not a Debian system: going on with what is installed. On Debian 12 the packages are: ${*%%:*}" >&2
        return 0
    fi
    local package missing=() as_root=()
    for package in "$@"; do
        is_there "$package" || missing+=("${package%%:*}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo > /dev/null; then
            echo "Packages are missing, and there is no sudo to install them. As root, run:" >&2
            echo "    apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    "${as_root[@]}" apt-get -qq update || echo "The package lists could not be refreshed; trying with the old ones." >&2
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -qq -y -o Dpkg::Use-Pty=0 install \
        --no-install-recommends "${missing[@]}" > /dev/null; then
        echo "Installing failed: ${missing[*]}" >&2
        return 1
    fi
}

# configure_build FOLDER OPTION...: configures a build folder below the source root, or brings its options up to date. One
# that was made for another source folder (a copied or moved checkout) cannot be used and is made anew.
configure_build() {
    local folder=$1
    shift
    if [ -f "$folder/build.ninja" ] && grep -qF "\"source\": \"$PWD\"" "$folder/meson-info/meson-info.json" 2> /dev/null; then
        [ $# -eq 0 ] || meson configure "$folder" "$@"
        return
    fi
    if [ -f "$folder/meson-private/coredata.dat" ]; then rm -rf -- "$folder"; fi
    meson setup "$folder" "$@"
}
