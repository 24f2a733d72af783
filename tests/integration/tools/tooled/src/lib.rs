//! The code under test. Only one test calls each function, so its lines show whether that test was
//! counted.

/// Called by a test in a user namespace.
pub fn of_user() -> u32 {
    1
}

/// Called by a test with its own /tmp.
pub fn of_tmp() -> u32 {
    2
}

/// Called by a test that is PID 2 of its namespace.
pub fn of_pid() -> u32 {
    3
}

/// Called by another test that is PID 2.
pub fn of_another_pid() -> u32 {
    4
}

/// Called by a test with uid 1000.
pub fn of_uid_1000() -> u32 {
    5
}

/// Called by a test that may not write anywhere.
pub fn of_read_only() -> u32 {
    6
}

/// Called by a test on a host of a network.
pub fn of_host() -> u32 {
    9
}

/// Called by a test that panics.
pub fn of_panic() -> u32 {
    7
}

/// Called by a test that calls `exit` itself.
pub fn of_exit() -> u32 {
    8
}

/// Called by no test.
pub fn of_no_test() -> u32 {
    9
}
