//! What the processes tell each other: [`control`] between harness and launcher, [`page`] from init and body to the harness.

pub(crate) mod control;
mod layout;
pub(crate) mod page;
