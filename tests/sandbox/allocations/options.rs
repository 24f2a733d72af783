//! Every option of the attribute. A check of this target compares this file with the grammar.

use std::fs;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ns_test::ns_test;

/// The number of annotated functions in this file.
pub(crate) const COUNT: usize = 38;

#[ns_test]
fn nothing() {}

#[ns_test(all)]
fn all_namespaces() {}

#[ns_test(user, ipc, cgroup)]
fn bare() {}

#[ns_test(user(uid = 1000, gid = 1001))]
fn user_ids() {}

#[ns_test(user(keep))]
fn user_keep() {}

#[ns_test(user(caps = "none"))]
fn user_caps() {}

#[ns_test(user(host), refused = "skip")]
fn user_host() {}

#[ns_test(user(host), mount, pid, refused = "skip")]
fn user_host_with_mounts() {}

#[ns_test(user(ids = "auto"))]
fn several_ids() {}

#[ns_test(user(ids = "auto", become = 1000), pid)]
fn several_ids_and_another_user() {}

#[ns_test(user(ids = "0:100000:65536", gids = "0:100000:65536"))]
fn several_ids_by_range() {}

#[ns_test(hermetic)]
fn hermetic() {}

#[ns_test(pid(as_init))]
fn pid_as_init() {}

#[ns_test(net(sys = false))]
fn net_sys() {}

#[ns_test(mount(tmpfs = "/mnt", tmpfs("/srv", size = "16MiB", mode = 0o755)))]
fn mount_tmpfs() {}

#[ns_test(mount(bind("/usr", "/srv"), bind("/etc/passwd", "/etc/hosts", ro)))]
fn mount_bind() {}

#[ns_test(mount(ro = "/usr", ro = "/"))]
fn mount_ro() {}

#[ns_test(mount(overlay = "/etc", overlay("/usr/share", "/srv", size = "16MiB")))]
fn mount_overlay() {}

#[ns_test(mount(overlay(["/etc", "/usr/share"], "/srv")))]
fn mount_overlay_of_two() {}

#[ns_test(mount(root = "/usr", ro = "/", tmp = "host"))]
fn mount_root() {}

#[ns_test(mount(root = "/usr", overlay = "/", tmp = "host"))]
fn mount_root_overlay() {}

#[ns_test(mount(
    tmpfs = "/srv",
    prepared(
        "/srv/data",
        fill,
        inputs("Cargo.toml"),
        upper = "disk",
        timeout = "60s"
    )
))]
fn mount_prepared() {}

#[ns_test(mount(tmpfs = "/srv", prepared("/srv/data", fill_more, from = fill, copy)))]
fn mount_prepared_copy() {}

fn fill(directory: &Path) {
    fs::write(directory.join("file"), "content").expect("it can be written");
}

fn fill_more(directory: &Path) {
    fs::write(directory.join("another"), "content").expect("it can be written");
}

#[ns_test(mount(tmp = "host", propagation = "slave"))]
fn mount_tmp() {}

#[ns_test(mount(dev = "host"))]
fn mount_dev() {}

#[ns_test(mount(dev = "own"), pid)]
fn mount_dev_own() {}

#[ns_test(pid(proc = false))]
fn pid_proc() {}

#[ns_test(net(lo = false))]
fn net_lo() {}

#[ns_test(net(sysctl("ipv4.ip_forward", 1), sysctl("ipv4.ping_group_range", "0 0")))]
fn net_sysctl() {}

#[ns_test(uts(hostname = "db1", domainname = "lab"))]
fn uts_names() {}

#[ns_test(time(monotonic = "+1d", boottime = "+1h"))]
fn time_offsets() {}

#[ns_test(time(uptime = "+1d"), pid)]
fn time_uptime() {}

#[ns_test(net, limit(processes = 64, memory = "2GiB", files = 128, cpu = "10s"))]
fn limits() {}

#[ns_test(pid, env(clear, keep = "PATH"), env("NAME", "value"), cwd = "/")]
fn environment() {}

#[ns_test(pid, timeout = "60s", serial = "allocations", crate = ::ns_test)]
fn what_the_harness_does() {}

#[ns_test(pid, leftovers = "kill")]
#[expect(clippy::zombie_processes, reason = "it is what is left over")]
fn leftover_processes() {
    std::process::Command::new("sleep")
        .arg("1000")
        .spawn()
        .expect("there is a sleep");
}

#[ns_test(block_on = poll_once)]
async fn asynchronous() {}

#[ns_test(pid)]
#[should_panic]
fn panics() {
    panic!("as it should");
}

fn poll_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}
