# The virtual machine: QEMU without KVM. Sourced by `run`.

# An initramfs with busybox and the modules that the root needs. Its init switches to that root.
initramfs() {
    local kernel=$1 tree=$cache/$1/initramfs busybox module file name
    case $kernel in
        arm64) busybox=$cache/arm64/root/bin/busybox ;;
        *) busybox=$(command -v busybox) ;;
    esac
    rm -rf "$tree"
    mkdir -p "$tree"/{bin,dev,proc,sys,new,modules}
    cp "$busybox" "$tree/bin/busybox"
    : >"$tree/modules/order"
    [ -n "${images[$kernel]:-}" ] || for module in virtio_pci 9pnet_virtio 9p; do
        modprobe -d "$cache/$kernel/root" -S "$(version "$kernel")" --show-depends "$module" |
            awk '$1 == "insmod" {print $2}'
    done | awk '!seen[$0]++' | while read -r file; do
        name=$(basename "${file%.xz}")
        case $file in
            *.xz) xz -dc "$file" >"$tree/modules/$name" ;;
            *) cp "$file" "$tree/modules/$name" ;;
        esac
        echo "$name" >>"$tree/modules/order"
    done
    cp "$here/guest_init.sh" "$tree/init"
    chmod 755 "$tree/init"
    (cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) >"$cache/$kernel/initramfs.gz"
}

# The values that the guest needs: guest_suites.sh reads this file.
write_environment() {
    local kernel=$1 modules=$cache/$1/root bin=$cache/bin names=${suites[*]}
    local temporary="$target/tmp $target/ns-test $cache/crates/target/tmp"
    # It unloads modules.
    [ -z "${images[$kernel]:-}" ] || names=${names/kernels/}
    if [ "$kernel" = arm64 ]; then
        modules=/ bin=/suites names=${arm64_suites[*]}
        temporary="$target/$arm64_triple/tmp $target/$arm64_triple/ns-test"
    fi
    cat <<END
kernel=$kernel
workspace=$workspace
temporary="$temporary"
modules=$modules
bin=$bin
built=$cache/built
parser=$cache/apparmor/apparmor_parser
suites="$names"
filter="${NS_TEST_SUITE_KERNEL_FILTER:-}"
bless=$bless
END
}

# Shares a directory with the guest: share TAG DIRECTORY [OPTIONS].
share() { machine+=(-virtfs "local,path=$2,mount_tag=$1,security_model=none${3:+,$3}"); }

boot() {
    local kernel=$1 directory=$cache/$1 machine=() console=ttyS0 guest=$here/guest_suites.sh environment
    environment=$directory/environment
    write_environment "$kernel" >"$environment"
    if [ "$kernel" = arm64 ]; then
        cp "$environment" "$guest" "$directory/root"
        console=ttyAMA0 guest=/guest_suites.sh environment=/environment
        machine=(qemu-system-aarch64 -machine virt -cpu cortex-a57)
        share root "$directory/root" readonly=on
        share workspace "$workspace" readonly=on
    else
        machine=(qemu-system-x86_64 -machine q35 -cpu max)
        share root / readonly=on,multidevs=remap
    fi
    # Golden files are written where the workspace has them.
    [ -z "$bless" ] || share bless "$here"
    # With a thread per processor, QEMU may execute a breakpoint that the kernel has taken back while
    # it patched its own code: "Oops: int3" in __netif_receive_skb_core ended Linux 6.12.
    timeout "$limit" "${machine[@]}" -accel tcg,thread=single -smp 2 -m 3G \
        -nodefaults -no-reboot -display none -serial stdio \
        -kernel "$directory/root/boot/vmlinuz-$(version "$kernel")" \
        -initrd "$directory/initramfs.gz" \
        -append "console=$console quiet loglevel=1 panic=-1 mitigations=off guest=$guest environment=$environment" \
        </dev/null 2>&1 | sed -u 's/\r//g' >"$directory/output" || true
}
