//! Each raw call of the fence states why nix cannot serve.

use libtest_mimic::Trial;
use ns_test_suite::fixture::Check;

use super::sources::{failed_unless_empty, runtime};

pub(super) fn trials() -> [Trial; 2] {
    [
        Trial::test("each_raw_call_has_a_reason", each_raw_call_has_a_reason),
        Trial::test(
            "a_call_without_a_reason_is_found",
            a_call_without_a_reason_is_found,
        ),
    ]
}

fn each_raw_call_has_a_reason() -> Check {
    let (mut calls, mut mistakes) = (0, Vec::new());
    for (file, text) in runtime() {
        if !file.starts_with("sys") {
            continue;
        }
        let (count, without) = raw_calls(&text);
        calls += count;
        let mistake = |line| format!("{}: why not nix? {line}", file.display());
        mistakes.extend(without.into_iter().map(mistake));
    }
    assert!(calls > 30, "only {calls} raw calls were found");
    failed_unless_empty(&mistakes)
}

/// Shows that the check can fail.
fn a_call_without_a_reason_is_found() -> Check {
    let text = "
/// Makes a file. nix has no such call.
fn make() {
    // SAFETY: no pointers.
    unsafe { syscall(libc::SYS_make, [0]) };
}

/// Kills.
fn kill() {
    // SAFETY: no pointers.
    unsafe { libc::kill(1, libc::SIGKILL) };
}
";
    let whole_file = format!("//! nix has none of these.\n{text}");
    let without = (raw_calls(text), raw_calls(&whole_file));
    let expected = "unsafe { libc::kill(1, libc::SIGKILL) };".to_owned();
    if without == ((2, vec![expected]), (2, Vec::new())) {
        Ok(())
    } else {
        Err(format!("{without:?}").into())
    }
}

/// Returns the number of raw calls, and those for which neither the file's nor the function's
/// documentation mentions nix.
fn raw_calls(text: &str) -> (usize, Vec<String>) {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let of_file = lines
        .iter()
        .any(|line| line.starts_with("//!") && line.contains("nix"));
    let calls: Vec<usize> = (0..lines.len())
        .filter(|at| is_raw_call(lines[*at]))
        .collect();
    let without = calls
        .iter()
        .filter(|at| !of_file && !has_reason(&lines, **at));
    let without = without.map(|at| lines[*at].to_owned()).collect();
    (calls.len(), without)
}

fn is_raw_call(line: &str) -> bool {
    let is_comment = line.starts_with("//");
    let is_definition = line.contains("fn syscall");
    let of_libc = line.split("libc::").skip(1).any(|rest| {
        let name = rest.split('(').next().unwrap_or_default();
        let is_name =
            |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        name.len() < rest.len() && name.chars().all(is_name)
    });
    let by_number = line.contains("syscall(") || line.contains("syscall_for_fd(");
    !is_comment && !is_definition && (of_libc || by_number)
}

/// Returns whether the comment above the function of this line mentions nix.
fn has_reason(lines: &[&str], call: usize) -> bool {
    let is_function = |line: &&str| {
        line.split('"').next().is_some_and(|code| {
            code.starts_with("fn ") || code.contains(") fn ") || code.contains("unsafe fn ")
        })
    };
    let Some(function) = lines[..call].iter().rposition(is_function) else {
        return false;
    };
    let above = lines[..function].iter().rev();
    above
        .take_while(|line| line.starts_with("//") || line.starts_with('#'))
        .any(|line| line.contains("nix"))
}
