//! The `#[ns_test]` attribute. Steps: parse, read, check and expand, or fall back after a mistake.

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
mod proof;
mod read;
mod sources;

use proc_macro2::TokenStream;

use crate::function::{Function, TestAttributes};
use crate::mistakes::Mistakes;
use crate::parse::Item;
use crate::proof::Proof;

/// Turns a function into a test that runs in its own Linux namespaces.
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
/// `#[ns_test]` gives the test every namespace except `time`, and so does an attribute with only
/// test options. Once you name a namespace option, the test has only the namespaces that you name
/// and those they depend on. Each enables `user`; `pid` and `ipc` also enable `mount`. The order
/// does not matter. `all` is all eight. `hermetic` is what `#[ns_test]` gives, spelled as an
/// option: add a namespace option to it to set its keys.
///
/// ```
/// # use ns_test_macros::ns_test;
/// #[ns_test]
/// fn hermetic() {}
///
/// #[ns_test(mount(tmpfs = "/run"), uts(hostname = "db1"))]
/// fn two_namespaces() {}
///
/// #[ns_test(hermetic, uts(hostname = "db1"))]
/// fn hermetic_with_a_name() {}
///
/// #[ns_test(all, time(uptime = "+1d"))]
/// fn everything_a_day_later() {}
/// ```
///
/// | option | without keys | keys |
/// |---|---|---|
/// | `user` | the caller is uid 0 and gid 0 | `uid = 1000`, `gid = 1000`, `keep`, `ids = "auto"`, `ids = "0:100000:65536"` *, `gids = "0:100000:65536"` *, `become = 1000`, `caps = "none"`, `host`: [who the test is](#user) |
/// | `mount` | mounts stay inside, /tmp is empty | `tmpfs = "/run"` *, `tmpfs("/x", size = "16MiB", mode = 0o700)` *, `bind("fixtures", "/data")` *, `bind("a", "/b", ro)` *, `ro = "/usr"` *, `overlay = "/etc"` *, `overlay("lower", "/target")` *, `prepared("/target", function)` *, `root = "rootfs"`, `tmp = "host"`, `dev = "host"`, `propagation = "slave"`: [what the file tree holds](#mount) |
/// | `pid` | the test is PID 2 and has its own /proc | `proc = false`, `as_init`: [which processes there are](#pid) |
/// | `net` | nothing but `lo`, which is up | `lo = false`, `sys = false`, `sysctl("ipv4.ip_forward", 1)` *: [settings](#net) |
/// | `ipc` | own SysV objects, POSIX queues, /dev/shm | [no keys](#ipc) |
/// | `uts` | the host's names, safe to change | `hostname = "db1"`, `domainname = "lab"`: [other names](#uts) |
/// | `cgroup` | the test's cgroup is the root | [no keys](#cgroup) |
/// | `time` | clocks as on the host | `monotonic = "-90s"`, `boottime = "+1h"`, `uptime = "+1d12h"`: [offsets](#time) |
///
/// [Test options](#options) go next to them:
///
/// | option | default | meaning |
/// |---|---|---|
/// | `timeout = "5s"` | `NS_TEST_TIMEOUT`, else none | [the test fails after this time](#timeout) |
/// | `cwd = "fixtures"` | the harness's, which is the crate's under cargo | [where the test starts](#cwd) |
/// | `env("NAME", "value")` * | the caller's | [a variable](#env) |
/// | `limit(memory = "256MiB")` | none | [what the test may use](#limit) |
/// | `leftovers = "fail"` | `"kill"` | [whether a process may be left](#leftovers) |
/// | `serial = "database"` | parallel to all others | [never parallel to another test with this key](#serial) |
/// | `refused = "skip"` | `"fail"` | [what happens on a machine that refuses](#refused) |
/// | `block_on = smol::block_on` | the function is not async | [what runs the future](#block_on) |
/// | `crate = path::to::ns_test` | by Cargo.toml | [where ns-test is found](#crate) |
///
/// A key is a switch (`keep`), has a value (`uid = 1000`) or takes several (`bind("a", "/b")`).
/// Keys marked * can be repeated. Any other key that appears twice, or contradicts another, is a
/// compile error.
///
/// Costs are multiples of a test that is only forked, including its output and verdict. `cargo
/// bench -p ns-test -- words` measures them. All eight options together make a test 2.9 times as
/// expensive.
///
#[doc = include_str!("../doc/user.md")]
#[doc = include_str!("../doc/mount.md")]
#[doc = include_str!("../doc/prepared.md")]
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
    let mistakes = Mistakes::default();
    let mut items = mistakes
        .note(parse::parse(TokenStream::clone(&attribute)))
        .unwrap_or_default();
    let proof = Proof::take(&mut items);
    let proven = proof.as_ref().map(Proof::call);
    let test = test(&attribute, &items, item.clone(), proof, mistakes);
    let test = test.unwrap_or_else(|mistakes| fallback::untouched(item, &mistakes));
    match proven {
        Some(proven) => quote::quote!(#proven #test).into(),
        None => test.into(),
    }
}

fn test(
    attribute: &TokenStream,
    items: &[Item],
    item: TokenStream,
    proof: Option<Proof>,
    mistakes: Mistakes,
) -> syn::Result<TokenStream> {
    let request = read::read(items, &mistakes);
    check::check(&request, &mistakes);
    let function = mistakes.note(Function::read(item));
    let test_attributes = function.as_ref().map(|function| {
        function.check(request.block_on.as_ref(), &mistakes);
        TestAttributes::read(function, &mistakes)
    });
    mistakes.into_result()?;
    let Some((function, test_attributes)) = function.zip(test_attributes) else {
        return Ok(TokenStream::new());
    };
    if function.has_driver() {
        return expand::postpone(attribute, &request, &function, proof);
    }
    Ok(expand::expand(&request, &function, &test_attributes))
}

/// Expanded by `ns_test::main!()`, to find the name of the dependency in this target.
#[doc(hidden)]
#[proc_macro]
pub fn main_by_name(_nothing: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let name = proc_macro2::Ident::new(&crate_name::name(), proc_macro2::Span::call_site());
    quote::quote!(::#name::main!(crate = #name);).into()
}

/// Expanded first in the `main` of `ns_test::main!()`, with the path of the hidden module. Lists
/// the annotated functions in the sources, which the harness compares with those in the binary.
#[doc(hidden)]
#[proc_macro]
pub fn annotated_functions(krate: proc_macro::TokenStream) -> proc_macro::TokenStream {
    sources::annotated(&krate.into()).into()
}
