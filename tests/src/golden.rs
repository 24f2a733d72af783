//! Golden files hold the text that users read, word for word.

use std::env;
use std::fs;
use std::path::Path;

use crate::fixture::Check;

/// Compares the normalized text with the file. `NS_TEST_BLESS=1` writes the file instead.
///
/// # Errors
/// Returns both texts if they differ.
pub fn compare(file: &Path, text: &str) -> Check {
    let found = comparable(text);
    if env::var_os("NS_TEST_BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap_or(file))?;
        return Ok(fs::write(file, found)?);
    }
    let expected =
        fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    if expected == found {
        return Ok(());
    }
    let name = file.display();
    Err(format!("{name} differs; NS_TEST_BLESS=1 takes over what is new\n--- expected\n{expected}--- found\n{found}").into())
}

/// Removes what differs between runs, kernels or compilers. This covers times, process ids, source
/// paths, kernel functions and stacks, and the C library's messages. It also covers the thread id
/// that std prints since 1.91.
#[must_use]
pub fn comparable(text: &str) -> String {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(|path| path.display().to_string());
    let text = workspace.map_or_else(
        || text.to_owned(),
        |workspace| text.replace(&workspace, "WORKSPACE"),
    );
    // Text that std added after the MSRV.
    let text = text.replace("stack overflow\n", "stack overflow, aborting\n");
    let note = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n";
    let text = text.replace(&format!("bytes failed\n{note}"), "bytes failed\n");
    // The messages for ERANGE in musl and glibc.
    let text = text.replace("result not representable", "numerical result out of range");
    let text = replace_number(&text, "finished in ", "s", "TIME");
    let text = replace_number(&text, " measured; ", " filtered out", "N");
    let text = replace_number(&text, ".rs:", ":", "LINE");
    let text = replace_number(&text, "(pid ", ")", "PID");
    let text =
        replace_number(&text, "' (", ") panicked", "TID").replace("' (TID) panicked", "' panicked");
    let text =
        replace_number(&text, "' (", ") has overflowed", "TID").replace("' (TID) has", "' has");
    let lines = text
        .lines()
        .filter(|line| !is_kernel_frame(line))
        .map(without_kernel_function);
    lines.fold(String::new(), |all, line| all + &line + "\n")
}

fn is_kernel_frame(line: &str) -> bool {
    line.starts_with("        ") && line.contains("+0x")
}

fn without_kernel_function(line: &str) -> String {
    match line.split_once(": sleeping in ") {
        Some((process, _)) => format!("{process}: sleeping"),
        None => line.to_owned(),
    }
}

/// Replaces every number between `before` and `after` with a placeholder.
fn replace_number(text: &str, before: &str, after: &str, word: &str) -> String {
    let mut parts = text.split(before);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let number_before_it = rest.len() < part.len() && rest.starts_with(after);
        whole.push_str(before);
        if number_before_it {
            whole.push_str(word);
        }
        whole.push_str(if number_before_it { rest } else { part });
    }
    whole
}
