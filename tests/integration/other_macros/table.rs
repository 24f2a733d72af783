//! The table of docs/test-attributes.md: every cell is built and compared.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use libtest_mimic::Failed;
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::outer::Outer;

/// The result of one order of two attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cell {
    Runs,
    CompileError,
    RunFails,
}

/// A function with both attributes, and the table's promise for it.
struct Combination {
    name: String,
    import: &'static str,
    source: String,
    cell: Cell,
}

/// Checks the newest releases, with `main!()` and under libtest.
pub(crate) fn newest(directory: &str) -> Check {
    let combinations = combinations(1)?;
    if combinations.len() != 22 {
        return Err(format!("{} cells", combinations.len()).into());
    }
    check(directory, &combinations)?;
    for (target, main) in [("with_libtest", ""), ("without_libtest", MAIN)] {
        let source = source(only(&combinations, Cell::Runs), main);
        let run = run(directory, target, &source, main)?;
        let all = only(&combinations, Cell::Runs).count();
        let words = format!("test result: ok. {all} passed; 0 failed; 0 ignored");
        run.verify(run.text.contains(&words), &words)?;
    }
    Ok(())
}

/// Checks older releases, with `main!()`.
pub(crate) fn older(directory: &str) -> Check {
    let combinations = combinations(4)?;
    if combinations.len() != 10 {
        return Err(format!("{} cells", combinations.len()).into());
    }
    check(directory, &combinations)?;
    let failing: Vec<&Combination> = only(&combinations, Cell::RunFails).collect();
    let source = source(failing.iter().copied(), &format!("{SOUND}{MAIN}"));
    let run = run(directory, "dropped", &source, MAIN)?;
    run.verify(run.code == Some(101), "exit code 101")?;
    run.verify(!run.text.contains("running"), "no test runs")?;
    for combination in failing {
        let line = format!("  {} (tests/dropped.rs:", combination.name);
        run.verify(run.text.contains(&line), &line)?;
    }
    run.verify(!run.text.contains("sound"), "not the one that is there")
}

/// Checks older releases under libtest, where each function is two tests.
pub(crate) fn older_under_libtest(directory: &str) -> Check {
    let combinations = combinations(4)?;
    let twice = combinations
        .iter()
        .filter(|combination| !combination.name.starts_with("proptest"));
    let twice: Vec<&Combination> = twice.collect();
    let run = run(
        directory,
        "twice",
        &source(twice.iter().copied(), SOUND),
        "",
    )?;
    run.verify(run.code == Some(101), "exit code 101")?;
    run.verify(
        run.text.contains("test sound ... ok"),
        "the other one passes",
    )?;
    for Combination { name, .. } in &twice {
        // rstest creates a module of that name.
        let words = format!("the test `{name}");
        run.verify(run.text.contains(&words), &words)?;
    }
    let all = run.text.matches("is registered twice").count();
    run.verify(all == twice.len(), "as many as there are")
}

/// A test that works.
const SOUND: &str = "#[ns_test(net)]\nfn sound() {}\n";
const MAIN: &str = "ns_test::main!();\n";

/// Checks that exactly the cells marked as compile errors do not compile. Each has a target of its
/// own.
fn check(directory: &str, combinations: &[Combination]) -> Check {
    let (mut manifest, mut files) = (String::new(), Vec::new());
    for combination in only(combinations, Cell::CompileError) {
        target(&mut manifest, &combination.name, MAIN);
        let text = source([combination].into_iter(), MAIN);
        files.push((format!("{}.rs", combination.name), text));
    }
    target(&mut manifest, "sound", MAIN);
    files.push(("sound.rs".into(), format!("{USES}{SOUND}{MAIN}")));
    let outer = Outer::write(directory, env!("CARGO_TARGET_TMPDIR"))?;
    outer.take_tests(&manifest, &files)?;
    let mut cargo = outer.cargo(["check", "--tests", "--keep-going"]);
    let run = Transcript::of(&mut cargo);
    for Combination { name, .. } in only(combinations, Cell::CompileError) {
        let words = format!("(test \"{name}\") due to");
        run.verify(run.text.contains(&words), &words)?;
    }
    run.verify(
        !run.text.contains("(test \"sound\") due to"),
        "one compiles",
    )
}

