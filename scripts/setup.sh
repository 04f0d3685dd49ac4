#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is needed on Debian 12, as root. What is there already is left alone, so it can be
# run again at any time.
#
#	scripts/setup.sh [build] [demo] [test]      (all three)
#
#	build  compilers and libraries to build ksc and the loaders that it makes
#	demo   what scripts/demo.sh uses: namespaces, ping, netcat, bpftool
#	test   what the tests use beyond that: clang, clang-format, QEMU
#
# Exit status: 0, or 3 with the reason.

packages_build="gcc g++ libc6-dev binutils make cmake ninja-build bison flex llvm-19-dev libbpf-dev
	libelf-dev zlib1g-dev libzstd-dev libxml2-dev libncurses-dev"
packages_demo="iproute2 iputils-ping netcat-openbsd bpftool procps util-linux"
packages_test="clang-19 libclang-rt-19-dev clang-format time qemu-system-x86 busybox-static cpio
	xz-utils zstd lz4 kmod locales python3 python3-dev"

# The packages of the list that are not installed.
missing_packages() {
	local package
	for package in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || printf '%s\n' "$package"
	done
}

setup() {
	local group packages= missing
	[ $# -gt 0 ] || set -- build demo test
	for group in "$@"; do
		case $group in
		build) packages+=" $packages_build" ;;
		demo) packages+=" $packages_demo" ;;
		test) packages+=" $packages_test" ;;
		*)
			echo "usage: scripts/setup.sh [build] [demo] [test]" >&2
			return 2
			;;
		esac
	done
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		echo "setup.sh: this is no Debian; install the equivalents of:" $packages >&2
		return 3
	fi
	missing=$(missing_packages $packages)
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		echo "setup.sh: as root, run: apt-get install" $missing >&2
		return 3
	fi
	echo "setup.sh: installing" $missing
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq &&
		apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
		echo "setup.sh: apt-get failed" >&2
		return 3
	}
}

# Sourced, it only defines the functions.
[ "${BASH_SOURCE[0]}" != "$0" ] || setup "$@"
