//! Tests with different demands on the machine. They pass if they run.

use ns_test::ns_test;

#[ns_test]
fn bare() {}

#[ns_test(time)]
fn clock() {}

#[ns_test(user(host), net)]
fn host_net() {}

#[ns_test(mount)]
fn mount() {}

#[ns_test(mount(ro = "/usr"))]
fn mount_read_only() {}

#[ns_test(ipc)]
fn ipc() {}

#[ns_test(uts(hostname = "a"))]
fn name() {}

#[ns_test(net)]
fn net() {}

#[ns_test(net, mount)]
fn net_and_mount() {}

#[ns_test(user(host))]
fn nothing() {}

#[ns_test(pid(proc = false))]
fn pid_without_proc() {
    last_if_asked();
}

#[ns_test(pid, refused = "skip")]
fn skips_by_itself() {}

#[ns_test(user)]
fn user() {
    last_if_asked();
}

fn last_if_asked() {
    if std::env::var_os("NS_TEST_SUITE_LASTS").is_some() {
        std::thread::sleep(std::time::Duration::from_secs(600));
    }
}