fn run(directory: &str, name: &str, source: &str, main: &str) -> Result<Transcript, Failed> {
    let mut manifest = String::new();
    target(&mut manifest, name, main);
    let outer = Outer::write(directory, env!("CARGO_TARGET_TMPDIR"))?;
    outer.take_tests(&manifest, &[(format!("{name}.rs"), source.to_owned())])?;
    Ok(outer.test(name))
}

fn target(manifest: &mut String, name: &str, main: &str) {
    let harness = main.is_empty();
    let _ = write!(
        manifest,
        "\n[[test]]\nname = \"{name}\"\nharness = {harness}\n"
    );
}

fn only(combinations: &[Combination], cell: Cell) -> impl Iterator<Item = &Combination> {
    combinations
        .iter()
        .filter(move |combination| combination.cell == cell)
}

const USES: &str = "#![allow(unused_imports)]\nuse ns_test::ns_test;\n";

fn source<'a>(combinations: impl Iterator<Item = &'a Combination>, end: &str) -> String {
    let (mut imports, mut functions) = (BTreeSet::new(), String::new());
    for combination in combinations {
        imports.insert(combination.import);
        functions += &combination.source;
    }
    let imports: String = imports.into_iter().collect();
    format!("{USES}{imports}\n{functions}{end}")
}

/// Returns the combinations in two neighbouring columns of the table: above and below.
fn combinations(column: usize) -> Result<Vec<Combination>, Failed> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/test-attributes.md");
    let page = std::fs::read_to_string(page)?;
    let mut all = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| `#[")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let attribute = cells[0].trim_matches('`');
        for (order, text) in [("above", cells[column]), ("below", cells[column + 1])] {
            let cell = match text {
                "runs" => Cell::Runs,
                "compile error" => Cell::CompileError,
                "the run fails" => Cell::RunFails,
                "" => continue,
                _ => return Err(format!("`{text}` is no outcome").into()),
            };
            all.push(combination(attribute, order, cell)?);
        }
    }
    Ok(all)
}

/// Returns a function with the attribute, and its imports.
fn combination(attribute: &str, order: &str, cell: Cell) -> Result<Combination, Failed> {
    let (name, import, signature) = match attribute {
        "#[test]" => ("test", "", "fn NAME()"),
        "#[core::prelude::v1::test]" => ("core", "", "fn NAME()"),
        "#[tokio::test]" => ("tokio", "", "async fn NAME()"),
        "#[rstest]" => (
            "rstest",
            "use rstest::rstest;",
            "fn NAME(#[values(1)] _n: u8)",
        ),
        "#[test_log::test]" => ("test_log", "", "fn NAME()"),
        "#[gtest]" => ("gtest", "use googletest::gtest;", "fn NAME()"),
        "#[proptest]" => (
            "proptest",
            "use test_strategy::proptest;",
            "fn NAME(_n: u8)",
        ),
        "#[async_std::test]" => ("async_std", "", "async fn NAME()"),
        "#[actix_rt::test]" => ("actix", "", "async fn NAME()"),
        "#[test_case(1)]" => ("test_case", "use test_case::test_case;", "fn NAME(_n: u8)"),
        "#[property_test]" => (
            "property_test",
            "use proptest::property_test;",
            "fn NAME(_n: u8)",
        ),
        _ => return Err(format!("there is no example of {attribute}").into()),
    };
    let name = format!("{name}_{order}");
    let signature = signature.replace("NAME", &name);
    let attributes = match order {
        "above" => format!("{attribute}\n#[ns_test(net)]"),
        _ => format!("#[ns_test(net)]\n{attribute}"),
    };
    let source = format!("{attributes}\n{signature} {{}}\n");
    Ok(Combination {
        name,
        import,
        source,
        cell,
    })
}
