# The suites, and the crates that they would otherwise build with cargo. Sourced by `run`.

# Builds the suites, and links each to a fixed name in $cache/bin.
build() {
    local arguments=() suite
    for suite in "${suites[@]}"; do arguments+=(--test "$suite"); done
    mkdir -p "$cache/bin"
    (cd "$workspace" && CARGO_TARGET_DIR=$target cargo test --package ns-test-suite --locked --no-run \
        --message-format=json "${arguments[@]}") | executables |
        while read -r suite _ file; do ln -sf "$file" "$cache/bin/$suite"; done
    for suite in "${suites[@]}"; do
        [ -x "$cache/bin/$suite" ] || die "cargo built no suite \`$suite\`"
    done
    for suite in "${suites[@]}"; do
        case $suite in
            libtest) build_crate integration/libtest/mixed ;;
            environments) build_crate host/environments/place ;;
            verdicts)
                build_crate output/verdicts/judged
                RUSTFLAGS="-C panic=abort" build_crate output/verdicts/judged \
                    --test without_libtest --target "$(host_triple)"
                ;;
        esac
    done
}

host_triple() { rustc -vV | sed -n 's/^host: //p'; }

# Reads cargo's messages: prints the name, source and executable of each test target.
executables() {
    sed -n 's/.*"kind":\["\(test\|lib\)"\].*"name":"\([^"]*\)","src_path":"\([^"]*\)".*"executable":"\([^"]*\)".*/\2 \3 \4/p'
}

# Builds a crate of a suite, as tests/src/outer.rs does, and links its binaries below $cache/built
# by the paths of their sources. With RUSTFLAGS they get a directory of their own.
build_crate() {
    local source=$workspace/tests/$1 name file executable crate built
    shift
    name=$(basename "$source")
    crate=$cache/crates/$name built=$cache/built/$name${RUSTFLAGS:+-with-flags}
    mkdir -p "$crate"
    cp -rp "$source/." "$crate"
    sed -i "s|WORKSPACE|$workspace|" "$crate/Cargo.toml"
    [ -f "$crate/Cargo.lock" ] || cp "$workspace/Cargo.lock" "$crate"
    (cd "$crate" && CARGO_TARGET_DIR=$cache/crates/target cargo test --offline --no-run \
        --message-format=json "$@") | executables |
        while read -r _ file executable; do
            file=$built/${file#"$crate/"}
            mkdir -p "$(dirname "$file")"
            ln -sf "$executable" "$file"
        done
}

# Builds the suites for AArch64: static programs by musl and the linker that rustc has.
build_arm64() {
    local triple=$arm64_triple arguments=() suite programs=$cache/arm64/root/suites
    rustc --print target-libdir --target "$triple" | xargs test -d ||
        rustup target add "$triple" || unavailable "std for $triple can't be had"
    for suite in "${arm64_suites[@]}"; do arguments+=(--test "$suite"); done
    mkdir -p "$programs"
    (cd "$workspace" && CARGO_TARGET_DIR=$target \
        CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld cargo test --package ns-test-suite \
        --locked --no-run --target "$triple" --message-format=json "${arguments[@]}") | executables |
        while read -r suite _ file; do cp "$file" "$programs/$suite"; done
    for suite in "${arm64_suites[@]}"; do
        [ -x "$programs/$suite" ] || die "cargo built no suite \`$suite\` for $triple"
    done
    # The guest mounts the workspace there, and a tmpfs for what the suites write.
    mkdir -p "$cache/arm64/root$workspace" "$cache/arm64/root$target/$triple"/{tmp,ns-test}
}
