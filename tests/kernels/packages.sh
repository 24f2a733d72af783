# Kernels from Debian's archive, unpacked below $cache. Sourced by `run`.

# The Debian suite that has the kernel, and the processor of the kernel.
suite_of() {
    case $1 in
        5.10) echo bullseye amd64 ;;
        6.1) echo bookworm amd64 ;;
        6.12) echo bookworm-backports amd64 ;;
        arm64) echo bookworm arm64 ;;
        *) die "no kernel \`$1\`: 5.10, 6.1, 6.12, arm64 or all" ;;
    esac
}

version() { ls "$cache/$1/root/lib/modules"; }

# The archive that this machine's own apt sources name.
archive() {
    apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(REPO_URI)' |
        awk '$1 == "Packages" && $2 == "Debian" && $3 !~ /security/ && !found {print $3; found = 1}'
}

# Writes an apt configuration with sources and lists of its own, for one suite and processor.
configure_apt() {
    local directory=$1 archive=$2 suite=$3 processor=$4
    local key=/usr/share/keyrings/debian-archive-keyring.gpg
    mkdir -p "$directory"/{lists,archives}/partial "$directory/root"
    echo "deb [signed-by=$key arch=$processor] $archive $suite main" >"$directory/sources.list"
    # An empty status: nothing is installed there.
    : >"$directory/status"
    cat >"$directory/apt.conf" <<END
APT::Architecture "$processor";
APT::Architectures { "$processor"; };
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Dir::Etc::sourcelist "$directory/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$directory/lists";
Dir::State::status "$directory/status";
Dir::Cache "$directory";
END
}

# Downloads and unpacks the kernel, once.
fetch() {
    local kernel=$1 directory=$cache/$1 archive suite processor package
    [ -f "$directory/complete" ] && return
    rm -rf "$directory"
    archive=$(archive)
    [ -n "$archive" ] || unavailable "apt has no source of Debian packages (run apt-get update?)"
    read -r suite processor <<<"$(suite_of "$kernel")"
    configure_apt "$directory" "$archive" "$suite" "$processor"
    (
        export APT_CONFIG=$directory/apt.conf
        apt-get update -qq || unavailable "the lists of $archive can't be downloaded"
        package=$(apt-cache depends "linux-image-$processor" |
            sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
        [ -n "$package" ] || unavailable "$archive has no linux-image-$processor in $suite"
        cd "$directory"
        apt-get download -qq "$package" || unavailable "$package can't be downloaded"
        [ "$processor" = amd64 ] || fetch_root "$directory"
    ) || exit $?
    for package in "$directory"/*.deb "$directory"/archives/*.deb; do
        [ ! -f "$package" ] || dpkg-deb -x "$package" "$directory/root"
    done
    depmod -b "$directory/root" "$(version "$kernel")"
    rm -rf "$directory"/{lists,archives} "$directory"/*.deb "$directory"/*.bin
    touch "$directory/complete"
}

# Lays out a kernel of the user as `fetch` does. The image's header has the offset of its version.
take() {
    local image=${images[$1]} root=$cache/$1/root offset version
    offset=$(od -An -t u2 -j 526 -N 2 "$image")
    version=$(dd if="$image" bs=1 skip=$((offset + 512)) count=64 status=none | tr '\0' ' ' | cut -d ' ' -f 1)
    [[ $version =~ ^[0-9]+\.[0-9] ]] || die "$image is no x86-64 kernel"
    rm -rf "${cache:?}/$1"
    mkdir -p "$root/boot" "$root/lib/modules/$version"
    cp "$image" "$root/boot/vmlinuz-$version"
}

# Another processor's guest can't use this machine's programs: downloads what the suites run.
fetch_root() {
    local packages=(base-files busybox-static coreutils dash grep hostname iproute2 kmod libc-bin
        mawk mount procps sed uidmap util-linux)
    apt-get install -y -qq --download-only "${packages[@]}" >/dev/null ||
        unavailable "the programs of the guest can't be downloaded"
    mkdir -p "$1"/root/{dev,proc,sys,tmp,run,etc,usr/bin,mnt,srv,opt,home,root,var/tmp}
    # The packages are unpacked and not configured.
    ln -sf mawk "$1/root/usr/bin/awk"
    printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/nonexistent:/bin/sh \
        >"$1/root/etc/passwd"
    printf '%s\n' root:x:0: nogroup:x:65534: >"$1/root/etc/group"
    echo 127.0.0.1 localhost >"$1/root/etc/hosts"
    for file in subuid subgid; do echo nobody:100000:65536 >"$1/root/etc/$file"; done
}

# A parser that knows the rule `userns`: AppArmor 4. It runs by the C library of its own release.
fetch_apparmor() {
    local directory=$cache/apparmor archive package libraries
    [ -f "$directory/complete" ] && return
    rm -rf "$directory"
    archive=$(archive)
    configure_apt "$directory" "$archive" trixie amd64
    APT_CONFIG=$directory/apt.conf apt-get update -qq &&
        APT_CONFIG=$directory/apt.conf apt-get install -y -qq --download-only apparmor >/dev/null ||
        unavailable "AppArmor 4 can't be downloaded"
    for package in "$directory"/archives/*.deb; do dpkg-deb -x "$package" "$directory/root"; done
    libraries=$directory/root/usr/lib/x86_64-linux-gnu
    printf '#!/bin/sh\nexec %s --library-path %s %s --base %s "$@"\n' "$libraries/ld-linux-x86-64.so.2" \
        "$libraries" "$directory/root/usr/sbin/apparmor_parser" "$directory/root/etc/apparmor.d" \
        >"$directory/apparmor_parser"
    chmod 755 "$directory/apparmor_parser"
    rm -rf "$directory"/{lists,archives} "$directory"/*.bin
    touch "$directory/complete"
}
