//! The attribute of ns-test, from its tokens to a test: parse, read, check, expand, or else fall back.

mod arguments;
mod check;
mod crate_name;
mod editor;
mod expand;
mod fallback;
mod function;
mod grammar;
mod literal;
mod mistakes;
mod model;
mod parse;
mod read;

use proc_macro2::TokenStream;

use crate::function::Function;
use crate::function::test_attributes::TestAttributes;
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
/// `#[ns_test]` alone is every namespace but `time`, and so is an attribute with options only. Once a word is written, the test has the
/// namespaces that are written, and what they need: each brings `user`, `pid` and `ipc` bring `mount`. The order never matters. `all` is all eight; a
/// word beside it says more about its namespace.
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
/// | `user` | the caller is uid 0 and gid 0 | `uid = 1000`, `gid = 1000`, `keep`, `ids = "auto"`, `ids = "0:100000:65536"` *, `become = 1000`, `caps = "none"`, `host`: [who the test is](#user) |
/// | `mount` | mounts stay inside, /tmp is empty | `tmpfs = "/run"` *, `tmpfs("/x", size = "16MiB", mode = 0o700)` *, `bind("fixtures", "/data")` *, `bind("a", "/b", ro)` *, `ro = "/usr"` *, `overlay = "/etc"` *, `root = "rootfs"`, `tmp = "host"`, `propagation = "slave"`: [what the file tree holds](#mount) |
/// | `pid` | the test is PID 2 and has its own /proc | `proc = false`: [the host's /proc stays](#pid) |
/// | `net` | nothing but `lo`, which is up | `lo = false`, `sysctl("ipv4.ip_forward", 1)` *: [settings](#net) |
/// | `ipc` | own SysV objects, POSIX queues, /dev/shm | [no keys](#ipc) |
/// | `uts` | the host's names, safe to change | `hostname = "db1"`, `domainname = "lab"`: [other names](#uts) |
/// | `cgroup` | the test's cgroup is the root | [no keys](#cgroup) |
/// | `time` | clocks as on the host | `monotonic = "-90s"`, `boottime = "+1h"`, `uptime = "+1d12h"`: [offsets](#time) |
///
/// Outside the words stand the [options](#options):
///
/// | option | when left out | meaning |
/// |---|---|---|
/// | `timeout = "5s"` | `NS_TEST_TIMEOUT`, else none | [the test fails after this time](#timeout) |
/// | `cwd = "fixtures"` | the harness's, which is the crate's under cargo | [where the test starts](#cwd) |
/// | `env("NAME", "value")` * | the caller's | [a variable](#env) |
/// | `limit(memory = "256MiB")` | none | [what the test may use](#limit) |
/// | `leftovers = "fail"` | `"kill"` | [whether a process may be left](#leftovers) |
/// | `serial = "database"` | beside all others | [never beside another of this key](#serial) |
/// | `refused = "skip"` | `"fail"` | [what happens on a machine that refuses](#refused) |
/// | `block_on = smol::block_on` | the function is not async | [what runs the future](#block_on) |
/// | `crate = path::to::ns_test` | by Cargo.toml | [where ns-test is found](#crate) |
///
/// A key is a switch (`keep`), has a value (`uid = 1000`) or takes several (`bind("a", "/b")`). Those marked * may be repeated to have more of
/// them. A key that is written twice otherwise, or contradicts another, is an error when the test is compiled.
///
/// Costs are told as parts of what a test takes that is forked and no more, with its output and verdict: `cargo bench -p ns-test -- words`
/// measures them. All eight words together make it 2.2 times that.
///
#[doc = include_str!("../doc/user.md")]
#[doc = include_str!("../doc/mount.md")]
#[doc = include_str!("../doc/pid.md")]
#[doc = include_str!("../doc/net.md")]
#[doc = include_str!("../doc/ipc.md")]
#[doc = include_str!("../doc/uts.md")]
#[doc = include_str!("../doc/cgroup.md")]
#[doc = include_str!("../doc/time.md")]
#[doc = include_str!("../doc/options.md")]
#[doc = include_str!("../doc/beside.md")]
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
    let test_attributes = function.as_ref().map(|function| {
        function.check(request.block_on.as_ref(), &mistakes);
        TestAttributes::read(function, &mistakes)
    });
    mistakes.into_result()?;
    let test = function
        .zip(test_attributes)
        .map(|(function, test_attributes)| match function.has_driver() {
            true => expand::postpone(attribute, &request, &function),
            false => expand::expand(&request, &function, &test_attributes),
        });
    Ok(test.unwrap_or_default())
}

/// What `ns_test::main!()` calls: it knows by which name this target has the dependency.
#[doc(hidden)]
#[proc_macro]
pub fn main_by_name(_nothing: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let name = proc_macro2::Ident::new(&crate_name::name(), proc_macro2::Span::call_site());
    quote::quote!(::#name::main!(crate = #name);).into()
}
