//! AppArmor profiles that restrict a program.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use ns_test_suite::fixture::Check;
use ns_test_suite::host;

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
    ("apparmor_without_userns", without_userns),
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

/// The version of the rules, by which a profile without `userns` denies user namespaces.
const ABI: &str = "abi <abi/4.0>,";

/// Names the parser of AppArmor 4.
const PARSER: &str = "NS_TEST_SUITE_APPARMOR";

/// Executes the arguments after the first, under the profile named by the first.
const ENTER: &str = r#"
file=/proc/self/attr/apparmor/exec
[ -e "$file" ] || file=/proc/self/attr/exec
printf 'exec %s' "$1" >"$file"
shift
exec "$@"
"#;

/// Checks a profile without the rule for user namespaces, which AppArmor has since Linux 6.7. On
/// older kernels the profile allows them.
fn without_userns() -> Check {
    let parser = env::var_os(PARSER).ok_or("the guest has no parser of AppArmor 4")?;
    let has_rule = host::is_before(6, 7, "the AppArmor rule for user namespaces").is_none();
    let refused = has_rule.then_some("fixtures::bare");
    confined_by(&parser, ABI, "without_userns", ALL, refused)?;
    // The remedy of the report.
    let rules = format!("{ALL} userns,");
    confined_by(&parser, ABI, "with_userns", &rules, None)
}

/// Loads a profile and runs a test of the fixture under it. The test is refused with the golden
/// text, or passes if none is named.
fn confined(name: &str, rules: &str, refused: Option<&str>) -> Check {
    confined_by("apparmor_parser".as_ref(), "", name, rules, refused)
}

fn confined_by(parser: &OsStr, abi: &str, name: &str, rules: &str, refused: Option<&str>) -> Check {
    if !Path::new("/sys/kernel/security/apparmor").exists() {
        return Err("AppArmor is not enabled in this kernel".into());
    }
    let profile = format!("ns-test-{}", name.replace('_', "-"));
    let file = Path::new("/tmp").join(&profile);
    fs::write(&file, format!("{abi}\nprofile {profile} {{ {rules} }}\n"))?;
    run(Command::new(parser)
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
