//! Code on hosts: closures, threads, programs.

use std::cell::Cell;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::thread;

use ns_test::network::{Host, HostId, Link, Network};
use ns_test::ns_test;
use ns_test_suite::raw;

/// Builds two hosts with this kind of link between them.
fn pair(link: Link) -> (Network, HostId, HostId) {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("alpha"), plan.host("beta"));
    plan.link(a, b, link);
    (plan.build().expect("a network"), a, b)
}

/// Returns the inode of the calling thread's network namespace.
fn here() -> u64 {
    fs::metadata("/proc/thread-self/ns/net")
        .expect("it is there")
        .ino()
}

fn threads() -> usize {
    fs::read_dir("/proc/self/task")
        .expect("it is there")
        .count()
}

#[ns_test(net, mount)]
fn a_closure_needs_neither_send_nor_static() {
    let (network, a, b) = pair(Link::new());
    let home = here();
    let (count, text) = (Rc::new(Cell::new(0)), String::from("borrowed"));
    let inside = network[a].run(|| {
        count.set(text.len());
        here()
    });
    assert_eq!(count.get(), 8);
    assert_ne!(inside, home);
    assert_ne!(inside, network[b].run(here));
    assert_eq!(here(), home);
    assert_eq!(threads(), 1);
}

#[ns_test(net, mount)]
fn calls_nest_and_come_back() {
    let (network, a, b) = pair(Link::new());
    let home = here();
    let (of_a, of_b) = (network[a].run(here), network[b].run(here));
    network[a].run(|| {
        network[b].run(|| assert_eq!(here(), of_b));
        assert_eq!(here(), of_a);
    });
    assert_eq!(here(), home);
}

#[ns_test(net, mount)]
fn a_panic_comes_home_first() {
    let (network, a, _) = pair(Link::new());
    let home = here();
    let result = panic::catch_unwind(AssertUnwindSafe(|| network[a].run(|| panic!("inside"))));
    assert!(result.is_err());
    assert_eq!(here(), home);
}

#[ns_test(net, mount)]
fn sockets_stay_on_their_host() {
    let (network, a, b) = pair(Link::new());
    let listener = network[b]
        .run(|| TcpListener::bind("10.0.0.2:80"))
        .expect("a port");
    let mut client = network[a]
        .run(|| TcpStream::connect("10.0.0.2:80"))
        .expect("it listens");
    let (mut server, from) = listener.accept().expect("a connection");
    assert_eq!(from.ip(), network[a].addresses()[0]);
    client.write_all(b"hello").expect("it is open");
    let mut bytes = [0; 5];
    server.read_exact(&mut bytes).expect("it arrives");
    assert_eq!(&bytes, b"hello");
    assert!(
        TcpStream::connect("10.0.0.2:80").is_err(),
        "the test is no host"
    );
}

#[ns_test(net, mount)]
fn threads_are_on_their_host() {
    let (network, a, b) = pair(Link::new());
    let home = here();
    let (of_a, of_b) = (network[a].run(here), network[b].run(here));
    let born = network[a]
        .run(|| thread::spawn(here))
        .join()
        .expect("it returns");
    assert_eq!(born, of_a);
    let own = network[b].thread(|| {
        let name = thread::current().name().map(ToOwned::to_owned);
        (
            here(),
            thread::spawn(here).join().expect("it returns"),
            name,
        )
    });
    assert_eq!(
        own.join().expect("it returns"),
        (of_b, of_b, Some("beta".to_owned()))
    );
    assert_eq!(here(), home);
}

#[ns_test(net, mount)]
fn hosts_are_shared_between_threads() {
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    is_shared::<Host>();
    let (network, a, b) = pair(Link::direct());
    let of_hosts = [a, b].map(|host| network[host].run(here));
    thread::scope(|scope| {
        for (host, namespace) in [a, b].into_iter().zip(of_hosts) {
            let host = network[host].clone();
            scope.spawn(move || {
                for _ in 0..200 {
                    assert_eq!(host.run(here), namespace);
                }
            });
        }
    });
}

/// A thread can enter a network without ns-test.
#[ns_test(net, mount)]
fn a_run_returns_to_where_the_thread_was() {
    let (network, a, b) = pair(Link::direct());
    let of_a = network[a].run(here);
    let born = network[a].run(|| {
        let visit = || (network[b].run(here), here(), network[b].run(here), here());
        thread::scope(|scope| scope.spawn(visit).join().expect("it returns"))
    });
    let of_b = network[b].run(here);
    assert_eq!(born, (of_b, of_a, of_b, of_a));
    raw::unshare(libc::CLONE_NEWNET).expect("a network of its own");
    let moved = here();
    assert_eq!(network[a].run(here), of_a);
    assert_eq!(here(), moved);
    assert_eq!(network[b].run(|| network[a].run(here)), of_a);
    assert_eq!(here(), moved);
}

