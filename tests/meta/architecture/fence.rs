//! `unsafe` and `libc` are only in `sys/`, the fence, which stays small.

use std::path::Path;

use libtest_mimic::Trial;
use ns_test_suite::fixture::Check;

use super::sources::{failed_unless_empty, runtime};

pub(super) fn trials() -> [Trial; 3] {
    [
        Trial::test(
            "unsafe_stays_behind_the_fence",
            unsafe_stays_behind_the_fence,
        ),
        Trial::test("unsafe_blocks_are_few", unsafe_blocks_are_few),
        Trial::test("the_fence_is_low", the_fence_is_low),
    ]
}

fn unsafe_stays_behind_the_fence() -> Check {
    let is_raw = |line: &&str| {
        !line.trim_start().starts_with("//")
            && (line.contains("unsafe {") || line.contains("libc::") || line.contains("::libc"))
    };
    let outside = runtime()
        .into_iter()
        .filter(|(file, _)| !file.starts_with("sys"));
    let mistakes: Vec<String> = outside
        .filter_map(|(file, text)| {
            Some(format!(
                "{}: `{}`",
                file.display(),
                text.lines().find(is_raw)?
            ))
        })
        .collect();
    failed_unless_empty(&mistakes)
}

/// How many unsafe blocks the fence may have.
const MOST_UNSAFE_BLOCKS: usize = 82;

fn unsafe_blocks_are_few() -> Check {
    let sources = runtime();
    let lines = sources.iter().flat_map(|(_, text)| text.lines());
    let code = lines.filter(|line| !line.trim_start().starts_with("//"));
    let count: usize = code.map(|line| line.matches("unsafe {").count()).sum();
    if (1..=MOST_UNSAFE_BLOCKS).contains(&count) {
        return Ok(());
    }
    Err(format!("{count} unsafe blocks").into())
}

/// How many lines of code the fence may have, without comments, tests and the sockets of networks.
const MOST_LINES_OF_THE_FENCE: usize = 1700;

/// How many lines of code these sockets may have.
const MOST_LINES_OF_NETWORKS: usize = 260;

/// The files of these sockets.
const NETWORKS: [&str; 3] = ["sys/ethtool.rs", "sys/netlink.rs", "sys/packet.rs"];

fn the_fence_is_low() -> Check {
    let fence: Vec<_> = runtime()
        .into_iter()
        .filter(|(file, _)| file.starts_with("sys"))
        .collect();
    let is_of_networks = |file: &Path| NETWORKS.iter().any(|network| file == Path::new(network));
    let (networks, others): (Vec<_>, Vec<_>) =
        fence.iter().partition(|(file, _)| is_of_networks(file));
    if networks.len() != NETWORKS.len() {
        return Err(format!("only {} of {NETWORKS:?} exist", networks.len()).into());
    }
    for (files, most) in [
        (others, MOST_LINES_OF_THE_FENCE),
        (networks, MOST_LINES_OF_NETWORKS),
    ] {
        let count: usize = files.iter().map(|(_, text)| lines_of_code(text)).sum();
        if !(1..=most).contains(&count) {
            return Err(format!("{count} lines of code, of {most}").into());
        }
    }
    Ok(())
}

fn lines_of_code(text: &str) -> usize {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}
