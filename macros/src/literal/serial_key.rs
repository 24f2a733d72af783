//! The key of tests that do not run at the same time.

/// Checks the key shared by tests that must not run at the same time.
pub(crate) fn key(text: &str) -> Result<String, String> {
    const MOST: usize = 64;
    match text.len() {
        0 => Err("the key is empty: tests with the same key run one at a time, as in `serial = \"port-80\"`".to_owned()),
        1..=MOST => Ok(text.to_owned()),
        _ => Err(format!("a key has at most {MOST} bytes: shorten it")),
    }
}
