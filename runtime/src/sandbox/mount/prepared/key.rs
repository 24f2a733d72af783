//! The inputs of a prepared layer, as one number.
//!
//! The build id is unsuitable. It changes with every edit of a test, is missing with some linkers,
//! and does not change when a program that the function calls is upgraded. So a preparation names
//! its inputs. Without inputs it is the whole test binary.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::error::{Call, SetupError, Step};
use crate::request::prepared::{Preparation, Prepared};
use crate::request::spec::{List, Spec};
use crate::sandbox::host::{HostFacts, absolute};

use super::digest::Digest;

/// The location of a layer: its family (the preparation that requests it) and its state (the inputs
/// that it was made from).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The function's own name, for readers of the directory.
    name: String,
    family: u64,
    state: u64,
}

/// What a key depends on, other than the spec.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyContext<'a> {
    pub(crate) facts: &'a HostFacts,
    /// Where relative paths start.
    pub(crate) base: &'a Path,
    /// The id maps of a sandbox with several ids: a tree holds ids of the host.
    pub(crate) id_maps: &'a str,
    /// Where hashes of test binaries are stored.
    pub(crate) memo: &'a Path,
}

impl Key {
    /// Returns the key of layer `number` of a directory in this spec, on top of the layer with the
    /// key `below`.
    ///
    /// # Errors
    /// An input below the manifest directory that cannot be read.
    pub(crate) fn new(
        spec: &Spec,
        prepared: &Prepared,
        number: usize,
        below: Option<&Self>,
        context: KeyContext<'_>,
    ) -> Result<Self, SetupError> {
        let KeyContext {
            facts,
            base,
            id_maps,
            memo,
        } = context;
        let layer = &prepared.layers[number];
        let function = layer.function.name();
        let mut family = Digest::default();
        for part in [
            env!("CARGO_PKG_VERSION"),
            &format!("{}:{}", facts.uid, facts.gid),
            id_maps,
            &options(spec),
            function,
        ] {
            family.part(part.as_bytes());
        }
        family.part(prepared.target.as_bytes());
        // Relative paths of the options start there.
        family.part(base.as_os_str().as_bytes());
        family.number(below.map_or(0, |below| below.family));
        let mut state = Digest::default();
        state.number(family.finish());
        state.number(below.map_or(0, |below| below.state));
        state_of(layer, base, memo, &mut state)?;
        Ok(Self {
            name: readable(function),
            family: family.finish(),
            state: state.finish(),
        })
    }

    /// Returns the directory name of this key.
    pub(crate) fn directory(&self) -> String {
        format!("{}{:016x}", self.family_prefix(), self.state)
    }

    /// Returns the prefix of the directory names of all keys of this family.
    pub(super) fn family_prefix(&self) -> String {
        format!("{}-{:016x}-", self.name, self.family)
    }
}

/// Returns the options of the test, without its prepared directories: target and function
/// distinguish those.
fn options(spec: &Spec) -> String {
    let mut spec = spec.clone();
    if let Some(mount) = &mut spec.mount {
        mount.prepared = List::Borrowed(&[]);
    }
    format!("{spec:?}")
}

