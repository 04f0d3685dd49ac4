#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Fetches Debian's 6.12 and 6.1 kernels for tests in a virtual machine: packages are downloaded and
# unpacked into a cache folder, nothing is installed. Prints the folder of each kernel.
#
#	scripts/kernels.sh [6.12] [6.1] [pahole]
#
# In a kernel's folder: vmlinuz, vmlinux (uncompressed, for qemu), btf (raw), release (uname -r),
# modules/ (the whole tree below lib/modules), headers/ and kdir, the folder in it that modules
# are built against (ksc build --kdir=.../kdir).
#	scripts/kernels.sh --fixtures 6.12 ...  also renews tests/fixtures/kernel-VERSION.btf
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
cache=${KSC_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ksc}/kernels
tools=${KSC_BUILD_DIR:-$here/build}/tests

say() { printf '%s\n' "$*" >&2; }
die() {
	say "kernels.sh: $*"
	exit 3
}

# The newest package of a kernel series: linux-image-6.12.117+deb12-cloud-amd64
newest() {
	apt-cache search --names-only "^linux-image-${1//./\\.}\\.[0-9][^ ]*-cloud-amd64\$" |
		cut -d' ' -f1 | sort -V | tail -1
}

decompress() {
	case $(od -An -tx1 -N4 "$1" | tr -d ' ') in
	28b52ffd) zstd -dcq "$1" 2>/dev/null || true ;;
	02214c18) lz4 -dcq "$1" 2>/dev/null || true ;;
	fd377a58) xz -dcq --single-stream "$1" || true ;;
	1f8b*) gzip -dcq "$1" || true ;;
	*) die "$1: unknown compression" ;;
	esac
}

fetch() {
	local series=$1 dir=$cache/$1 image release
	image=$(newest "$series")
	[ -n "$image" ] || die "no package of a $series cloud kernel is known; run apt-get update" \
		"(Debian 12 has 6.12 in bookworm-security)"
	release=${image#linux-image-}
	if [ -f "$dir/release" ] && [ "$(cat "$dir/release")" = "$release" ]; then
		return
	fi
	say "fetching $image and its headers"
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/fetch.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	(
		cd "$work"
		common=linux-headers-${release%-amd64}
		common=${common%-cloud}-common
		[ "$series" = 6.1 ] && common=linux-headers-${release%-cloud-amd64}-common
		kbuild=$(apt-cache depends "linux-headers-$release" |
			sed -n 's/.*Depends: \(linux-kbuild-.*\)/\1/p')
		apt-get -o APT::Sandbox::User=root download -qq "$image" \
			"linux-headers-$release" "$common" "$kbuild" >&2
		mkdir tree out
		for deb in *.deb; do dpkg-deb -x "$deb" tree; done
	) || die "cannot fetch the packages of $release"
	mv "$work/tree/boot/vmlinuz-$release" "$work/out/vmlinuz"
	mv "$work/tree/boot/config-$release" "$work/out/config"
	depmod -b "$work/tree" "$release"
	mv "$work/tree/lib/modules" "$work/out/modules"
	mv "$work/tree/usr" "$work/out/headers"
	"$tools/kernel_payload" "$work/out/vmlinuz" >"$work/payload"
	decompress "$work/payload" >"$work/out/vmlinux"
	objcopy --dump-section .BTF="$work/out/btf" "$work/out/vmlinux" /dev/null
	[ -s "$work/out/btf" ] || die "$release has no BTF"
	printf '%s\n' "$release" >"$work/out/release"
	rm -rf "$dir"
	mv "$work/out" "$dir"
	rm -rf "$work"
	trap - EXIT
}

# pahole, for those who build a module with the kernel's own tools: not installed either.
pahole_fetch() {
	local dir=$cache/pahole
	if [ ! -x "$dir/usr/bin/pahole" ]; then
		mkdir -p "$cache"
		work=$(mktemp -d "$cache/fetch.XXXXXX")
		trap 'rm -rf "$work"' EXIT
		(
			cd "$work"
			apt-get -o APT::Sandbox::User=root download -qq pahole >&2
			dpkg-deb -x pahole_*.deb out
		) || die "cannot fetch pahole"
		rm -rf "$dir"
		mv "$work/out" "$dir"
		rm -rf "$work"
		trap - EXIT
	fi
	printf '%s\n' "$dir"
}

# The unpacked headers name each other by where they would be installed.
kdir_make() {
	local dir=$cache/$1 release tree
	release=$(cat "$dir/release")
	tree=$dir/headers/src/linux-headers-$release
	[ -e "$tree" ] || die "$release has no headers"
	sed -i 's|^include /usr/src/|include ../|' "$tree/Makefile"
	ln -sfn "headers/src/linux-headers-$release" "$dir/kdir"
}

fixtures= work=
if [ "${1-}" = --fixtures ]; then
	fixtures=1
	shift
fi
[ $# -gt 0 ] || set -- 6.12 6.1
for tool in kernel_payload btf_excerpt; do
	[ -x "$tools/$tool" ] || die "build first: $tools/$tool is missing"
done
for series in "$@"; do
	if [ "$series" = pahole ]; then
		pahole_fetch
		continue
	fi
	fetch "$series"
	kdir_make "$series"
	[ -z "$fixtures" ] || "$tools/btf_excerpt" "$cache/$series/btf" \
		"$here/tests/fixtures/kernel.list" "$here/tests/fixtures/kernel-$series.btf"
	printf '%s\n' "$cache/$series"
done
