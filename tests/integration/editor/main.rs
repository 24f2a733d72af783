//! A user's crate in an editor: the checks send rust-analyzer an editor's requests.

mod document;
mod questions;
mod server;

use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::{env, fs};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use ns_test_suite::fixture::{Check, Transcript};
use ns_test_suite::outer::Outer;

use crate::document::Document;
use crate::server::Server;

type CheckFunction = fn(&Outer, &mut Server) -> Check;

/// One server for all checks: it takes long to read a project.
type Session = Arc<Mutex<Option<Server>>>;

fn main() -> ExitCode {
    let checks: [(&str, CheckFunction); 6] = [
        ("buttons_run_their_test_alone", buttons),
        ("bodies_are_resolved", bodies),
        ("no_false_mistakes", no_false_mistakes),
        ("bodies_are_resolved_below_a_mistake", below_a_mistake),
        ("unfinished_bodies_are_completed", unfinished),
        ("the_attribute_shows_its_reference", reference),
    ];
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let session = Session::default();
    let trials = checks.map(|(name, check)| {
        let session = Arc::clone(&session);
        Trial::ignorable_test(name, move || answer(&session, check))
    });
    ns_test_suite::fixture::run_checks(&arguments, trials.into())
}

fn answer(session: &Session, check: CheckFunction) -> Result<Completion, Failed> {
    let outer = Outer::write("integration/editor/edited", env!("CARGO_TARGET_TMPDIR"))?;
    let mut analyzer = outer.program("rust-analyzer");
    let asked = Command::new("rust-analyzer").arg("--version").output();
    if !asked.is_ok_and(|output| output.status.success()) {
        return Ok(Completion::ignored_with(NO_ANALYZER));
    }
    let mut session = session.lock().map_err(|_| "an earlier check panicked")?;
    let mut server = match session.take() {
        Some(server) => server,
        None => Server::start(&mut analyzer)?,
    };
    let checked = check(&outer, &mut server);
    *session = Some(server);
    checked.map(|()| Completion::Completed)
}

const NO_ANALYZER: &str = "rust-analyzer can't be run: `rustup component add rust-analyzer`";

/// The files with annotated tests, and the names of all their tests.
const FILES: [(&str, &[&str]); 3] = [
    ("src/lib.rs", &["tests::in_the_library"]),
    (
        "tests/own.rs",
        &[
            "bare",
            "bare_but_for_its_path",
            "inner::bare",
            "inner::panics",
        ],
    ),
    ("tests/with_libtest.rs", &["asynchronous", "bare", "plain"]),
];

fn buttons(outer: &Outer, server: &mut Server) -> Check {
    for (file, names) in FILES {
        let document = Document::open(outer, file, server)?;
        let mut tests = questions::tests(&document, server)?;
        tests.sort_by(|one, other| one.test.cmp(&other.test));
        let found: Vec<&str> = tests.iter().map(|test| test.test.as_str()).collect();
        if found != names {
            return Err(format!("{file}: buttons for {found:?}").into());
        }
        for test in &tests {
            let titles = questions::buttons(&document, &test.place, server)?;
            if !titles.contains("Run Test") || !titles.contains("Debug") {
                return Err(format!("{file}, {}: buttons `{titles}`", test.test).into());
            }
            let run = Transcript::of(&mut outer.cargo(&test.arguments));
            run.passed(1).map_err(|error| {
                format!(
                    "{:?}: {}",
                    test.arguments,
                    error.message().unwrap_or_default()
                )
            })?;
            run.verify(
                run.text.contains(&format!("test {}", test.test)),
                &test.test,
            )?;
        }
        document.close(server)?;
    }
    Ok(())
}

fn bodies(outer: &Outer, server: &mut Server) -> Check {
    for (file, names) in FILES {
        let document = Document::open(outer, file, server)?;
        let places = document.places(CALL, ".");
        if places.len() != names.len() {
            return Err(format!("{file}: {} bodies", places.len()).into());
        }
        for place in places {
            resolves(&document, &place, server)?;
        }
        document.close(server)?;
    }
    Ok(())
}

/// Text that every body contains, outside of std's macros: offline, rust-analyzer may not have read
/// those.
const CALL: &str = "server.start_listening()";

