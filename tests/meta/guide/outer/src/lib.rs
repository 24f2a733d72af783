//! The tests are what matters.
