//! One test for each function of the crate except the last.

use ns_test::network::{Link, Network};
use ns_test::ns_test;

#[ns_test(user)]
fn in_a_user_namespace() {
    assert_eq!(tooled::of_user(), 1);
}

#[ns_test(user, mount)]
fn with_a_tmp() {
    assert_eq!(tooled::of_tmp(), 2);
}

#[ns_test(pid)]
fn in_a_pid_namespace() {
    assert_eq!(std::process::id(), 2);
    assert_eq!(tooled::of_pid(), 3);
}

#[ns_test]
fn in_another_pid_namespace() {
    assert_eq!(std::process::id(), 2);
    assert_eq!(tooled::of_another_pid(), 4);
}

#[ns_test(user(uid = 1000, gid = 1000), mount)]
fn as_uid_1000() {
    assert_eq!(tooled::of_uid_1000(), 5);
}

#[ns_test(user, mount(ro = "/"))]
fn where_all_is_read_only() {
    assert_eq!(tooled::of_read_only(), 6);
}

/// Calls the function on a host, while another process moves the packets.
#[ns_test(net, mount)]
fn on_a_host() {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    plan.link(a, b, Link::new());
    let network = plan.build().unwrap();
    let listener = network[b].run(|| std::net::TcpListener::bind("[::]:80")).unwrap();
    network[a].run(|| std::net::TcpStream::connect("b:80")).unwrap();
    listener.accept().unwrap();
    assert_eq!(network[a].thread(tooled::of_host).join().unwrap(), 9);
}

#[ns_test(pid)]
#[should_panic(expected = "7")]
fn by_a_panic() {
    panic!("{}", tooled::of_panic());
}

#[ns_test(pid)]
#[ignore = "it fails"]
fn by_an_exit() {
    std::process::exit(i32::from(tooled::of_exit() != 8));
}