/// Checks the name of the method: completion offers it, and its definition is in the library.
fn resolves(document: &Document, place: &serde_json::Value, server: &mut Server) -> Check {
    let offered = questions::completions(document, place, server)?;
    if !offered.contains("start_listening") {
        return Err(format!("completions at {place}: {offered:?}").into());
    }
    let definitions = questions::definitions(document, place, server)?;
    match &definitions[..] {
        [(file, 11)] if file.ends_with("/src/lib.rs") => Ok(()),
        _ => Err(format!("definitions at {place}: {definitions:?}").into()),
    }
}

fn no_false_mistakes(outer: &Outer, server: &mut Server) -> Check {
    for (file, _) in FILES {
        let document = Document::open(outer, file, server)?;
        let mistakes = questions::diagnostics(&document, server)?;
        if !mistakes.is_empty() {
            return Err(format!("{file}: {mistakes:?}").into());
        }
        document.close(server)?;
    }
    Ok(())
}

/// Attributes as they are while a user types. (With an unclosed bracket, the rest of the file is
/// one token for rust-analyzer, under any attribute. Editors close brackets.)
const MISTAKES: [&str; 8] = [
    "#[ns_test(n)]",
    "#[ns_test(nett)]",
    "#[ns_test(user, , net)]",
    "#[ns_test(user, timeout =)]",
    "#[ns_test(net(sysctl))]",
    "#[ns_test(net(sysctl = ))]",
    "#[ns_test(mount(bind(\"\")))]",
    "#[ns_test(user)] #[ignore()]",
];

fn below_a_mistake(outer: &Outer, server: &mut Server) -> Check {
    for mistake in MISTAKES {
        let mut document = Document::open(outer, "tests/draft.rs", server)?;
        document.edit("#[ns_test(user, net)]", mistake, server)?;
        for place in document.places(CALL, ".") {
            resolves(&document, &place, server)
                .map_err(|error| format!("{mistake}: {}", error.message().unwrap_or_default()))?;
        }
        let found = questions::diagnostics(&document, server)?;
        match &found[..] {
            [(kind, _)] if kind == "macro-error" => {}
            _ => return Err(format!("{mistake}: {found:?}").into()),
        }
        document.close(server)?;
    }
    Ok(())
}

fn unfinished(outer: &Outer, server: &mut Server) -> Check {
    for attribute in ["#[ns_test(user, net)]", "#[ns_test(nett)]"] {
        for call in ["server.", "if server.", "Some(server."] {
            let mut document = Document::open(outer, "tests/draft.rs", server)?;
            document.edit("server.start_listening();", call, server)?;
            if attribute == MISTAKES[1] {
                document.edit("#[ns_test(user, net)]", attribute, server)?;
            }
            for place in document.places(call, call) {
                let offered = questions::completions(&document, &place, server)?;
                if !offered.contains("start_listening") {
                    return Err(format!("{attribute}, `{call}`: {offered:?}").into());
                }
            }
            document.close(server)?;
        }
    }
    Ok(())
}

/// Checks that hovering over the attribute, under both of its names, shows its whole documentation.
fn reference(outer: &Outer, server: &mut Server) -> Check {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../macros/src/lib.rs");
    let source = fs::read_to_string(source)?;
    let documentation = source.lines().filter_map(|line| line.strip_prefix("/// "));
    let mut in_code = false;
    let headings: Vec<&str> = documentation
        .filter(|line| {
            in_code ^= line.starts_with("```");
            !in_code && line.starts_with("# ")
        })
        .collect();
    let document = Document::open(outer, "tests/own.rs", server)?;
    for (words, cursor) in [("#[ns_test]", "#["), ("#[ns_test::ns_test(", "::")] {
        let [place] = &document.places(words, cursor)[..] else {
            return Err(format!("`{words}` is not there once").into());
        };
        let shown = questions::hover(&document, place, server)?;
        let lines: Vec<&str> = shown.lines().collect();
        let missing = headings.iter().find(|heading| !lines.contains(heading));
        if headings.is_empty() || missing.is_some() {
            return Err(format!("{words}: no {missing:?} in {shown}").into());
        }
    }
    document.close(server)
}
