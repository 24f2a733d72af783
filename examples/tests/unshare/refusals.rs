//! What the example does not accept, and why.

use super::{ours, run, text};

fn refusal(arguments: &[&str]) -> String {
    let output = run(&ours(), arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    text(&output.stderr)
}

#[test]
fn what_a_sandbox_has_no_word_for_is_refused() {
    for (arguments, why) in [
        (&["--owner=1:1"][..], "--owner is not taken: a sandbox"),
        (
            &["--setgroups", "deny"],
            "--setgroups is not taken: allowed",
        ),
        (&["--map-subids"], "--map-subids is not taken: subordinate"),
        (&["--mount-binfmt"], "by itself"),
        (&["-l", ":x:"], "--load-interp is not taken"),
        (&["--net=/run/netns/x"], "nothing outlives a sandbox"),
        (&["-m", "--propagation=shared"], "nothing that is mounted"),
        (&["--kill-child=TERM"], "SIGKILL"),
        (&["--mount-proc"], "--mount-proc goes with --pid"),
        (&["-p", "--mount-proc=/mnt"], "it is mounted at /proc"),
        (&["--map-user=root"], "--map-user takes a number"),
        (&["-c", "--map-user=1"], "keeps both ids"),
        (&["-c", "--map-auto"], "the ids are the caller's, or"),
        (&["--map-users=all"], "`inner:outer:count`, not `all`"),
        (&["-r", "-S0", "-G0"], "--setuid and --setgid go together"),
        (&["--map-auto", "-S1"], "--setuid and --setgid go together"),
        (&["--boottime=1d"], "--boottime takes a number, not `1d`"),
        (&["--fork=1"], "--fork takes no argument"),
        (&["-rz"], "unknown option -z"),
    ] {
        let said = refusal(&[arguments, &["true"]].concat());
        assert!(
            said.starts_with("unshare: ") && said.contains(why),
            "{said}"
        );
    }
}

#[test]
fn what_the_machine_refuses_is_reported() {
    let said = refusal(&["--wd", "/ns-test/no/such/directory", "-U", "true"]);
    let why = "unshare: failed to change to the working directory: chdir(/ns-test/no/such/directory): ENOENT";
    assert!(said.starts_with(why), "{said}");
    let far = i64::MAX.to_string();
    let said = refusal(&["--boottime", &far, "true"]);
    assert!(said.contains("failed to set the clock offsets"), "{said}");
}
