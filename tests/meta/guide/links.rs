//! Links between pages: the file exists, and so does the heading.

use std::fs;
use std::path::Path;

use ns_test_suite::fixture::Check;

use crate::page::{self, Page};

pub(crate) fn all_lead_somewhere(pages: &[Page]) -> Check {
    let mut broken = Vec::new();
    for page in pages {
        for (line, target) in page.prose.iter().flat_map(links) {
            if let Err(why) = follow(page, pages, &target) {
                broken.push(format!("{}: `{target}`: {why}", page.place(line)));
            }
        }
    }
    match broken.is_empty() {
        true => Ok(()),
        false => Err(broken.join("\n").into()),
    }
}

/// Checks that the guide's index lists each of its pages.
pub(crate) fn index_is_whole(pages: &[Page]) -> Check {
    let is_index = |page: &&Page| page.path == "docs/README.md";
    let index = pages.iter().find(is_index).ok_or("there is no index")?;
    let listed: Vec<String> = index
        .prose
        .iter()
        .flat_map(links)
        .map(|(_, target)| target)
        .collect();
    for page in pages {
        let name = page.path.strip_prefix("docs/");
        match name {
            Some(name) if name != "README.md" && !listed.iter().any(|target| target == name) => {
                return Err(format!("docs/README.md does not list {name}").into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns the targets of links, without those on other sites.
fn links((number, line): &(usize, String)) -> Vec<(usize, String)> {
    let behind = line.split("](").skip(1);
    let targets = behind.filter_map(|rest| rest.split(')').next());
    targets
        // rustdoc itself checks its own kind of link.
        .filter(|target| !target.starts_with("http") && !target.contains("::"))
        .map(|target| (*number, target.to_owned()))
        .collect()
}

fn follow(from: &Page, pages: &[Page], target: &str) -> Result<(), &'static str> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let directory = Path::new(&from.path).parent().unwrap_or(Path::new(""));
    let path = match file {
        "" => page::repository().join(&from.path),
        file => page::repository().join(directory).join(file),
    };
    let path = fs::canonicalize(path).map_err(|_| "there is no such file")?;
    if from.path.starts_with(page::REFERENCE) && file.is_empty() {
        return one_page_has(pages, anchor);
    }
    if anchor.is_empty() {
        return Ok(());
    }
    let page = pages
        .iter()
        .find(|page| {
            fs::canonicalize(page::repository().join(&page.path)).is_ok_and(|other| other == path)
        })
        .ok_or("an anchor in a file that is no page")?;
    let mut headings = page.prose.iter().filter(|(_, line)| line.starts_with('#'));
    match headings.any(|(_, heading)| anchor_of(heading) == anchor) {
        true => Ok(()),
        false => Err("there is no such heading"),
    }
}

/// Checks an anchor of the reference, whose parts rustdoc joins to one page.
fn one_page_has(pages: &[Page], anchor: &str) -> Result<(), &'static str> {
    let parts = pages
        .iter()
        .filter(|page| page.path.starts_with(page::REFERENCE));
    let mut lines = parts.flat_map(|page| &page.prose);
    match lines.any(|(_, line)| line.starts_with('#') && anchor_of(line) == anchor) {
        true => Ok(()),
        false => Err("there is no such heading"),
    }
}

/// Returns the anchor that GitHub generates: lower case, hyphens for spaces, no other punctuation.
fn anchor_of(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}
