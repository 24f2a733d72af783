//! Futures on the hosts of a network, by the real tokio; and networks in the tests of rstest.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use ns_test::network::{Host, Link, Network};
use ns_test::ns_test;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Builds this many hosts on a switch.
fn network(count: usize) -> (Network, Vec<Host>) {
    let mut plan = Network::plan();
    let hosts: Vec<_> = (0..count).map(|number| plan.host(format!("n{number}"))).collect();
    plan.switch(&hosts, Link::new());
    let network = plan.build().unwrap();
    let hosts = network.hosts().cloned().collect();
    (network, hosts)
}

/// Returns the network namespace of the calling thread.
fn here() -> u64 {
    fs::metadata("/proc/thread-self/ns/net").unwrap().ino()
}

async fn echo_between(server: &Host, client: &Host) {
    let address = (server.addresses()[0], 7);
    let listener = server.on(TcpListener::bind(address)).await.unwrap();
    let echo = async move {
        let (mut stream, from) = listener.accept().await.unwrap();
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        from.ip()
    };
    let served = tokio::spawn(server.on(echo));
    let talk = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"hello").await.unwrap();
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).await.unwrap();
        bytes
    };
    assert_eq!(&client.on(talk).await, b"hello");
    assert_eq!(served.await.unwrap(), client.addresses()[0]);
}

#[ns_test(net, mount)]
#[tokio::test]
async fn one_thread() {
    let (_network, hosts) = network(2);
    let home = here();
    echo_between(&hosts[1], &hosts[0]).await;
    assert_eq!(here(), home);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
#[ns_test(net, mount, timeout = "60s")]
async fn many_tasks_on_many_threads() {
    let (_network, hosts) = network(5);
    let home = here();
    echo_between(&hosts[4], &hosts[0]).await;
    let of_hosts: Vec<u64> = hosts.iter().map(|host| host.run(here)).collect();
    let tasks = (0..10_000).map(|number| {
        let (host, of_host) = (&hosts[number % 5], of_hosts[number % 5]);
        tokio::spawn(host.on(async move {
            for _ in 0..3 {
                assert_eq!(here(), of_host);
                tokio::task::yield_now().await;
            }
        }))
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    for _ in 0..100 {
        assert_eq!(tokio::spawn(async { here() }).await.unwrap(), home);
    }
}

#[ns_test(net, mount)]
#[tokio::test]
async fn what_is_spawned_has_to_be_wrapped() {
    let (_network, hosts) = network(2);
    let (home, host) = (here(), hosts[0].clone());
    let of_host = host.run(here);
    let inner = host.clone();
    let seen = host.on(async move {
        let escaped = tokio::spawn(async { here() }).await.unwrap();
        let wrapped = tokio::spawn(inner.on(async { here() })).await.unwrap();
        (here(), escaped, wrapped)
    });
    assert_eq!(seen.await, (of_host, home, of_host));
}

#[ns_test(net, mount)]
#[tokio::test]
async fn a_local_set_is_on_the_host_of_its_future() {
    let (_network, hosts) = network(2);
    let of_host = hosts[1].run(here);
    let local = tokio::task::LocalSet::new();
    let all = local.run_until(async { tokio::task::spawn_local(async { here() }).await.unwrap() });
    assert_eq!(hosts[1].on(all).await, of_host);
}

#[ns_test(net, mount)]
#[tokio::test]
async fn a_future_that_is_dropped_ends_on_its_host() {
    struct AtEnd(std::sync::mpsc::Sender<u64>);
    impl Drop for AtEnd {
        fn drop(&mut self) {
            let _ = self.0.send(here());
        }
    }
    let (_network, hosts) = network(2);
    let (home, of_host) = (here(), hosts[0].run(here));
    let (sender, receiver) = std::sync::mpsc::channel();
    let at_end = AtEnd(sender);
    let never = hosts[0].on(async move {
        let _at_end = at_end;
        std::future::pending::<()>().await;
    });
    tokio::select! {
        () = never => unreachable!(),
        () = tokio::time::sleep(Duration::from_millis(10)) => {}
    }
    assert_eq!(receiver.recv().unwrap(), of_host);
    assert_eq!(here(), home);
}

#[ns_test(net, mount)]
#[tokio::test]
async fn a_panicking_future_comes_home() {
    let (_network, hosts) = network(2);
    let home = here();
    let panicked = tokio::spawn(hosts[0].on(async { panic!("on the host") })).await;
    assert!(panicked.unwrap_err().is_panic());
    let of_other = hosts[1].run(here);
    let nested = hosts[0].on(async { hosts[1].run(here) }).await;
    assert_eq!(nested, of_other);
    assert_eq!(here(), home);
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| hosts[0].run(|| panic!("again"))));
    assert!(result.is_err() && here() == home);
}

#[ns_test(net, mount)]
fn a_runtime_of_its_own_is_wholly_on_the_host() {
    let (_network, hosts) = network(2);
    let of_host = hosts[0].run(here);
    let all = hosts[0].thread(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let task = tokio::spawn(async { here() }).await.unwrap();
            let blocking = tokio::task::spawn_blocking(here).await.unwrap();
            [here(), task, blocking]
        })
    });
    assert_eq!(all.join().unwrap(), [of_host; 3]);
}

/// smol's reactor has a thread of its own.
#[ns_test(net, mount)]
fn smol_is_on_the_host_too() {
    use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (_network, hosts) = network(2);
    let (home, of_host) = (here(), hosts[0].run(here));
    let address = (hosts[1].addresses()[0], 7);
    smol::block_on(async {
        let listener = hosts[1].on(smol::net::TcpListener::bind(address)).await.unwrap();
        let served = smol::spawn(hosts[1].on(async move {
            let (mut stream, from) = listener.accept().await.unwrap();
            let mut bytes = [0; 5];
            stream.read_exact(&mut bytes).await.unwrap();
            stream.write_all(&bytes).await.unwrap();
            from.ip()
        }));
        let talk = hosts[0].on(async {
            let mut stream = smol::net::TcpStream::connect(address).await.unwrap();
            stream.write_all(b"hello").await.unwrap();
            let mut bytes = [0; 5];
            stream.read_exact(&mut bytes).await.unwrap();
            (bytes, here())
        });
        assert_eq!(talk.await, (*b"hello", of_host));
        assert_eq!(served.await, hosts[0].addresses()[0]);
        assert_eq!(smol::spawn(async { here() }).await, home);
    });
    assert_eq!(here(), home);
}

#[ns_test(net, mount)]
#[rstest]
#[case(Link::direct())]
#[case(Link::new().delay(Duration::from_millis(1)))]
fn cases(#[case] link: Link) {
    let mut plan = Network::plan();
    let (a, b) = (plan.host("a"), plan.host("b"));
    plan.link(a, b, link);
    let network = plan.build().unwrap();
    let listener = network[b].run(|| std::net::TcpListener::bind(("b", 80))).unwrap();
    let _client = network[a].run(|| std::net::TcpStream::connect("b:80")).unwrap();
    listener.accept().unwrap();
}
