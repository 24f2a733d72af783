//! An `async fn` and what runs it.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use ns_test::ns_test;

struct Nobody;

impl Wake for Nobody {
    fn wake(self: std::sync::Arc<Self>) {}
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(std::sync::Arc::new(Nobody));
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return result;
        }
    }
}

#[ns_test(net, block_on = block_on)]
async fn by_name() {}

#[ns_test(net, block_on = crate::block_on)]
#[should_panic(expected = "boo")]
async fn panics() {
    panic!("boo");
}

#[ns_test(net, block_on = self::block_on)]
async fn result() -> Result<(), std::io::Error> {
    Ok(())
}

#[ns_test(net, block_on = block_on)]
async fn never() -> ! {
    panic!();
}

mod inner {
    use ns_test::ns_test;

    pub(super) use super::block_on as super_block_on;

    #[ns_test(net, block_on = super::block_on::<_>)]
    async fn by_another_path() {}
}

macro_rules! on {
    ($executor:path, $result:ty) => {
        #[ns_test(net, block_on = $executor)]
        async fn from_a_macro() -> $result {
            Ok(())
        }
    };
}

on!(inner::super_block_on, std::io::Result<()>);

ns_test::main!();
