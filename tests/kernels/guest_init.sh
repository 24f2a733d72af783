#!/bin/busybox sh
# The guest's first program: mounts the host's root over 9p, read-only, and switches to it.
busybox() { /bin/busybox "$@"; }
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs dev /dev
while read -r module; do
    # A module may be built into this kernel.
    busybox insmod "/modules/$module" 2>/dev/null
done </modules/order
for word in $(busybox cat /proc/cmdline); do
    case $word in guest=* | environment=*) export "$word" ;; esac
done
busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose root /new ||
    busybox poweroff -f
for directory in proc sys dev; do busybox mount --move "/$directory" "/new/$directory"; done
exec /bin/busybox switch_root /new /bin/sh "$guest"
