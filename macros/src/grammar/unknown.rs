//! The message for a name that is not in the grammar.

use super::tables::{
    ATTRIBUTE, ENV, LIMIT, MOUNT, NAMESPACES, NET, OPTIONS, PID, TIME, TOP, USER, UTS,
};
use super::{Group, Key, nearest};

/// Returns the message for an unknown name in `group`.
pub(crate) fn unknown(group: &Group, name: &str) -> String {
    match group.name {
        ATTRIBUTE => unknown_word(name),
        _ => unknown_key(group, name),
    }
}

/// Names from unshare(1), /proc/self/ns and other test macros.
const WORD_NEIGHBOURS: &[(&str, &str)] = &[
    ("network", "is not a namespace; did you mean `net`?"),
    ("netns", "is not a namespace; did you mean `net`?"),
    ("mnt", "is not a namespace; did you mean `mount`?"),
    ("fs", "is not a namespace; did you mean `mount`?"),
    (
        "proc",
        "is not a namespace; did you mean `pid`, which has its own /proc?",
    ),
    ("process", "is not a namespace; did you mean `pid`?"),
    ("clock", "is not a namespace; did you mean `time`?"),
    (
        "root",
        r#"is not a namespace; write `user` to be root, or `mount(root = "rootfs")` to change `/`"#,
    ),
    (
        "none",
        "is not a namespace; name the ones that the test needs",
    ),
    ("ignore", "is an attribute of its own: write `#[ignore]`"),
    (
        "should_panic",
        "is an attribute of its own: write `#[should_panic]`",
    ),
];

const KEY_NEIGHBOURS: &[(&str, &str, &str)] = &[
    ("user", "root", "`user` without keys makes the test root"),
    ("user", "auto", r#"write `ids = "auto"`"#),
    ("mount", "proc", "write `pid`, which has its own /proc"),
    ("mount", "slave", r#"write `propagation = "slave"`"#),
    ("mount", "private", "`mount` is private by default"),
    (
        "bind",
        "rw",
        "a bind mount is writable unless `ro` is added",
    ),
    ("net", "loopback", "write `lo = false` to leave it down"),
    (
        "time",
        "realtime",
        "the kernel has no offset for the wall clock",
    ),
];

fn unknown_word(name: &str) -> String {
    if let Some((_, remedy)) = WORD_NEIGHBOURS.iter().find(|(word, _)| *word == name) {
        return format!("`{name}` {remedy}");
    }
    if let Some((owner, key)) = owner(name) {
        return format!(
            "`{name}` is a key of `{owner}`: write `{owner}({})`",
            key.usage
        );
    }
    let words = NAMESPACES
        .into_iter()
        .chain(["all", "hermetic"])
        .chain(OPTIONS);
    if let Some(near) = nearest(name, words) {
        let kind = if OPTIONS.contains(&near) {
            "option"
        } else {
            "namespace"
        };
        return format!("unknown {kind} `{name}`; did you mean `{near}`?");
    }
    let (namespaces, options) = (list(NAMESPACES), list(OPTIONS));
    format!(
        "`{name}` is not a namespace or an option; the namespaces are {namespaces}, `all` and `hermetic`, the options {options}"
    )
}

fn unknown_key(group: &Group, name: &str) -> String {
    let unknown = format!("unknown key `{name}` of `{}`", group.name);
    let neighbour = |(owner, key, _): &&(&str, &str, &str)| *owner == group.name && *key == name;
    if let Some((.., remedy)) = KEY_NEIGHBOURS.iter().find(neighbour) {
        return format!("{unknown}; {remedy}");
    }
    if let Some((owner, key)) = owner(name) {
        return format!(
            "{unknown}; it belongs to `{owner}`: `{owner}({})`",
            key.usage
        );
    }
    if let Some(near) = nearest(name, group.keys.iter().map(|key| key.name)) {
        return format!("{unknown}; did you mean `{near}`?");
    }
    if let Some(option) = TOP
        .key(name)
        .filter(|option| OPTIONS.contains(&option.name))
    {
        let outside = format!("`{}, {}`", group.name, option.usage);
        return format!("{unknown}; it is an option of the attribute: write {outside}");
    }
    if group.name == ENV.name {
        return format!("{unknown}; a variable is written `env(\"{name}\", \"value\")`");
    }
    if group.keys.is_empty() {
        return format!("`{0}` takes no keys: write `{0}`", group.name);
    }
    format!(
        "{unknown}; expected {}",
        list(group.keys.iter().map(|key| key.name))
    )
}

fn owner(name: &str) -> Option<(&'static str, &'static Key)> {
    [&USER, &MOUNT, &PID, &NET, &UTS, &TIME, &LIMIT]
        .into_iter()
        .find_map(|group| Some((group.name, group.key(name)?)))
}

fn list(names: impl IntoIterator<Item = &'static str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
