//! A page of Markdown: its blocks of code, and what stands between them.

use std::fs;
use std::path::{Path, PathBuf};

/// A page, and where it lies below the repository's root.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) blocks: Vec<Block>,
    /// The lines outside of all blocks, by number.
    pub(crate) prose: Vec<(usize, String)>,
}

/// What stands between two fences.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// What stands behind the first fence: `rust`, say.
    pub(crate) kind: String,
    /// The number of the page's line that is its first.
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Page {
    fn new(path: String, text: &str) -> Self {
        let (mut blocks, mut prose) = (Vec::<Block>::new(), Vec::new());
        let mut inside = false;
        for (line, number) in text.lines().zip(1..) {
            match (inside, line.strip_prefix("```")) {
                (false, Some(kind)) => {
                    blocks.push(Block {
                        kind: kind.to_owned(),
                        line: number + 1,
                        text: String::new(),
                    });
                    inside = true;
                }
                (true, Some(_)) => inside = false,
                (true, None) => {
                    let block = blocks.last_mut().expect("a fence began it");
                    block.text += line;
                    block.text.push('\n');
                }
                (false, None) => prose.push((number, line.to_owned())),
            }
        }
        Self {
            path,
            blocks,
            prose,
        }
    }

    /// `docs/first-test.md:12`.
    pub(crate) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }

    /// Its path, as a name.
    pub(crate) fn name(&self) -> String {
        let name = self.path.trim_end_matches(".md").to_lowercase();
        name.trim_start_matches("docs/").replace('/', "-")
    }
}

impl Block {
    fn show_what_rustdoc_hides(&mut self) {
        if self.kind.is_empty() {
            self.kind = "rust".to_owned();
            let lines = self.text.lines();
            let shown = lines.map(|line| line.strip_prefix("# ").unwrap_or(line));
            self.text = shown.map(|line| format!("{line}\n")).collect();
            // The attribute is of that crate, and nothing else is.
            self.text = self.text.replace("ns_test_macros::", "ns_test::");
        }
    }
}

/// Where the pages of the attribute lie. Their blocks are rustdoc's: without a kind, and with lines that it hides.
pub(crate) const REFERENCE: &str = "macros/doc";

/// The directory that all pages lie below.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the suite lies in a workspace")
        .to_owned()
}

/// All that people read: of the root, of docs/, of examples/, and the reference, which rustdoc shows.
pub(crate) fn all() -> Vec<Page> {
    let mut paths = Vec::new();
    for directory in ["", "docs", "examples", REFERENCE] {
        let entries = fs::read_dir(repository().join(directory)).expect("the directory is there");
        let names = entries.map(|entry| entry.expect("it can be read").file_name());
        let pages = names.filter(|name| name.to_string_lossy().ends_with(".md"));
        paths.extend(pages.map(|name| Path::new(directory).join(name)));
    }
    paths.sort();
    let page = |path: &PathBuf| {
        let text = fs::read_to_string(repository().join(path)).expect("it is text");
        let mut page = Page::new(path.display().to_string(), &text);
        if path.starts_with(REFERENCE) {
            page.blocks
                .iter_mut()
                .for_each(Block::show_what_rustdoc_hides);
        }
        page
    };
    paths.iter().map(page).collect()
}
