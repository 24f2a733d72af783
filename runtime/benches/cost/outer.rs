//! A crate next to the workspace, like a user's: measures the cost of its build, and runs its tests
//! in a `cargo test` build.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::contender::Place;
use crate::suites::{self, Target};

/// The number of tests in its plain and in its annotated target.
pub(crate) const PLAIN_TESTS: u32 = 500;

/// How the crate depends on ns-test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dependency {
    /// It does not.
    None,
    /// On the crates that ns-test depends on, but not on ns-test.
    Named,
    /// With all features, as by default.
    Default,
    /// With these features only.
    Features(&'static [&'static str]),
}

impl Dependency {
    /// Returns the end of the name of the crate's directory.
    fn name(self) -> String {
        match self {
            Self::None => "without".to_owned(),
            Self::Named => "named".to_owned(),
            Self::Default => "with".to_owned(),
            Self::Features(features) => format!("with-only-{}", features.join("-")),
        }
    }

    /// Returns the lines of the manifest.
    fn lines(self, runtime: &Path) -> io::Result<String> {
        Ok(match self {
            Self::None => String::new(),
            Self::Named => named(runtime)?,
            Self::Default => format!("ns-test.path = {runtime:?}\n"),
            Self::Features(features) => format!(
                "ns-test = {{ path = {runtime:?}, default-features = false, features = {features:?} }}\n"
            ),
        })
    }

    fn is_on_ns_test(self) -> bool {
        matches!(self, Self::Default | Self::Features(_))
    }
}

/// The profile in which the crate is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Cargo's default for `cargo test`.
    Default,
    /// As README.md recommends it: without the debug information of dependencies.
    Readme,
}

impl Profile {
    /// Returns the end of the name of the crate's directory.
    fn name(self) -> &'static str {
        match self {
            Self::Default => "",
            Self::Readme => "-readme",
        }
    }

    /// Returns the table of the manifest.
    fn table(self) -> &'static str {
        match self {
            Self::Default => "",
            Self::Readme => "[profile.dev.package.\"*\"]\ndebug = false\n",
        }
    }
}

/// The crate, and its target directory.
#[derive(Debug)]
pub(crate) struct Outer {
    directory: PathBuf,
    target: PathBuf,
}

