//! What the processes tell each other: [`control`] between harness and launcher, [`page`] from init and body to the harness, [`pid`]
//! where the harness finds init.

pub(crate) mod control;
mod layout;
pub(crate) mod page;
pub(crate) mod pid;
