//! The function below the attribute, and its other attributes.

mod annotated;
mod check;
mod role;
mod test_attributes;

pub(crate) use annotated::Function;
pub(crate) use role::{Role, role};
pub(crate) use test_attributes::{TestAttribute, TestAttributes};
