//! The options that map ids.

use std::env;
use std::process::Command;

use super::{both_say, ours, run, says, text};

#[test]
fn the_caller_is_root() {
    assert_eq!(both_say(&["-r", "id", "-u"]), "0");
    assert_eq!(both_say(&["--map-root-user", "id", "-g"]), "0");
    both_say(&["-r", "cat", "/proc/self/uid_map", "/proc/self/gid_map"]);
}

#[test]
fn the_caller_keeps_its_ids() {
    let own = |flag| {
        let id = Command::new("id").arg(flag).output();
        text(&id.expect("id runs").stdout)
    };
    assert_eq!(both_say(&["-c", "id", "-u"]), own("-u"));
    assert_eq!(both_say(&["--map-current-user", "id", "-g"]), own("-g"));
    both_say(&["-c", "cat", "/proc/self/uid_map", "/proc/self/gid_map"]);
    both_say(&["-c", "--keep-caps", "grep", "CapEff", "/proc/self/status"]);
}

#[test]
fn the_caller_is_whom_it_says() {
    let ids = ["--map-user=1000", "--map-group", "1001"];
    let ask = |what: &[&str]| both_say(&[&ids[..], what].concat());
    assert_eq!(ask(&["id", "-u"]), "1000");
    assert_eq!(ask(&["id", "-g"]), "1001");
    // The last option takes effect.
    assert_eq!(both_say(&["--map-user=7", "-r", "id", "-u"]), "0");
    assert_eq!(
        both_say(&["-r", "--map-user=7", "sh", "-c", "id -u; id -g"]),
        "7\n0"
    );
}

/// Returns why an ordinary user of this machine can't have several ids, if so.
fn no_several_ids() -> Option<String> {
    let probe = run(&ours(), &["--map-auto", "true"]);
    (!probe.status.success()).then(|| text(&probe.stderr))
}

#[test]
fn several_ids() {
    if let Some(why) = no_several_ids() {
        println!("left out: {why}");
        // In CI every program must be installed.
        assert!(env::var_os("CI").is_none(), "{why}");
        return;
    }
    let map = says(&["--map-auto", "-r", "cat", "/proc/self/uid_map"]);
    assert_eq!(map.lines().count(), 2, "{map}");
    let ids = ["sh", "-c", "id -u; id -g; id -G"];
    let become_daemon = ["--map-auto", "-S", "1", "-G1"];
    assert_eq!(says(&[&become_daemon[..], &ids].concat()), "1\n1\n1");
    // The same map again, and in the old numeric syntax.
    let block: Vec<&str> = map.split_whitespace().skip(3).collect();
    for range in [format!("0:{}:9", block[1]), format!("{},0,9", block[1])] {
        let options = ["--map-users", &range, "--map-groups", &range];
        let map = says(&[&options[..], &["cat", "/proc/self/gid_map"]].concat());
        let map: Vec<&str> = map.split_whitespace().collect();
        assert_eq!(map, ["0", block[1], "9"]);
        assert_eq!(says(&[&options[..], &ids].concat()), "0\n0\n0");
    }
}
