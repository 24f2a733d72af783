//! Tests of the walk through the sources of generated crates.

use std::fs;
use std::path::{Path, PathBuf};

use super::walk::{Findings, walk};

/// Walks a crate with these files in a directory of this name. The first file is the main one.
fn crate_of(name: &str, files: &[(&str, &str)]) -> (PathBuf, Findings) {
    let directory = std::env::temp_dir().join(format!("ns-test-{name}-{}", std::process::id()));
    for (file, text) in files {
        let path = directory.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let findings = walk(&directory.join(files[0].0));
    fs::remove_dir_all(&directory).unwrap();
    (directory, findings)
}

/// `file name first-last cfg|cfg`
fn functions(directory: &Path, findings: &Findings) -> Vec<String> {
    let shown = findings.functions.iter().map(|function| {
        let file = function.file.strip_prefix(directory).unwrap().display();
        let ((first, last), cfg) = (function.lines, function.cfg.join("|"));
        format!("{file} {} {first}-{last} {cfg}", function.name)
    });
    shown.collect()
}

fn found(name: &str, text: &str) -> Vec<String> {
    let (directory, findings) = crate_of(name, &[("a.rs", text)]);
    functions(&directory, &findings)
}

#[test]
fn functions_are_found_wherever_they_are() {
    let text = "#[ns_test]\n/// doc\n#[inline] pub(crate) fn one() {\n#[ns_test(net)] fn two() {} }\n\
                const X: u8 = { #[nt::ns_test] fn three() {} 1 };\nfn none() {}\n#[ns_test::test(pid)] async fn four() {}\n\
                #[test_log::test(ns_test(net))] fn five() {}\n#[test_log::test{ns_test(net)}] fn six() {}\n\
                #[cfg_attr(a, test_log::test{ns_test})] fn seven() {}";
    let expected = [
        "a.rs one 1-3 ",
        "a.rs two 1-4 ",
        "a.rs three 5-5 ",
        "a.rs four 7-7 ",
        "a.rs five 8-8 ",
        "a.rs six 9-9 ",
        "a.rs seven 10-10 all(a)",
    ];
    assert_eq!(found("wherever", text), expected);
}

#[test]
fn every_predicate_around_a_function_is_kept() {
    let text = "#[cfg(a)] mod m { #![cfg(b)] #[cfg(c)] fn f() { #[cfg(d)] { #[cfg(e)] #[ns_test] fn one() {} } } }\n\
                #[cfg_attr(f, ns_test(net))] fn two() {}\n#[cfg_attr(g, cfg(h))] #[ns_test] fn three() {}\n\
                #[cfg(i)] fn other<A, B>() {}\n#[ns_test] fn four() {}";
    let expected = [
        "a.rs one 1-1 a|b|c|d|e",
        "a.rs two 2-2 all(f)",
        "a.rs three 3-3 any(not(all(g)), h)",
        "a.rs four 5-5 ",
    ];
    assert_eq!(found("predicates", text), expected);
}

#[test]
fn what_may_be_gone_with_reason_is_not_expected() {
    let text = "#[rustversion::since(1.90)] #[ns_test] fn one() {}\n\
                #[rustversion::since(1.90)] mod m { #[ns_test] fn two() {} }\n\
                macro_rules! m { ($n:ident) => { #[ns_test] fn $n() {} } }\nm!(three);\n\
                // #[ns_test] fn four() {}\nconst T: &str = \"#[ns_test] fn five() {}\";\n\
                cfg_if! { if #[cfg(a)] { #[ns_test] fn six() {} } }";
    assert!(found("reason", text).is_empty());
}

#[test]
fn a_rewritten_item_gives_its_line_to_its_tests() {
    let text = "#[other::attribute]\nmod m {\n#[ns_test]\nfn one() {}\n}\n#[ns_test]\nfn two() {}";
    assert_eq!(found("rewritten", text), ["a.rs one 1-4 ", "a.rs two 6-7 "]);
}

#[test]
fn modules_are_followed_into_their_files() {
    let test = |name| format!("#[ns_test] fn {name}() {{}}");
    let root = "mod plain; mod folder; #[path = \"else/where.rs\"] mod there; #[cfg(x)] mod inline { mod deep; }\n\
                fn f() { include!(\"included.rs\"); } include! { \"braces.rs\" } mod plain_inline { mod deeper; }\n\
                mod gone; #[cfg_attr(x, path = \"a.rs\")] mod unsure;";
    let (directory, findings) = crate_of(
        "modules",
        &[
            ("a.rs", root),
            ("plain.rs", "mod below;"),
            ("plain/below.rs", &test("one")),
            ("folder/mod.rs", "mod below;"),
            ("folder/below.rs", &test("two")),
            ("else/where.rs", "mod below;"),
            ("else/below.rs", &test("three")),
            ("inline/deep.rs", &test("four")),
            ("included.rs", &test("five")),
            ("braces.rs", &test("seven")),
            ("plain_inline/deeper.rs", &test("eight")),
            ("unsure.rs", &test("six")),
        ],
    );
    let expected = [
        "plain/below.rs one 1-1 ",
        "folder/below.rs two 1-1 ",
        "else/below.rs three 1-1 ",
        "inline/deep.rs four 1-1 x",
        "included.rs five 1-1 ",
        "braces.rs seven 1-1 ",
        "plain_inline/deeper.rs eight 1-1 ",
    ];
    assert_eq!(functions(&directory, &findings), expected);
}

#[test]
fn a_module_that_has_itself_is_read_to_an_end() {
    let (_, findings) = crate_of("circle", &[("a.rs", "#[path = \"a.rs\"] mod a;")]);
    assert!(findings.functions.is_empty());
}

/// Name, source, and the attribute that the message names with its line.
type Dropping = (&'static str, &'static str, Option<(&'static str, u32)>);

const DROPPING: &[Dropping] = &[
    (
        "core",
        "#[core::prelude::v1::test]\n#[ns_test]\nfn f() {}",
        Some(("core::prelude::v1::test", 1)),
    ),
    (
        "std",
        "#[::std::prelude::rust_2021::test] #[cfg_attr(a, ns_test)] fn f() {}",
        Some(("std::prelude::rust_2021::test", 1)),
    ),
    (
        "bare",
        "#[inline] #[test] #[ns_test] fn f() {}",
        Some(("test", 1)),
    ),
    (
        "case",
        "#[test_case::test_case(1)] #[ns_test] fn f(x: u8) {}",
        Some(("test_case::test_case", 1)),
    ),
    (
        "body",
        "macro_rules! m { ($n:ident) => {\n#[test] #[ns_test] fn $n() {} } }",
        Some(("test", 2)),
    ),
    (
        "call",
        "m! { #[core::prelude::v1::test] #[ns_test] fn f() {} }",
        Some(("core::prelude::v1::test", 1)),
    ),
    (
        "below",
        "#[ns_test] #[core::prelude::v1::test] fn f() {}",
        None,
    ),
    ("tokio", "#[tokio::test] #[ns_test] async fn f() {}", None),
    ("apart", "#[test] fn f() {} #[ns_test] fn g() {}", None),
];

#[test]
fn an_attribute_that_drops_the_test_is_named() {
    for (name, text, expected) in DROPPING {
        let (_, findings) = crate_of(name, &[("a.rs", text)]);
        let dropped = findings.dropped.first();
        let found = dropped.map(|dropped| (dropped.attribute.as_str(), dropped.line));
        assert_eq!(found, *expected, "{text}");
    }
}

#[test]
fn each_call_of_a_macro_that_makes_one_test_is_expected() {
    let text = "macro_rules! one { ($n:ident) => { #[tokio::test] #[ns_test] async fn $n() {} } }\n\
                macro_rules! many { ($($n:ident)*) => { $(#[tokio::test] #[ns_test] async fn $n() {})* } }\n\
                macro_rules! two { (a) => { #[tokio::test] #[ns_test] async fn a() {} }; (b) => {} }\n\
                one!(f);\nmany!(g h);\ntwo!(b);\n#[cfg(x)] one! { g }\n#[cfg(y)] mod m { fn f() {\none!(h); } }\n\
                fn f() { macro_rules! other { () => { #[tokio::test] #[ns_test] async fn h() {} } }\nother!(); }";
    let expected = [
        "a.rs the test of one! 4-4 ",
        "a.rs the test of one! 7-7 x",
        "a.rs the test of one! 9-9 y",
        "a.rs the test of other! 11-11 ",
    ];
    assert_eq!(found("calls", text), expected);
}
