#!/bin/sh
# Runs in the guest as PID 1, on the host's read-only root. It makes the guest look like an
# installed machine, runs the suites as an ordinary user and as root, and powers off.
. "$environment"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t mqueue mqueue /dev/mqueue
ln -s /proc/self/fd /dev/fd
if [ "$kernel" = arm64 ]; then
    # Its root is not the host's.
    mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose workspace "$workspace" ||
        echo "the workspace can't be mounted"
fi
for directory in /tmp $temporary; do mount -t tmpfs -o mode=1777 tmpfs "$directory"; done
mount -t tmpfs -o mode=755 tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo "+memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
# The kernel loads modules with this program. They are not below the host's /lib/modules.
printf '#!/bin/sh\nexec /sbin/modprobe -d %s "$@"\n' "$modules" >/run/modprobe
chmod 755 /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
# Unlike other modules, nothing loads it on first use: its device appears with it.
/run/modprobe fuse 2>/dev/null
hostname guest
ip link set lo up

cd "$workspace/tests" || exit 1
export CARGO_MANIFEST_DIR=$workspace/tests NS_TEST_SUITE_KERNEL=$kernel NS_TEST_SUITE_BUILT=$built \
    NS_TEST_SUITE_APPARMOR=$parser NS_TEST_SUITE_NETWORKS=60
if [ -n "$bless" ]; then
    mount -t 9p -o trans=virtio,version=9p2000.L bless "$workspace/tests/kernels" || exit 1
fi
as_user="setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all"
for suite in $suites; do
    # `refusals` becomes an ordinary user itself, `kernels` changes the machine, and `fence` checks
    # the limits of root.
    case $suite in refusals | kernels | fence) users=root ;; *) users="user root" ;; esac
    # Its golden files list time namespaces, which Linux has since 5.6.
    case $suite,$(uname -r) in refusals,5.[0-5].*) continue ;; esac
    for user in $users; do
        [ "$user" = user ] && run=$as_user || run=
        echo "== suite $user $suite"
        # A user may not overwrite another user's files there.
        for directory in /tmp $temporary; do rm -rf "$directory"/* "$directory"/.[!.]*; done
        if [ -n "$bless" ] && [ "$suite" = kernels ]; then export NS_TEST_BLESS=1; else unset NS_TEST_BLESS; fi
        # Tests that this kernel refuses are skipped, with the reason. expected/ lists them.
        case $suite in
            inside | runtime_built) export NS_TEST_REFUSED=skip ;;
            *) unset NS_TEST_REFUSED ;;
        esac
        # docs/kernels.md lists the omitted tests: nextest runs cargo, and the tests that repeat or
        # load the machine take half an hour on an emulated processor.
        case $suite in
            libtest) skip="--skip nextest" ;;
            verdicts) skip="--skip verdicts_stay" ;;
            leftovers) skip="--skip thousand --skip memory_and_descriptors --skip small_limits" ;;
            *) skip= ;;
        esac
        # The suites end by themselves if a check hangs: after half an hour.
        timeout 2400 $run "$bin/$suite" --color=never $skip $filter </dev/null 2>&1
        echo "== end $? after $(cut -d. -f1 /proc/uptime) s"
    done
done
echo "== all suites ended"
echo o >/proc/sysrq-trigger
sleep 10
