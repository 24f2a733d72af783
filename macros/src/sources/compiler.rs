//! The crate that the compiler is compiling.

use std::fs;
use std::path::PathBuf;

/// Returns the main source file from the compiler's command line. `None`: there is none, as in an
/// editor.
///
/// `Span::file` needs Rust 1.88.
pub(super) fn main_file() -> Option<PathBuf> {
    let arguments = fs::read("/proc/self/cmdline").ok()?;
    let arguments = arguments.split(|byte| *byte == 0);
    let arguments = arguments.flat_map(|argument| expand(&String::from_utf8_lossy(argument)));
    main_file_of(arguments)
}

/// Replaces `@path` with the lines of that file.
fn expand(argument: &str) -> Vec<String> {
    let lines = argument
        .strip_prefix('@')
        .and_then(|path| fs::read_to_string(path).ok());
    match lines {
        Some(lines) => lines.lines().map(ToOwned::to_owned).collect(),
        None => vec![argument.to_owned()],
    }
}

fn main_file_of(arguments: impl Iterator<Item = String>) -> Option<PathBuf> {
    let mut is_value = false;
    let mut found = None;
    for argument in arguments {
        if argument.ends_with(".rs") && !argument.starts_with('-') && !is_value {
            found = Some(PathBuf::from(&argument));
        }
        is_value = takes_a_value(&argument);
    }
    found
}

/// Returns whether the next argument belongs to this one.
fn takes_a_value(argument: &str) -> bool {
    const FLAGS: [&str; 5] = ["-g", "-O", "-v", "--test", "--verbose"];
    argument.starts_with('-') && !argument.contains('=') && !FLAGS.contains(&argument)
}

#[cfg(test)]
mod tests {
    use super::main_file_of;

    #[test]
    fn the_main_file_is_the_argument_that_is_no_options_value() {
        for (line, expected) in [
            (
                "rustc --crate-name a --edition=2024 tests/a.rs --error-format=json -C x=y.rs",
                Some("tests/a.rs"),
            ),
            (
                "clippy-driver rustc --crate-name a /abs/b.rs -o c.rs",
                Some("/abs/b.rs"),
            ),
            ("rust-analyzer-proc-macro-srv", None),
            ("rustc --crate-name a -", None),
        ] {
            let found = main_file_of(line.split(' ').map(ToOwned::to_owned));
            assert_eq!(
                found.as_deref(),
                expected.map(std::path::Path::new),
                "{line}"
            );
        }
    }
}
