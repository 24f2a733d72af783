//! The way into a sandbox: the ordered list of its steps. Each namespace has its own file.

pub(crate) mod affinity;
pub(crate) mod cgroup;
mod delegation;
pub(crate) mod file;
pub(crate) mod host;
pub(crate) mod inherited;
mod limit;
mod machine_files;
mod mount;
mod net;
mod plan;
mod plan_again;
mod resolve;
pub(crate) mod spawn;
mod steps;
mod time;
mod user;
mod uts;
pub(crate) mod visit;

pub(crate) use mount::prepared;
pub(crate) use plan::Plan;
pub(crate) use steps::{enter, enter_as_init, enter_body};
pub(crate) use user::several_ids;