impl Outer {
    /// Writes a crate that depends on ns-test in this way.
    pub(crate) fn write(
        place: &Place,
        dependency: Dependency,
        profile: Profile,
    ) -> Result<Self, String> {
        let name = dependency.name() + profile.name();
        let outer = Self {
            directory: place.directory.join(format!("cost-{name}")),
            target: place.directory.join(format!("cost-{name}-target")),
        };
        outer
            .files(dependency, profile)
            .map_err(|error| error.to_string())?;
        Ok(outer)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn clean(&self) {
        let _ = fs::remove_dir_all(&self.target);
    }

    /// Returns `cargo WORDS` for this crate, offline.
    pub(crate) fn cargo(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(words)
            .arg("--offline")
            .arg("--manifest-path")
            .arg(self.manifest())
            .env("CARGO_TARGET_DIR", &self.target)
            .env_remove("RUSTC_WRAPPER")
            // Registry dependencies are never built incrementally, which takes longer.
            .env("CARGO_INCREMENTAL", "0")
            .current_dir(&self.directory);
        command
    }

    /// Builds a test target and returns its executable.
    pub(crate) fn build(&self, target: &str) -> Result<PathBuf, String> {
        let words = [
            "test",
            "--no-run",
            "--message-format=json",
            "--test",
            target,
        ];
        let output = self
            .cargo(&words)
            .output()
            .map_err(|error| error.to_string())?;
        let messages = String::from_utf8_lossy(&output.stdout);
        let marked = format!("\"name\":\"{target}\"");
        let executable = messages
            .lines()
            .filter(|line| line.contains(&marked))
            .find_map(|line| line.split_once("\"executable\":\"")?.1.split('"').next());
        executable
            .map(PathBuf::from)
            .ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Returns the source file of a test target.
    pub(crate) fn source(&self, target: &str) -> PathBuf {
        self.directory.join("tests").join(format!("{target}.rs"))
    }

    /// Adds a test target. Its package has been written before.
    pub(crate) fn add(&self, target: &Target<'_>) -> io::Result<()> {
        fs::write(self.source(target.name), target.source())?;
        let manifest = OpenOptions::new().append(true).open(self.manifest());
        manifest?.write_all(target.table().as_bytes())
    }

    fn manifest(&self) -> PathBuf {
        self.directory.join("Cargo.toml")
    }

    fn files(&self, dependency: Dependency, profile: Profile) -> io::Result<()> {
        let runtime = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (tests, source) = (self.directory.join("tests"), self.directory.join("src"));
        fs::create_dir_all(&tests)?;
        fs::create_dir_all(&source)?;
        fs::write(source.join("lib.rs"), "")?;
        let manifest = profile.table().to_owned() + &manifest(runtime, dependency)?;
        fs::write(self.manifest(), manifest)?;
        fs::copy(
            runtime.join("../Cargo.lock"),
            self.directory.join("Cargo.lock"),
        )?;
        if !dependency.is_on_ns_test() {
            return fs::write(tests.join("empty.rs"), "fn main() {}\n");
        }
        fs::write(tests.join("empty.rs"), "ns_test::main!();\n")?;
        fs::write(tests.join("fixture.rs"), fixture(runtime))?;
        fs::write(tests.join("plain.rs"), plain())?;
        fs::write(tests.join("annotated.rs"), annotated())?;
        suites::write(&tests)
    }
}

fn manifest(runtime: &Path, dependency: Dependency) -> io::Result<String> {
    let target =
        |name: &str| format!("[[test]]\nname = {name:?}\nharness = false\n[dev-dependencies]\n");
    let targets = if dependency.is_on_ns_test() {
        let fixture = ["fixture", "annotated"]
            .map(|name| format!("[[test]]\nname = {name:?}\nharness = false\n"))
            .concat();
        format!("{fixture}{}{}", suites::tables(), target("empty"))
    } else {
        target("empty")
    };
    let dependency = dependency.lines(runtime)?;
    Ok(format!(
        "[package]\nname = \"cost\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n{targets}{dependency}"
    ))
}

/// Returns the lines of the workspace's manifests for the crates that ns-test depends on.
fn named(runtime: &Path) -> io::Result<String> {
    let (workspace, own) = (
        fs::read_to_string(runtime.join("../Cargo.toml"))?,
        fs::read_to_string(runtime.join("Cargo.toml"))?,
    );
    let of_workspace = ["libtest-mimic", "proc-macro2", "quote", "syn"];
    let line = |text: &str, name: &str| {
        let start = format!("{name} = ");
        let line = text.lines().find(|line| line.starts_with(&start));
        line.map(|line| format!("{line}\n")).unwrap_or_default()
    };
    let mut lines: String = of_workspace.map(|name| line(&workspace, name)).concat();
    lines += &line(&own, "nix").replace("workspace = true", "version = \"*\"");
    Ok(lines)
}

fn fixture(runtime: &Path) -> String {
    let file = runtime.join("benches/cost/fixture.rs");
    format!(
        "#[path = {file:?}]\nmod fixture;\nfn main() -> std::process::ExitCode {{ fixture::run() }}\n"
    )
}

/// Returns the same tests as in the plain target, in namespaces.
fn annotated() -> String {
    let tests = (0..PLAIN_TESTS).map(|number| {
        format!("#[ns_test::ns_test(user, net, mount)]\nfn test_{number:05}() {{}}\n")
    });
    tests.chain(["ns_test::main!();\n".to_owned()]).collect()
}

fn plain() -> String {
    (0..PLAIN_TESTS)
        .map(|number| format!("#[test]\nfn test_{number:05}() {{}}\n"))
        .collect()
}
