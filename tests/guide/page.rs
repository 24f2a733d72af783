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

    /// The last part of its path, without the ending.
    pub(crate) fn name(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.trim_end_matches(".md")
    }
}

/// The directory that all pages lie below.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the suite lies in a workspace")
        .to_owned()
}

/// All that people read: of the root, of docs/ and of examples/.
pub(crate) fn all() -> Vec<Page> {
    let mut paths = Vec::new();
    for directory in ["", "docs", "examples"] {
        let entries = fs::read_dir(repository().join(directory)).expect("the directory is there");
        let names = entries.map(|entry| entry.expect("it can be read").file_name());
        let pages = names.filter(|name| name.to_string_lossy().ends_with(".md"));
        paths.extend(pages.map(|name| Path::new(directory).join(name)));
    }
    paths.sort();
    let page = |path: &PathBuf| {
        let text = fs::read_to_string(repository().join(path)).expect("it is text");
        Page::new(path.display().to_string(), &text)
    };
    paths.iter().map(page).collect()
}
