//! Every order of the attributes. Each test checks that it runs in a sandbox of its own, under its
//! own name.

use std::future::Future;
use std::time::Duration;

use ns_test::ns_test;
use rstest::{fixture, rstest};

/// Checks that the test is in a sandbox: each has a user namespace with few mapped ids.
fn assert_inside() {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap();
    assert!(!map.contains("4294967295"), "{map}");
}

#[ns_test(net)]
#[tokio::test]
async fn tokio_below() {
    tokio::task::yield_now().await;
    assert_inside();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
#[ns_test(net, timeout = "10s")]
async fn tokio_above() {
    tokio::spawn(async { assert_inside() }).await.unwrap();
    let threads = std::fs::read_dir("/proc/self/task").unwrap().count();
    assert_eq!(threads, 4);
}

#[ns_test(net)]
#[tokio::test(flavor = "current_thread")]
#[should_panic(expected = "boo")]
async fn tokio_panics() {
    panic!("boo");
}

#[ns_test(net)]
#[tokio::test]
async fn tokio_result() -> Result<(), std::io::Error> {
    let listener = std::net::TcpListener::bind("127.0.0.1:80")?;
    drop(listener);
    Ok(())
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[ns_test(net, block_on = run)]
async fn block_on() {
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_inside();
}

#[ns_test(net, block_on = run)]
#[should_panic(expected = "boo")]
async fn block_on_panics() {
    panic!("boo");
}

#[rstest]
#[case(1)]
#[case(2)]
#[ns_test::test(net, block_on = run)]
async fn rstest_block_on(#[case] number: u32) {
    tokio::task::yield_now().await;
    assert!(number > 0);
    assert_inside();
}

#[ns_test(net, block_on = run)]
#[rstest]
async fn rstest_block_on_below(#[values(1)] number: u32) {
    assert!(number > 0);
    assert_inside();
}

#[fixture]
fn seven() -> u32 {
    assert_inside();
    7
}

#[ns_test(uts)]
#[rstest]
#[case(1)]
#[case(2)]
fn rstest_below(#[case] number: u32, seven: u32) {
    assert!(number < seven);
}

#[rstest]
#[case(1)]
#[case::two(2)]
#[ns_test(uts)]
fn rstest_above(#[case] number: u32) {
    assert!(number > 0);
    assert_inside();
}

#[rstest]
#[case(1)]
#[timeout(Duration::from_secs(20))]
#[ns_test(uts)]
fn rstest_timeout(#[case] number: u32) {
    assert!(number > 0);
    assert_inside();
}

#[ns_test(uts)]
#[rstest]
#[tokio::test]
async fn rstest_tokio(#[values(1, 2)] number: u32) {
    assert!(number > 0);
    assert_inside();
}

#[rstest]
#[tokio::test]
#[ns_test(uts)]
async fn rstest_tokio_above(#[values(1, 2)] number: u32) {
    assert!(number > 0);
    assert_inside();
}

#[ns_test(uts)]
#[test_log::test]
fn log_below() {
    assert_inside();
}

#[test_log::test]
#[ns_test(uts)]
fn log_above() {
    assert_inside();
}

#[test_log::test(ns_test(uts))]
fn log_in() {
    assert_inside();
}

#[test_log::test(tokio::test)]
#[ns_test(uts)]
async fn log_tokio() {
    assert_inside();
}

#[ns_test(uts)]
#[test_log::test(tokio::test)]
async fn log_tokio_below() {
    assert_inside();
}

/// A test with a doc comment.
#[cfg_attr(all(), ns_test(net))]
#[cfg_attr(all(), tokio::test)]
async fn cfg_attr() {
    assert_inside();
}

include!("included.rs");

mod renamed {
    use ns_test as nt;

    #[nt::test(net, crate = nt)]
    #[tokio::test]
    async fn tokio_below() {
        super::assert_inside();
    }
}

#[ns_test(net)]
#[tokio::test]
#[ignore = "it fails"]
async fn fails_with_output() {
    println!("before the await");
    tokio::task::yield_now().await;
    panic!("after the await");
}

#[ns_test(net, timeout = "300ms")]
#[tokio::test]
#[ignore = "it fails"]
async fn fails_by_our_timeout() {
    println!("before the sleep");
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[rstest]
#[case(1)]
#[timeout(Duration::from_millis(300))]
#[ignore = "it fails"]
#[ns_test(uts)]
fn fails_by_its_timeout(#[case] _number: u32) {
    std::thread::sleep(Duration::from_secs(60));
}

#[ns_test(net, timeout = "300ms", block_on = run)]
#[ignore = "it fails"]
async fn fails_in_block_on() {
    println!("before the sleep");
    tokio::time::sleep(Duration::from_secs(60)).await;
}
