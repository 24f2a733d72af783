//! Finds which file uses which: the paths after `crate::` and `super::`, resolved to files through
//! the re-exports of `mod.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A path from the crate's root, segment by segment.
type Segments = Vec<String>;

/// The files of a crate, and the paths in them.
pub(crate) struct Imports {
    /// The file of each module.
    files: BTreeMap<Segments, PathBuf>,
    texts: BTreeMap<Segments, String>,
    /// The items that a `mod.rs` re-exports under a name of its own, with their origin.
    offered: BTreeMap<Segments, Segments>,
    /// The modules that a `mod.rs` re-exports with a glob.
    globs: BTreeMap<Segments, Vec<Segments>>,
}

impl Imports {
    /// Reads these files, whose paths start at the crate's root.
    pub(crate) fn of(sources: &[(PathBuf, String)]) -> Self {
        let mut imports = Self {
            files: BTreeMap::new(),
            texts: BTreeMap::new(),
            offered: BTreeMap::new(),
            globs: BTreeMap::new(),
        };
        for (file, text) in sources {
            let module = module(file);
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            // `$crate::` is used in macros, for users.
            let code = code.collect::<Vec<_>>().join("\n").replace("$crate::", "");
            if declares(file) {
                for (at, word) in code.match_indices("use ") {
                    for path in trees(&code, at + word.len()) {
                        let from = absolute(&path, &module).unwrap_or_else(|| join(&module, &path));
                        match from.split_last() {
                            Some((last, all)) if last == "*" => {
                                let globs = imports.globs.entry(module.clone()).or_default();
                                globs.push(all.to_vec());
                            }
                            _ => {
                                let name = path.last().cloned().unwrap_or_default();
                                imports.offered.insert(join(&module, &[name]), from);
                            }
                        }
                    }
                }
            }
            imports.files.insert(module.clone(), file.clone());
            imports.texts.insert(module, code);
        }
        imports
    }

    /// Returns, for each file (except those that only declare), the files that it uses.
    pub(crate) fn graph(&self) -> BTreeMap<&Path, BTreeSet<&Path>> {
        let users = self.files.iter().filter(|(_, file)| !declares(file));
        users
            .map(|(module, file)| {
                let used = self.used_by(module);
                let others = used.filter(|other| *other != file && !declares(other));
                (file.as_path(), others.collect())
            })
            .collect()
    }

    fn used_by<'a>(&'a self, module: &'a Segments) -> impl Iterator<Item = &'a Path> {
        let code = &self.texts[module];
        let starts = ["crate::", "super::"]
            .into_iter()
            .flat_map(|start| code.match_indices(start).map(|(at, _)| at))
            .filter(|at| !code[..*at].ends_with("::"));
        let paths = starts.flat_map(|at| trees(code, at));
        let base = &module[..module.len().saturating_sub(1)];
        let paths: Vec<Segments> = paths.filter_map(|path| absolute(&path, base)).collect();
        let folders = paths.iter().filter(|path| self.is_folder(path));
        let through_folders: Vec<Segments> = folders
            .flat_map(|folder| paths_through(code, folder))
            .collect();
        paths
            .into_iter()
            .chain(through_folders)
            .filter_map(|path| self.resolve(&path))
    }

    fn is_folder(&self, module: &[String]) -> bool {
        self.files.get(module).is_some_and(|file| declares(file))
    }

    /// Returns the file that defines the item of this path.
    fn resolve(&self, path: &[String]) -> Option<&Path> {
        let mut path = path.to_vec();
        // A name may be re-exported several times on its way.
        for _ in 0..8 {
            let known = (0..=path.len()).rev();
            let module = known
                .map(|length| &path[..length])
                .find(|part| self.files.contains_key(*part))?;
            let file = &self.files[module];
            let name = path.get(..=module.len());
            match name.and_then(|name| self.offered.get(name)) {
                Some(from) if declares(file) => {
                    let rest = path[module.len() + 1..].to_vec();
                    path = join(from, &rest);
                }
                _ if declares(file) => {
                    let name = name?.last()?;
                    let mut globs = self.globs.get(module)?.iter();
                    let glob = globs.find(|glob| defines(&self.texts[*glob], name))?;
                    return self.files.get(glob).map(PathBuf::as_path);
                }
                _ => return Some(file),
            }
        }
        None
    }
}

