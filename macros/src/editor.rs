//! Editors also expand the attribute, with other cfg values than the compiler.

use std::env;
use std::sync::OnceLock;

/// Returns whether the expanding program is rust-analyzer or its proc-macro server.
///
/// rust-analyzer sets `cfg(miri)` for all crates although it is not Miri. Without an exception its
/// Run button would run each test as ignored. (It also sets `cfg(rust_analyzer)`, but rustc warns
/// about that name unless it is declared.)
pub(crate) fn is_asking() -> bool {
    static IS_ASKING: OnceLock<bool> = OnceLock::new();
    *IS_ASKING.get_or_init(|| {
        env::current_exe().is_ok_and(|program| {
            let name = program.file_name().unwrap_or_default();
            name.to_string_lossy().contains("rust-analyzer")
        })
    })
}
