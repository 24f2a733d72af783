//! The table of refusals, row by row, with made-up evidence. Each row has the first failed step,
//! the errno, the evidence, and the diagnosis.

mod filters;
mod kernels;
mod machine;
mod machines;
mod places;
mod property;
mod refutation;
mod settings;
