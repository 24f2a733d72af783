//! `user`: the test's ids, inside and outside; `user_namespaces(7)`.

mod extent;
mod outside;
mod plan;

pub(crate) use plan::{UserPlan, enter, enter_body, several_ids};
