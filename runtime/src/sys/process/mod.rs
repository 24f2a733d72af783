//! Processes: what names them, makes them, waits for them and replaces them.

mod clone;
mod execute;
mod forked;
mod pid;
mod wait;

pub(crate) use clone::*;
pub(crate) use execute::*;
pub(crate) use forked::*;
pub(crate) use pid::*;
pub(crate) use wait::*;