/// A forked child inherits the descriptors by which the thread finds its own network.
#[ns_test(net, mount)]
fn a_forked_child_returns_to_its_own_network() {
    let (network, a, b) = pair(Link::direct());
    let [of_a, of_b] = [a, b].map(|host| network[host].run(here));
    let (parent_is_home, home) = raw::pipe().expect("a pipe");
    let (mut parent_is_home, mut home) = (fs::File::from(parent_is_home), Some(home));
    network[a].run(|| {
        if raw::fork().expect("a child") {
            drop(home.take());
            let _end = parent_is_home.read(&mut [0]);
            let seen = [network[b].run(here), here(), network[b].run(here), here()];
            // A panic would end the test's own function.
            raw::exit_now(i32::from(seen != [of_b, of_a, of_b, of_a]));
        }
    });
    drop(home);
    assert_eq!(raw::wait_for_child().expect("it exits"), 0);
}

/// Code under test closes descriptors that it has not opened, as daemons do.
#[ns_test(net, mount)]
fn a_thread_can_lose_its_descriptors() {
    let (network, a, b) = pair(Link::direct());
    let home = here();
    let [of_a, of_b] = [a, b].map(|host| network[host].run(here));
    let kept = links_to_a_network();
    assert_eq!(kept.len(), 1, "the thread keeps one link: {kept:?}");
    raw::close(kept[0]);
    // The file takes the number of the closed link.
    let other = fs::File::open("/proc/thread-self/ns/net").expect("it is there");
    assert_eq!(other.as_raw_fd(), kept[0]);
    assert_eq!(network[a].run(here), of_a);
    assert_eq!(network[b].run(here), of_b);
    assert_eq!(here(), home);
    assert_eq!(other.metadata().expect("it is still open").ino(), home);
}

/// Returns the descriptors of symbolic links to a network namespace.
fn links_to_a_network() -> Vec<i32> {
    let descriptors = fs::read_dir("/proc/self/fd").expect("it is there");
    let number = |entry: io::Result<fs::DirEntry>| {
        let path = entry.expect("it is there").path();
        let to = fs::read_link(&path).ok()?;
        let is_link = to.starts_with("/proc") && to.ends_with("ns/net");
        is_link.then(|| path.file_name()?.to_str()?.parse().ok())?
    };
    descriptors.filter_map(number).collect()
}

#[ns_test(net, mount)]
fn a_program_has_a_machine_of_its_own() {
    let (network, a, _) = pair(Link::new());
    let script = "hostname; echo $$; ls /sys/class/net; tail -n +3 /proc/net/dev | cut -d: -f1; echo /proc/[0-9]*; cat /etc/hosts";
    let output = network[a]
        .command("sh")
        .args(["-c", script])
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}{errors}");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(lines[..2], ["alpha", "2"], "{text}{errors}");
    // Interfaces that kernel modules add to every namespace differ between machines.
    let known = |lines: &[&str]| ["eth0", "lo"].iter().all(|name| lines.contains(name));
    let end = lines
        .iter()
        .position(|line| line.starts_with("/proc/"))
        .expect("a process");
    let middle = lines[2..end].len() / 2;
    assert!(
        known(&lines[2..2 + middle]) && known(&lines[2 + middle..end]),
        "{text}{errors}"
    );
    assert!(text.contains("10.0.0.2\tbeta"), "{text}");
}

#[ns_test(net, mount)]
fn a_program_reaches_the_other_host_by_name() {
    let (network, a, b) = pair(Link::new());
    let listener = network[b]
        .run(|| TcpListener::bind(("beta", 7000)))
        .expect("a port");
    let script = "exec 3<>/dev/tcp/beta/7000 && echo from a program >&3";
    let mut child = network[a]
        .command("bash")
        .args(["-c", script])
        .spawn()
        .expect("it starts");
    let (mut connection, from) = listener.accept().expect("a connection");
    assert!(network[a].addresses().contains(&from.ip()));
    let mut text = String::new();
    connection.read_to_string(&mut text).expect("it ends");
    assert_eq!(text, "from a program\n");
    assert!(child.wait().expect("it ends").success());
}

/// Real root owns the host's settings even if it is only mapped: a fresh /proc must not make them
/// writable.
#[ns_test(net, mount)]
fn a_program_can_set_its_network_but_not_the_machine() {
    let (network, a, _) = pair(Link::new());
    let script = "[ -w /proc/sys/net/ipv4/ip_forward ] && echo 1 > /proc/sys/net/ipv4/ip_forward && \
                  cat /proc/sys/net/ipv4/ip_forward; [ -w /proc/sys/kernel/core_pattern ] || echo fenced; \
                  [ -w /proc/sys/vm/swappiness ] || echo fenced";
    let output = network[a]
        .command("sh")
        .args(["-c", script])
        .output()
        .expect("it runs");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "1\nfenced\nfenced\n",
        "{output:?}"
    );
    let own = network[a].run(|| fs::read_to_string("/proc/sys/net/ipv4/ip_forward"));
    assert_eq!(own.expect("it can be read"), "1\n");
}
