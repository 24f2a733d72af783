//! What is tested. Each function is called by one test alone, so that its lines tell whether that test was counted.

/// By a test in a user namespace.
pub fn of_user() -> u32 {
    1
}

/// By a test with its own /tmp.
pub fn of_tmp() -> u32 {
    2
}

/// By a test that is PID 2 of its namespace.
pub fn of_pid() -> u32 {
    3
}

/// By another one that is PID 2, too.
pub fn of_another_pid() -> u32 {
    4
}

/// By a test of uid 1000.
pub fn of_somebody() -> u32 {
    5
}

/// By a test that may not write anywhere.
pub fn of_read_only() -> u32 {
    6
}

/// By a test that panics.
pub fn of_panic() -> u32 {
    7
}

/// By a test that calls `exit` itself.
pub fn of_exit() -> u32 {
    8
}

/// By no test.
pub fn of_nobody() -> u32 {
    9
}
