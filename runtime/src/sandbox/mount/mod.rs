//! `mount`: the file tree inside; `mount_namespaces(7)`.

mod dev;
mod enter;
mod fd_path;
mod hidden_proc_and_sys;
mod mount_lines;
mod mount_one;
mod namespaces;
mod order;
mod overlay;
mod plan;
mod plan_again;
mod plan_implied;
mod plan_overlays;
pub(crate) mod prepared;
mod protect_host_settings;
mod scratch;
mod source;

pub(crate) use enter::{MountPlan, enter};
pub(crate) use namespaces::NamespaceMounts;
pub(crate) use plan_again::names_paths;
