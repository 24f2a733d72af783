//! Nothing: see tests/transfer.rs.
