//! AppArmor profiles that restrict a program.

use std::fs;
use std::path::Path;
use std::process::Command;

use ns_test_suite::fixture::Check;

use crate::machine::{Around, Named, is_reported, passes, run};

pub(crate) const CHECKS: &[Named] = &[
    ("apparmor_allows_all", || confined("all", ALL, None)),
    ("apparmor_without_mount", || {
        confined("without_mount", WITHOUT_MOUNT, Some("fixtures::mount"))
    }),
    ("apparmor_without_capabilities", || {
        confined(
            "without_capabilities",
            WITHOUT_CAPABILITIES,
            Some("fixtures::bare"),
        )
    }),
    ("apparmor_only_files", || {
        confined("only_files", "file,", Some("fixtures::bare"))
    }),
    ("apparmor_only_files_user", || {
        confined("only_files", "file,", Some("fixtures::user"))
    }),
];

const ALL: &str =
    "file, capability, network, mount, umount, remount, pivot_root, signal, unix, ptrace, dbus,";
const WITHOUT_MOUNT: &str = "file, capability, network, signal, unix, ptrace,";
const WITHOUT_CAPABILITIES: &str =
    "file, network, mount, umount, remount, pivot_root, signal, unix, ptrace,";

/// Executes the arguments after the first, under the profile named by the first.
const ENTER: &str = r#"
file=/proc/self/attr/apparmor/exec
[ -e "$file" ] || file=/proc/self/attr/exec
printf 'exec %s' "$1" >"$file"
shift
exec "$@"
"#;

/// Loads a profile and runs a test of the fixture under it. The test is refused with the golden
/// text, or passes if none is named.
fn confined(name: &str, rules: &str, refused: Option<&str>) -> Check {
    if !Path::new("/sys/kernel/security/apparmor").exists() {
        return Err("AppArmor is not enabled in this kernel".into());
    }
    let profile = format!("ns-test-{}", name.replace('_', "-"));
    let file = Path::new("/tmp").join(&profile);
    fs::write(&file, format!("profile {profile} {{ {rules} }}\n"))?;
    run(Command::new("apparmor_parser")
        .args(["--replace", "--skip-cache"])
        .arg(&file))?;
    let words = ["sh", "-ec", ENTER, "sh", &profile];
    let around = Around {
        user: &words,
        ..Around::default()
    };
    match refused {
        Some(test) => {
            let test_name = test.rsplit(':').next().unwrap_or_default();
            is_reported(&format!("apparmor_{name}_{test_name}"), around, test)
        }
        None => passes(around, "fixtures::bare"),
    }
}
