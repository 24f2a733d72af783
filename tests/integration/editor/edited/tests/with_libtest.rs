//! Under libtest.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use edited::Server;
use ns_test::ns_test;

#[ns_test]
fn bare() {
    let server = Server { port: 0 };
    let port = server.start_listening();
    assert_eq!(port, 0);
}

#[test]
fn plain() {
    let server = Server { port: 0 };
    let port = server.start_listening();
    assert_eq!(port, 0);
}

#[ns_test(user, net, block_on = poll_once)]
async fn asynchronous() {
    let server = Server { port: 0 };
    let port = server.start_listening();
    assert_eq!(port, 0);
}

fn poll_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
