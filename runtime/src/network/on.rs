//! Futures on a host.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::place::Place;

/// A future that is on a host whenever it is polled, made by [`Host::on`](super::Host::on).
#[must_use = "futures do nothing unless they are awaited"]
pub struct On<F> {
    place: Place,
    /// `None` only while it is dropped.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> On<F> {
    pub(super) fn new(place: Place, future: F) -> Self {
        Self {
            place,
            future: Some(Box::pin(future)),
        }
    }
}

impl<F: Future> Future for On<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { place, future } = &mut *self;
        match future {
            Some(future) => place.run(|| future.as_mut().poll(context)),
            None => Poll::Pending,
        }
    }
}

impl<F> Drop for On<F> {
    fn drop(&mut self) {
        // The future's destructors run on the host, too.
        let future = self.future.take();
        self.place.run(|| drop(future));
    }
}

impl<F> fmt::Debug for On<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("On")
            .field("host", &self.place.host())
            .finish_non_exhaustive()
    }
}