/// Returns the paths that begin with the name of an imported folder: `linux::run` after `use
/// super::linux`.
fn paths_through(code: &str, folder: &[String]) -> Vec<Segments> {
    let Some(name) = folder.last() else {
        return Vec::new();
    };
    let start = format!("{name}::");
    let begins = |at: &usize| {
        !code[..*at]
            .ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
    };
    let places = code.match_indices(&start).map(|(at, _)| at).filter(begins);
    let paths = places.flat_map(|at| trees(code, at));
    paths.map(|path| join(folder, &path[1..])).collect()
}

/// Returns whether the text defines an item of this name.
fn defines(code: &str, name: &str) -> bool {
    let kinds = ["fn", "struct", "enum", "const", "static", "type", "trait"];
    kinds.iter().any(|kind| {
        let item = format!("{kind} {name}");
        let mut ends = code
            .match_indices(&item)
            .map(|(at, _)| &code[at + item.len()..]);
        ends.any(|rest| !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_'))
    })
}

/// Returns a cycle, each file before one that it uses, if there is one.
pub(crate) fn cycle<'a>(graph: &BTreeMap<&'a Path, BTreeSet<&'a Path>>) -> Option<Vec<&'a Path>> {
    let mut settled = BTreeSet::new();
    graph
        .keys()
        .find_map(|file| search(graph, file, &mut Vec::new(), &mut settled))
}

fn search<'a>(
    graph: &BTreeMap<&'a Path, BTreeSet<&'a Path>>,
    file: &'a Path,
    way: &mut Vec<&'a Path>,
    settled: &mut BTreeSet<&'a Path>,
) -> Option<Vec<&'a Path>> {
    if let Some(first) = way.iter().position(|before| *before == file) {
        let mut cycle = way[first..].to_vec();
        cycle.push(file);
        return Some(cycle);
    }
    if settled.contains(file) {
        return None;
    }
    way.push(file);
    let used = graph.get(file).into_iter().flatten();
    for used in used {
        let found = search(graph, used, way, settled);
        if found.is_some() {
            return found;
        }
    }
    way.pop();
    settled.insert(file);
    None
}

fn declares(file: &Path) -> bool {
    file.ends_with("mod.rs") || file == Path::new("lib.rs")
}

fn module(file: &Path) -> Segments {
    let names = file.with_extension("");
    let names = names.iter().map(|name| name.to_string_lossy().into_owned());
    names
        .filter(|name| name != "mod" && name != "lib")
        .collect()
}

fn join(base: &[String], path: &[String]) -> Segments {
    [base, path].concat()
}

/// Returns the path from the crate's root, where `super` is `base`. `None`: it starts elsewhere.
fn absolute(path: &[String], base: &[String]) -> Option<Segments> {
    match path.first()?.as_str() {
        "crate" => Some(without_self(path[1..].to_vec())),
        "super" => {
            let ups = path.iter().take_while(|part| *part == "super").count();
            let base = &base[..(base.len() + 1).saturating_sub(ups)];
            Some(without_self(join(base, &path[ups..])))
        }
        _ => None,
    }
}

/// Returns the folder that `folder::{self, ..}` names.
fn without_self(mut path: Segments) -> Segments {
    if path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    path
}

/// Returns the paths in the text at this place, with all names in their braces.
fn trees(code: &str, at: usize) -> Vec<Segments> {
    let mut rest = &code[at..];
    let mut whole = Vec::new();
    tree(&mut rest, &Vec::new(), &mut whole);
    whole
}

fn tree(rest: &mut &str, before: &Segments, whole: &mut Vec<Segments>) {
    let mut path = before.clone();
    loop {
        let is_of_it = |letter: char| letter.is_alphanumeric() || letter == '_';
        let end = rest.find(|letter| !is_of_it(letter)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        *rest = behind;
        if !name.is_empty() {
            path.push(name.to_owned());
        } else if let Some(behind) = rest.strip_prefix('*') {
            *rest = behind;
            path.push("*".to_owned());
            return whole.push(path);
        } else if let Some(inside) = rest.strip_prefix('{') {
            *rest = inside;
            return braces(rest, &path, whole);
        }
        match rest.strip_prefix("::") {
            Some(behind) => *rest = behind,
            None => return whole.push(path),
        }
    }
}

fn braces(rest: &mut &str, before: &Segments, whole: &mut Vec<Segments>) {
    loop {
        *rest = rest.trim_start_matches([' ', '\n', ',']);
        match rest.strip_prefix('}') {
            Some(behind) => {
                *rest = behind;
                return;
            }
            None if rest.is_empty() => return,
            None => {}
        }
        let left = rest.len();
        tree(rest, before, whole);
        // `name as other`, and anything else that is not a path.
        if let Some(behind) = rest.strip_prefix(" as ") {
            *rest =
                behind.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
        }
        if rest.len() == left {
            return;
        }
    }
}
