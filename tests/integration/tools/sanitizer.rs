//! AddressSanitizer with LeakSanitizer: it reports mistakes in sandboxes, and has no false
//! positives.

use std::process::Command;

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::Transcript;
use ns_test_suite::outer::Outer;
use ns_test_suite::toolchain;

use crate::users;

pub(crate) fn address(tooled: &Outer) -> Result<Completion, Failed> {
    let target = toolchain::host_triple()?;
    let runtime = format!("lib/rustlib/{target}/lib/librustc-nightly_rt.asan.a");
    let Some(nightly) = toolchain::nightly().filter(|nightly| nightly.join(runtime).exists())
    else {
        return Ok(Completion::ignored_with(
            "there is no nightly toolchain with AddressSanitizer",
        ));
    };
    for name in ["sanitized_with_libtest", "sanitized_without_libtest"] {
        let arguments = ["test", "--no-run", "--target", &target, "--test", name];
        let mut cargo = tooled.cargo_of(&nightly, arguments);
        cargo.env("RUSTFLAGS", "-Zsanitizer=address");
        let binary = tooled.built_by(&mut cargo, &format!("tests/{name}.rs"))?;
        for user in users() {
            let run = |filter| {
                let mut command = Command::new("setpriv");
                command
                    .args(user)
                    .arg(&binary)
                    .arg(filter)
                    .current_dir(&tooled.directory);
                Transcript::of(&mut command)
            };
            let passes = run("passes");
            passes.passed(2)?;
            passes.verify(!passes.text.contains("Sanitizer"), "no report")?;
            let panics = run("panics");
            panics.failed_with("for a reason")?;
            panics.verify(!panics.text.contains("Sanitizer"), "no report")?;
            if name == "sanitized_without_libtest" {
                let trial = run("closure");
                trial.passed(1)?;
                trial.verify(!trial.text.contains("Sanitizer"), "no report")?;
            }
            run("freed").failed_with("ERROR: AddressSanitizer: heap-use-after-free")?;
        }
    }
    Ok(Completion::Completed)
}
