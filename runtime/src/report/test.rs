//! Messages for a test: what is printed below its name.

use std::fmt::Write as _;
use std::time::Duration;

use crate::channel::result_page::{CpuTime, Leftover};
use crate::error::Shown;
use crate::outcome::finished::Finished;
use crate::outcome::keep::KeepPrompt;
use crate::outcome::verdict::Ending;
use crate::request::test::Test;

use super::ending::why;
use super::prepared::used;

/// Formats the text below a failed test's name: its output, and the reason unless the output
/// already has it.
pub(crate) fn failure(ending: &Ending, finished: &Finished, test: &Test) -> String {
    failure_of("test", ending, finished, test)
}

/// Formats the same under another name.
pub(super) fn failure_of(
    subject: &str,
    ending: &Ending,
    finished: &Finished,
    test: &Test,
) -> String {
    let mut text = finished.output.text(left_out);
    if let Some(why) = why(ending, finished, test) {
        let why = why.replace("the test", &format!("the {subject}"));
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&why);
        text.push('\n');
    }
    if finished.outcome.oom_kills > 0 {
        let _ = writeln!(text, "{}", out_of_memory(finished.outcome.oom_kills));
    }
    if let Some(time) = finished.outcome.cpu_time {
        let _ = writeln!(text, "{}", near_cpu_limit(time));
    }
    if let Some(full) = finished.outcome.full_scratch {
        let _ = writeln!(text, "{}", full_scratch(full, test));
    }
    if !finished.outcome.leftovers.is_empty() {
        let _ = writeln!(text, "{}", leftovers(subject, &finished.outcome.leftovers));
    }
    text.push_str(&used(&finished.prepared));
    if let Some(state) = &finished.state {
        let _ = write!(text, "the sandbox when the test ended\n{}", indented(state));
    }
    // libtest-mimic adds a line end after the section.
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// Formats the prompt for a sandbox that is kept for the user.
pub(crate) fn offer(offer: &KeepPrompt<'_>) -> String {
    match offer {
        KeepPrompt::Shell => {
            "\nthe test failed; this shell runs in its sandbox, which ends when the shell exits"
                .to_owned()
        }
        KeepPrompt::NoShell(error) => format!("no shell in the sandbox: nsenter: {error}"),
        KeepPrompt::Kept(line) => format!(
            "\nthe test failed; its sandbox is kept until you press Enter or Ctrl-C; to enter it, run:\n{line} $SHELL"
        ),
    }
}

fn indented(text: &str) -> String {
    text.lines()
        .fold(String::new(), |all, line| all + "    " + line + "\n")
}

/// Returns the output of a test.
pub(crate) fn output(finished: &Finished) -> String {
    finished.output.text(left_out)
}

/// Formats the sections of `--show-output`, as libtest does.
pub(crate) fn successes(outputs: &[(String, String)]) -> String {
    let mut text = "\nsuccesses:\n".to_owned();
    for (name, output) in outputs.iter().filter(|(_, output)| !output.is_empty()) {
        let _ = write!(text, "\n---- {name} stdout ----\n{output}");
    }
    text.push_str("\n\nsuccesses:\n");
    for (name, _) in outputs {
        let _ = writeln!(text, "    {name}");
    }
    text
}

/// Formats the message for a slow test, in libtest's wording.
pub(crate) fn slow(name: &str, after: Duration) -> String {
    match (after.as_secs(), after.subsec_nanos()) {
        (seconds, 0) => format!("test {name} has been running for over {seconds} seconds"),
        _ => format!("test {name} has been running for over {after:?}"),
    }
}

fn left_out(bytes: u64) -> String {
    format!("\n[.. {bytes} bytes omitted ..]\n")
}

fn out_of_memory(kills: u64) -> String {
    let processes = if kills == 1 { "process" } else { "processes" };
    format!(
        "out of memory: the kernel killed {kills} {processes} on this machine while the test ran (oom_kill in /proc/vmstat)"
    )
}

fn near_cpu_limit(CpuTime { limit, used }: CpuTime) -> String {
    format!(
        "processor time: the kernel kills a process at its hard limit (`ulimit -t`), here {limit:?}; the test process used {used:?}"
    )
}

fn full_scratch([size, free]: [u64; 2], test: &Test) -> String {
    let (mut targets, mut remedies) = (Vec::new(), Vec::new());
    if let Some(mount) = &test.spec().mount {
        for overlay in &*mount.overlay {
            targets.push(Shown::new(&*overlay.target).to_string());
            remedies.push(r#"overlay(.., size = "..") enlarges it"#);
        }
        for prepared in &*mount.prepared {
            targets.push(Shown::new(&*prepared.target).to_string());
            remedies.push(r#"prepared(.., upper = "disk") stores the changes on disk"#);
        }
    }
    remedies.dedup();
    format!(
        "the overlays' scratch space was full when the test ended: {} of {} MiB used ({}); {}",
        (size - free) >> 20,
        size >> 20,
        targets.join(", "),
        remedies.join("; ")
    )
}

pub(super) fn leftovers(subject: &str, leftovers: &[Leftover]) -> String {
    let names: Vec<String> = leftovers
        .iter()
        .map(|leftover| match leftover.command.as_str() {
            "" => format!("a process that /proc does not show (pid {})", leftover.pid),
            command => format!("{command} (pid {})", leftover.pid),
        })
        .collect();
    let (count, processes) = (
        leftovers.len(),
        if leftovers.len() == 1 {
            "process"
        } else {
            "processes"
        },
    );
    format!(
        "{count} {processes} outlived the {subject}: {}",
        names.join(", ")
    )
}
