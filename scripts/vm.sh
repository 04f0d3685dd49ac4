#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs a folder's run.sh inside a virtual machine with one of the kernels of scripts/kernels.sh.
#
#	scripts/vm.sh SERIES FOLDER
#
# The folder appears as /job; the output of /job/run.sh is printed here and its exit status (0 to
# 120) becomes ours. 124: timed out twice; 125: the machine died, the console's end is shown.
# QEMU emulates the processor (TCG): no KVM is needed, a boot takes about 3 s.
#	VM_TIMEOUT  seconds for one boot (120)     VM_BIN   programs to copy with their libraries
#	VM_MODULES  kernel modules to insert (veth sch_ingress cls_bpf)
#	VM_LIBS_OF  programs in the folder whose libraries are copied
#	VM_MEM      MiB (768)                      VM_CPUS  (2)
#	KSC_KERNEL_DIR  the folder of a kernel, instead of SERIES in the cache
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
cache=${KSC_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ksc}/kernels
tools=${KSC_BUILD_DIR:-$here/build}/tests

[ $# = 2 ] || {
	echo "usage: vm.sh SERIES FOLDER" >&2
	exit 2
}
kernel=${KSC_KERNEL_DIR:-$cache/$1} job=$2
for file in "$kernel/vmlinux" "$tools/vmexit" "$job/run.sh"; do
	[ -e "$file" ] || {
		echo "vm.sh: $file is missing" >&2
		exit 3
	}
done
for tool in qemu-system-x86_64 busybox cpio xz; do
	command -v $tool >/dev/null || {
		echo "vm.sh: $tool is not installed" >&2
		exit 3
	}
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

# copy_libraries PROGRAM: what it is linked to
copy_libraries() {
	local lib
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r lib; do
		mkdir -p "$root$(dirname "$lib")"
		cp -Ln "$lib" "$root$lib"
	done
}

copy_program() {
	local path
	path=$(command -v "$1") || return 0
	cp -L "$path" "$root/bin/"
	copy_libraries "$path"
}

# copy_module NAME: after the modules that it depends on; a number keeps the order
count=100
copy_module() {
	local file name deps=$kernel/modules/$(cat "$kernel/release")/modules.dep
	for file in $(sed -n "s|^\(.*/$1\.ko[.a-z]*\):\(.*\)|\2 \1|p" "$deps" | tr ' ' '\n' |
		awk 'NF { line[n++] = $0 } END { for (i = n - 2; i >= 0; i--) print line[i]
			if (n) print line[n - 1] }'); do
		name=$(basename "${file%%.ko*}").ko
		ls "$root/modules" | grep -q -- "-$name\$" && continue
		count=$((count + 1))
		case $file in
		*.xz) xz -dc "${deps%/*}/$file" >"$root/modules/$count-$name" ;;
		*) cp "${deps%/*}/$file" "$root/modules/$count-$name" ;;
		esac
	done
}

mkdir -p "$root"/{bin,proc,sys,dev,tmp,etc,modules,job,run}
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $(busybox --list); do
	[ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
done
cp "$tools/vmexit" "$root/bin/"
for program in ${VM_BIN-bash ip tc bpftool timeout}; do
	rm -f "$root/bin/$(basename "$program")"
	copy_program "$program"
done
# busybox's shell prefers its own small ip and ping to the real ones.
[ ! -e "$root/bin/bash" ] || ln -sf bash "$root/bin/sh"
for module in virtio_pci virtio_console ${VM_MODULES-veth sch_ingress cls_bpf}; do
	copy_module "$module"
done
cp -rL "$job/." "$root/job/"
for program in ${VM_LIBS_OF-}; do copy_libraries "$program"; done
cat >"$root/init" <<'INIT'
#!/bin/busybox sh
export PATH=/bin HOME=/ TMPDIR=/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t bpf bpf /sys/fs/bpf
mount -t tracefs t /sys/kernel/tracing
mount -t cgroup2 cg /sys/fs/cgroup
/bin/ip link set lo up
for module in /modules/*.ko; do [ -e "$module" ] && insmod "$module"; done
cd /job
sh ./run.sh >/tmp/out 2>&1 </dev/null
status=$?
cat /tmp/out >/dev/vport0p1
vmexit $((status + 1))
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet -R 0:0) | gzip -1 >"$work/initrd"

boot() {
	local status=0
	timeout "${VM_TIMEOUT:-120}" qemu-system-x86_64 -accel tcg -cpu max -m "${VM_MEM:-768}" \
		-smp "${VM_CPUS:-2}" -nodefaults -no-reboot -display none \
		-kernel "$kernel/vmlinux" -initrd "$work/initrd" \
		-append "console=ttyS0 panic=-1 quiet mitigations=off" \
		-serial "file:$work/console" -device isa-debug-exit,iobase=0x501,iosize=1 \
		-device virtio-serial-pci,ioeventfd=off \
		-chardev "file,id=o,path=$work/out" -device virtserialport,chardev=o,name=out,nr=1 \
		</dev/null || status=$?
	return $status
}

status=0
boot || status=$?
if [ $status = 124 ]; then
	echo "vm.sh: timed out, trying once more" >&2
	status=0
	boot || status=$?
fi
last=$(sed -n 's/^vmexit \([0-9]*\)$/\1/p' "$work/out" | tail -1)
sed '/^vmexit [0-9]*$/d' "$work/out"
[ $status = 124 ] && exit 124
[ $status = 0 ] && [ -n "$last" ] && exit $((last - 1))
[ $((status & 1)) = 1 ] && [ $status -ge 3 ] && exit $(((status >> 1) - 1))
echo "vm.sh: the machine died (qemu's status $status); the console's end:" >&2
tail -30 "$work/console" >&2
exit 125
