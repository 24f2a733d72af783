//! The blocks of Rust: each becomes a test target of a reader's crate, and cargo runs it.
//!
//! The fence defines what is checked:
//!
//! - `rust`: a whole test file, which compiles. At least one test passes, and none fails.
//! - `rust,should_panic`: a test file with a test that fails. The next block of `text` has the
//!   output, where `..` replaces any text. A block of `sh` between the two sets variables.
//! - `rust,ignore`: code without ns-test, for comparison, which is not compiled. Its first line
//!   says so, and [`IGNORED`] counts these blocks.

use std::collections::BTreeMap;
use std::path::Path;

use libtest_mimic::{Completion, Failed};
use ns_test_suite::fixture::Transcript;
use ns_test_suite::host;
use ns_test_suite::outer::Outer;

use crate::page::{Block, Page};

/// The number of blocks of a page that are not compiled.
const IGNORED: [(&str, usize); 1] = [("docs/sudo-suites.md", 1)];

/// The pages whose blocks need crates that cargo may have to download.
const BESIDE: [&str; 2] = ["docs/async.md", "macros/doc/beside.md"];

/// The crates whose tests are the blocks, written but not yet built.
pub(crate) struct Crates {
    plain: Outer,
    /// Or the reason why it is not available.
    beside: Result<Outer, String>,
}

impl Crates {
    pub(crate) fn write(pages: &[Page]) -> Result<Self, Failed> {
        const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");
        let (beside, plain): (Vec<&Page>, Vec<&Page>) =
            pages.iter().partition(|page| is_beside(page));
        let attributes = Outer::write("integration/other_macros/attributes", SCRATCH)?;
        let beside = match attributes.fetch()? {
            Some(why) => Err(why),
            None => {
                let outer = Outer::write_as("meta/guide/beside", "guide-beside", SCRATCH)?;
                outer.take_lock_of(&attributes)?;
                Ok(written(outer, &beside)?)
            }
        };
        let plain = written(
            Outer::write_as("meta/guide/outer", "guide", SCRATCH)?,
            &plain,
        )?;
        Ok(Self { plain, beside })
    }

    /// Builds all at once, on all processors. The run reports blocks that do not compile.
    pub(crate) fn build(&self) {
        for outer in [Some(&self.plain), self.beside.as_ref().ok()]
            .into_iter()
            .flatten()
        {
            let _ = outer.cargo(["test", "--no-run", "--no-fail-fast"]).output();
        }
    }

    pub(crate) fn run(&self, page: &Page, at: usize) -> Result<Completion, Failed> {
        let block = &page.blocks[at];
        let outer = match &self.beside {
            Ok(outer) if is_beside(page) => outer,
            Err(why) if is_beside(page) => return Ok(Completion::ignored_with(why)),
            _ => &self.plain,
        };
        match lacks_program(&block.text) {
            // `.ci/run` installs them.
            Some(why) if std::env::var_os("CI").is_some() => return Err(why.into()),
            Some(why) => return Ok(Completion::ignored_with(why)),
            None => {}
        }
        if let Some(why) = host::lacks_ids().filter(|_| block.text.contains("ids = ")) {
            return Ok(Completion::ignored_with(why));
        }
        let target = target(page, block);
        let mut cargo = outer.cargo(["test", "--test", &target, "--", "--test-threads=1"]);
        match block.kind.as_str() {
            "rust" => passed(&Transcript::of(&mut cargo))?,
            _ => {
                cargo.envs(variables_for(page, at));
                failed_as_told(&Transcript::of(&mut cargo), told(page, at)?)?;
            }
        }
        Ok(Completion::Completed)
    }
}

/// Returns the first missing program among those that the first line names: `//! Needs
/// /usr/sbin/nginx (Debian: nginx-light).`
fn lacks_program(text: &str) -> Option<String> {
    let needs = text.strip_prefix("//! Needs ")?;
    let (programs, package) = needs.split_once("(Debian: ")?;
    let package = package.split(')').next().unwrap_or_default();
    let mut paths = programs
        .split([' ', ',', '\n'])
        .filter(|word| word.starts_with("/usr/"));
    paths
        .find(|path| !Path::new(path).exists())
        .map(|path| format!("{path} is not there (Debian: {package})"))
}

