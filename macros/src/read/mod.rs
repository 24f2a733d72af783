//! Converts the tree to the test's request, one file per namespace with keys of its own.

mod mount;
mod net;
mod options;
mod prepared;
mod request;
mod time;
mod user;

pub(crate) use request::read;