/// Returns the last part of a function's path, without characters that are unusual in a file name.
fn readable(function: &str) -> String {
    let last = function
        .rsplit("::")
        .find(|part| !part.starts_with('{'))
        .unwrap_or_default();
    let mut readable = last.to_owned();
    readable.retain(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    readable.truncate(40);
    readable
}

fn state_of(
    layer: &Preparation,
    base: &Path,
    memo: &Path,
    state: &mut Digest,
) -> Result<(), SetupError> {
    let Some(inputs) = &layer.inputs else {
        let hash = executable(memo).map_err(|error| {
            SetupError::from_io(Step::PrepareDirectory, Call::Read, &error).at("/proc/self/exe")
        })?;
        state.number(hash);
        return Ok(());
    };
    for input in &**inputs {
        state.part(input.as_bytes());
        let path = Path::new(&**input);
        if path.is_absolute() {
            state.identity(path, true);
        } else {
            let path = absolute(base, path);
            state.content(&path, true).map_err(|error| {
                SetupError::from_io(Step::PrepareDirectory, Call::Read, &error)
                    .at(path)
                    .asked_as(format!("inputs({input:?})"))
            })?;
        }
    }
    Ok(())
}

/// Returns the hash of the test binary. A file stores it by the binary's identity, because nextest
/// starts a process for each test.
fn executable(memo: &Path) -> io::Result<u64> {
    const PATH: &str = "/proc/self/exe";
    let mut identity = Digest::default();
    identity.facts(&fs::metadata(PATH)?);
    let memo = memo.join(format!("{:016x}", identity.finish()));
    let known = fs::read_to_string(&memo)
        .ok()
        .and_then(|text| u64::from_str_radix(&text, 16).ok());
    if let Some(known) = known {
        return Ok(known);
    }
    let mut digest = Digest::default();
    digest.file(Path::new(PATH))?;
    let hash = digest.finish();
    // Write it atomically, because another process may read it. Without the file the next process
    // computes the hash again.
    let draft = memo.with_extension(std::process::id().to_string());
    let _ = fs::write(&draft, format!("{hash:016x}")).and_then(|()| fs::rename(&draft, &memo));
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::prepared::{PreparationFn, Upper};

    fn prepared(inputs: Option<&[&str]>) -> Prepared {
        let inputs = inputs.map(|all| all.iter().map(|one| (*one).to_owned().into()).collect());
        Prepared {
            target: "/srv".into(),
            layers: vec![Preparation {
                function: PreparationFn::Static {
                    name: || "db::tests::{{closure}}",
                    call: |_| std::process::ExitCode::SUCCESS,
                },
                inputs,
                timeout: None,
            }]
            .into(),
            copy: false,
            upper: Upper::Auto,
        }
    }

    fn key(spec: &Spec, inputs: Option<&[&str]>, base: &Path) -> Result<Key, SetupError> {
        key_with_ids("", spec, inputs, base)
    }

    fn key_with_ids(
        id_maps: &str,
        spec: &Spec,
        inputs: Option<&[&str]>,
        base: &Path,
    ) -> Result<Key, SetupError> {
        let context = KeyContext {
            facts: &HostFacts::gather(),
            base,
            id_maps,
            memo: base,
        };
        Key::new(spec, &prepared(inputs), 0, None, context)
    }

    #[test]
    fn a_key_changes_with_what_it_depends_on_and_with_nothing_else() {
        let base = std::env::temp_dir().join(format!("ns-test-key-{}", std::process::id()));
        fs::create_dir_all(base.join("sql")).expect("it is new");
        fs::write(base.join("sql/1.sql"), "create").expect("it is ours");
        let absolute = base.join("program").display().to_string();
        let sql = || key(&Spec::NOTHING, Some(&["sql"]), &base).expect("it can be read");
        let program = || key(&Spec::NOTHING, Some(&[&absolute]), &base).expect("any state is one");
        let (first, missing) = (sql(), program());
        assert!(first.directory().starts_with("tests-"), "{first:?}");
        fs::write(base.join("sql/1.sql"), "create").expect("it is ours");
        assert_eq!(sql(), first, "the content is the same");
        fs::write(base.join("sql/1.sql"), "create more").expect("it is ours");
        let second = sql();
        assert_ne!(second, first);
        assert_eq!(second.family_prefix(), first.family_prefix());
        fs::rename(base.join("sql/1.sql"), base.join("sql/2.sql")).expect("it is ours");
        assert_ne!(sql(), second, "names count");
        fs::write(&absolute, "x").expect("it is ours");
        assert_ne!(program(), missing);
        let other = key(&Spec::HERMETIC, Some(&["sql"]), &base).expect("it can be read");
        assert_ne!(other.family_prefix(), sql().family_prefix());
        let other = key_with_ids("0 1000 1", &Spec::NOTHING, Some(&["sql"]), &base);
        let other = other.expect("it can be read");
        assert_ne!(other.family_prefix(), sql().family_prefix());
        let binary = || key(&Spec::NOTHING, None, &base).expect("it can be read");
        assert_eq!(binary(), binary());
        let missing = key(&Spec::NOTHING, Some(&["not/there"]), &base);
        let missing = missing
            .expect_err("a relative input has to exist")
            .to_string();
        assert!(
            missing.contains("not/there") && missing.contains("ENOENT"),
            "{missing}"
        );
        fs::remove_dir_all(base).expect("it is ours");
    }
}
