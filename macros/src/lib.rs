//! The attribute of ns-test, from its tokens to a test: parse, read, check, expand, or else fall back.

mod bracket;
mod check;
mod expand;
mod fallback;
mod function;
mod literal;
mod mistakes;
mod model;
mod names;
mod parse;
mod read;

use proc_macro2::TokenStream;

use crate::function::Function;
use crate::function::marks::Marks;
use crate::mistakes::Mistakes;

/// Makes a test of a function, and runs it in Linux namespaces of its own.
///
/// ```
/// # use ns_test_macros::ns_test;
/// use std::net::TcpListener;
///
/// #[ns_test(net)]
/// fn port_80_is_free() -> std::io::Result<()> {
///     TcpListener::bind("127.0.0.1:80")?;
///     Ok(())
/// }
/// ```
///
/// # Namespaces
///
/// `#[ns_test]` alone is every namespace but `time`, and so is an attribute with options only. Once
/// a word is written, the test has the namespaces that are written, and what they need: `pid`
/// brings `mount`, each brings `user`. The order never matters. `all` is all eight; a word beside
/// it says more about its namespace.
///
/// ```
/// # use ns_test_macros::ns_test;
/// #[ns_test]
/// fn hermetic() {}
///
/// #[ns_test(mount(tmpfs = "/run"), uts(hostname = "db1"))]
/// fn two_namespaces() {}
///
/// #[ns_test(all, time(uptime = "+1d"))]
/// fn everything_a_day_later() {}
/// ```
///
/// | word | alone | in brackets |
/// |---|---|---|
/// | `user` | the caller is uid 0 and gid 0 | [who the test is](#user) |
/// | `mount` | mounts stay inside, /tmp is empty | [what the file tree holds](#mount) |
/// | `pid` | the test is PID 2 and has its own /proc | `proc = false`: the host's /proc stays |
/// | `net` | nothing but `lo`, which is up | [`lo`, `sysctl`](#net) |
/// | `ipc` | own SysV objects and POSIX queues | |
/// | `uts` | the host's names, safe to change | [`hostname`, `domainname`](#uts) |
/// | `cgroup` | the test's cgroup is the root | |
/// | `time` | clocks as on the host | [offsets](#time) |
///
/// A key is a switch (`keep`), has a value (`uid = 1000`) or takes several (`bind("a", "/b")`).
/// Those marked * may be repeated to have more of them.
///
/// ## `user`
///
/// | key | meaning |
/// |---|---|
/// | `uid = 1000`, `gid = 1000` | the caller's ids inside; 0 when left out |
/// | `keep` | the caller's ids under their own numbers |
/// | `ids = "auto"` | the caller is 0, and from 1 on come its ids of /etc/subuid and /etc/subgid |
/// | `ids = "0:100000:65536"` * | ids from 0 inside are those from 100000 outside, 65536 of them; commas between several |
/// | `become = 1000` | the id that the test runs as, one of `ids`; 0 when left out |
/// | `caps = "none"` | the test starts without capabilities |
/// | `host` | no user namespace: for tests that real root runs |
///
/// `uid` and `gid`, `keep`, `ids`, and `host` exclude each other.
///
/// ## `mount`
///
/// | key | meaning |
/// |---|---|
/// | `tmpfs = "/run"` * | an empty directory in memory |
/// | `tmpfs("/x", size = "16MiB", mode = 0o700)` * | of this size and mode |
/// | `bind("fixtures", "/data")` * | a directory or file at another place; `bind("fixtures", "/data", ro)` is read-only |
/// | `ro = "/usr"` * | the tree there becomes read-only |
/// | `overlay = "/etc"` * | the directory becomes writable, and what is written is thrown away |
/// | `root = "rootfs"` | the directory becomes `/` |
/// | `tmp = "host"` | /tmp stays the host's; `"private"` when left out |
/// | `propagation = "slave"` | what the host mounts later appears inside; `"private"` when left out |
///
/// Where something is mounted is an absolute path without `..`, and each such path stands once.
/// What is mounted, and `root`, may be relative: to the directory of the crate's Cargo.toml. Sizes
/// have a unit of `KiB`, `MiB`, `GiB`, `TiB`, or none for bytes; modes are octal.
///
/// ## `net`
///
/// | key | meaning |
/// |---|---|
/// | `lo = false` | `lo` stays down |
/// | `sysctl("ipv4.ip_forward", 1)` * | a file below /proc/sys/net, and the number, string or bool that is written to it |
///
/// ## `uts`
///
/// | key | meaning |
/// |---|---|
/// | `hostname = "db1"` | letters, digits, `-` and `.`, at most 64 bytes |
/// | `domainname = "lab"` | the same for the NIS domain |
///
/// ## `time`
///
/// | key | meaning |
/// |---|---|
/// | `monotonic = "+1d"` | an offset of `CLOCK_MONOTONIC` |
/// | `boottime = "-90s"` | an offset of `CLOCK_BOOTTIME`, which /proc/uptime shows |
/// | `uptime = "+1d12h"` | both |
///
/// An offset has a sign and units as a timeout has. The kernel has none for the wall clock.
///
/// # Options
///
/// ```
/// # use ns_test_macros::ns_test;
/// #[ns_test(net, timeout = "5s", cwd = "fixtures", env("RUST_LOG", "debug"), limit(memory = "256MiB"))]
/// fn with_options() {}
/// ```
///
/// | option | meaning |
/// |---|---|
/// | `timeout = "5s"` | the test fails and is killed after this time; units are `ms`, `s`, `m`, `h`, `d`, as in `"1m30s"` |
/// | `cwd = "fixtures"` | where the test starts, relative to the directory of the crate's Cargo.toml |
/// | `env("NAME", "value")` * | a variable of the test |
/// | `env(clear)` | no variable but those that the attribute sets |
/// | `env(keep = "PATH")` * | clears too, but keeps this one |
/// | `limit(processes = 64, memory = "256MiB", files = 128, cpu = "10s")` | any of the four |
/// | `leftovers = "fail"` | the test fails when a process of it is left; `"kill"` when left out. It is killed in any case |
/// | `refused = "skip"` | on a machine that refuses a namespace which the test needs it is ignored, with the reason; `"fail"` when left out |
/// | `serial = "database"` | never at the same time as another test with this key, of any binary that the same user runs |
/// | `block_on = smol::block_on` | what runs the future of an `async fn`: any function that takes it and gives its result |
/// | `crate = path::to::ns_test` | where ns-test is found under another name |
///
/// # Beside the attribute
///
/// `#[ignore]`, `#[should_panic]`, `#[cfg]`, doc comments and lints are written as for `#[test]`,
/// and so is the result: any [`Termination`](std::process::Termination). `#[test]` may stand below
/// or be left out. `#[tokio::test]`, `#[rstest]` and other macros called `test` may
/// stand above or below: they go first, and what they make is run.
///
/// ```
/// # use ns_test_macros::ns_test;
/// #[ns_test(net)]
/// #[tokio::test]
/// #[ignore = "needs a minute"]
/// async fn slow() {}
/// ```
///
/// An `async fn` without such a macro names what runs it, and all of it runs in the sandbox:
/// `#[ns_test(net, block_on = smol::block_on)]`.
///
/// The function has no arguments (or `#[rstest]` fills them), no generics, is not `unsafe`,
/// `const`, `extern` or a method.
///
/// Outside of `cfg(test)` nothing is left of it. On other systems than Linux, and under Miri, the
/// test is there and ignored.
///
/// # Errors
///
/// All is checked when the test is compiled, with an error at the word or literal that is wrong.
/// What only the machine can refuse is told when the test runs.
#[proc_macro_attribute]
pub fn ns_test(
    attribute: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    let (attribute, item) = (attribute.into(), TokenStream::from(item));
    let test = test(&attribute, item.clone());
    test.unwrap_or_else(|mistakes| fallback::untouched(item, &mistakes))
        .into()
}

fn test(attribute: &TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mistakes = Mistakes::default();
    let items = mistakes
        .note(parse::parse(attribute.clone()))
        .unwrap_or_default();
    let request = read::read(&items, &mistakes);
    check::check(&request, &mistakes);
    let function: Option<Function> = mistakes.note(syn::parse2(item));
    let marks = function.as_ref().map(|function| {
        function.check(request.block_on.as_ref(), &mistakes);
        Marks::read(function, &mistakes)
    });
    mistakes.into_result()?;
    let test = function
        .zip(marks)
        .map(|(function, marks)| match function.has_driver() {
            true => expand::postpone(attribute, &request, &function),
            false => expand::expand(&request, &function, &marks),
        });
    Ok(test.unwrap_or_default())
}