/// Returns whether it is a block that is compiled and run.
pub(crate) fn is_run(block: &Block) -> bool {
    ["rust", "rust,should_panic"].contains(&block.kind.as_str())
}

/// Accepts only fences of known kinds, and no more blocks that are not compiled than listed.
pub(crate) fn fences(pages: &[Page]) -> Result<(), Failed> {
    const FENCES: [&str; 8] = [
        "rust",
        "rust,should_panic",
        "rust,ignore",
        "sh",
        "text",
        "toml",
        "yaml",
        "gdb",
    ];
    let mut ignored = BTreeMap::<&str, usize>::new();
    for page in pages {
        for block in &page.blocks {
            let place = page.place(block.line);
            if !FENCES.contains(&block.kind.as_str()) {
                return Err(format!("{place}: a fence `{}`", block.kind).into());
            }
            if block.kind == "rust,ignore" {
                *ignored.entry(&page.path).or_default() += 1;
                if !block.text.starts_with("// Before: ") {
                    return Err(format!("{place}: it does not say why it is not compiled").into());
                }
            }
        }
    }
    match ignored == BTreeMap::from(IGNORED) {
        true => Ok(()),
        false => Err(format!("blocks that are not compiled: {ignored:?}").into()),
    }
}

fn is_beside(page: &Page) -> bool {
    BESIDE.contains(&page.path.as_str())
}

fn target(page: &Page, block: &Block) -> String {
    format!("{}-{}", page.name(), block.line)
}

/// Writes the blocks into the crate. Each has as many empty lines above it as the page has, so that
/// the compiler's line numbers match.
fn written(outer: Outer, pages: &[&Page]) -> Result<Outer, Failed> {
    let mut files = Vec::new();
    let mut manifest = String::new();
    for page in pages {
        for block in page.blocks.iter().filter(|block| is_run(block)) {
            let name = target(page, block);
            let has_main =
                block.text.contains("ns_test::main!(") || block.text.contains("fn main(");
            manifest += &format!(
                "\n[[test]]\nname = \"{name}\"\npath = \"tests/{name}.rs\"\nharness = {}\n",
                !has_main
            );
            let above = "\n".repeat(block.line - 1);
            files.push((format!("{name}.rs"), above + &block.text));
        }
    }
    outer.take_tests(&manifest, &files)?;
    Ok(outer)
}

fn passed(run: &Transcript) -> Result<(), Failed> {
    let some =
        run.text.contains("test result: ok. ") && !run.text.contains("test result: ok. 0 passed");
    run.verify(
        some && run.code == Some(0),
        "a test that passes and none that fails",
    )
}

/// Returns the output that the page shows for a failing block.
fn told(page: &Page, at: usize) -> Result<&str, Failed> {
    let told = following(page, at).find(|block| block.kind == "text");
    told.map(|block| block.text.as_str())
        .ok_or_else(|| "no block of text says how it fails".into())
}

/// Returns the blocks after this one, up to the next one of Rust.
fn following(page: &Page, at: usize) -> impl Iterator<Item = &Block> {
    page.blocks[at + 1..]
        .iter()
        .take_while(|block| !block.kind.starts_with("rust"))
}

/// Returns the variables that a block of `sh` between the two sets.
fn variables_for(page: &Page, at: usize) -> Vec<(&str, &str)> {
    let shell = following(page, at)
        .next()
        .filter(|block| block.kind == "sh");
    let words = shell.map_or("", |block| &block.text).split_whitespace();
    words
        .take_while(|word| *word != "cargo")
        .filter_map(|word| word.split_once('='))
        .collect()
}

/// Checks that the run failed, and that all expected lines are there, in this order.
fn failed_as_told(run: &Transcript, told: &str) -> Result<(), Failed> {
    run.verify(run.text.contains("test result: FAILED. "), "a failure")?;
    let mut printed = run.text.lines();
    for line in told
        .lines()
        .filter(|line| !["", ".."].contains(&line.trim()))
    {
        run.verify(
            printed.any(|other| is_as_told(other, line)),
            &format!("the line `{line}`, in its place"),
        )?;
    }
    Ok(())
}

fn is_as_told(printed: &str, told: &str) -> bool {
    let mut rest = printed.trim();
    let parts: Vec<&str> = told.trim().split("..").map(str::trim).collect();
    let whole = parts.len() == 1;
    for part in &parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    !whole || printed.trim() == told.trim()
}
