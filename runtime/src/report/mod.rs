//! The messages for people. Only these files contain their wording.

#[cfg(target_os = "linux")]
mod ending;
#[cfg(target_os = "linux")]
mod not_run;
#[cfg(target_os = "linux")]
mod preparation;
#[cfg(target_os = "linux")]
mod prepared;
#[cfg(target_os = "linux")]
mod refusal;
mod run;
#[cfg(target_os = "linux")]
mod test;

#[cfg(target_os = "linux")]
pub(crate) use not_run::*;
#[cfg(target_os = "linux")]
pub(crate) use preparation::{left_by_preparation, preparation};
#[cfg(target_os = "linux")]
pub(crate) use prepared::{CLEANED_ONLY, PREPARED_AND_CHANGED, cleaned};
#[cfg(target_os = "linux")]
pub(crate) use refusal::{diagnosis, doctor, refused, skipped};
pub(crate) use run::*;
#[cfg(target_os = "linux")]
pub(crate) use test::*;
