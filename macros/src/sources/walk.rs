//! Finds the annotated functions of a crate in its source files.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::attributes::{self, Attribute, Effect};
use super::file::{File, parent};
use super::lexer;
use super::macro_call::{Call, invocation, makes_a_test};
use super::scope::Scope;
use super::tokens::{Group, Tree};

/// A function below `#[ns_test]`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) file: PathBuf,
    pub(super) name: String,
    /// The lines from the first attribute that a test's location can name, to the function's name.
    pub(super) lines: (u32, u32),
    /// The predicates of each `cfg` above it and around it.
    pub(super) cfg: Vec<String>,
}

/// A function that rustc drops together with its `#[ns_test]`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) function: Function,
    /// The attribute that causes it.
    pub(super) attribute: String,
    pub(super) line: u32,
}

/// The result of the walk.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) functions: Vec<Function>,
    pub(super) dropped: Vec<Dropped>,
    test_macros: TestMacros,
}

/// Macros of the crate that define one test per call, unless an attribute above `#[ns_test]`
/// removes it.
type TestMacros = BTreeSet<String>;

/// Reads the crate with this main file.
pub(super) fn walk(root: &Path) -> Findings {
    let mut findings = Findings::default();
    let file = File {
        directory: parent(root),
        path: root.to_owned(),
    };
    file.walk(&Scope::default(), &mut findings, 0);
    findings
}

/// The attributes since the last item, and whether the next one has begun.
#[derive(Default)]
struct Pending<'a> {
    attributes: Vec<Attribute<'a>>,
    is_item: bool,
}

/// More levels of files than this are a cycle.
const DEEPEST: usize = 64;

impl File {
    fn walk(&self, scope: &Scope, findings: &mut Findings, depth: usize) {
        let Ok(text) = fs::read_to_string(&self.path) else {
            return;
        };
        if let Some(trees) = lexer::trees(&text).filter(|_| depth < DEEPEST) {
            let mut walker = Walker {
                file: self,
                text: &text,
                findings,
                depth,
            };
            walker.items(&trees, scope);
        }
    }
}

struct Walker<'a, 'f> {
    file: &'a File,
    text: &'a str,
    findings: &'f mut Findings,
    depth: usize,
}

impl<'a> Walker<'a, '_> {
    fn items(&mut self, trees: &[Tree<'_>], scope: &Scope) {
        let (text, mut scope) = (self.text, scope.clone());
        let mut pending = Pending::default();
        let mut rest = trees;
        while let [tree, after @ ..] = rest {
            if let Some((attributes, is_inner)) = attributes::at(text, rest) {
                rest = &rest[2 + usize::from(is_inner)..];
                match is_inner {
                    true => scope = scope.below(&attributes, text),
                    false => pending.attributes.extend(attributes),
                }
                continue;
            }
            if let Some((call, after)) = invocation(rest) {
                self.invocation(&call, &scope.below(&pending.attributes, text));
                pending = Pending::default();
                rest = after;
                continue;
            }
            rest = after;
            match tree.ident() {
                Some("fn") => self.function(rest, &pending, &scope),
                Some("mod") => {
                    if let Some(after) = self.module(rest, &pending, &scope) {
                        pending = Pending::default();
                        rest = after;
                        continue;
                    }
                }
                _ => {}
            }
            pending.is_item |= tree.ident().is_some_and(|word| ITEMS.contains(&word));
            if let Some(group) = tree.group() {
                let trees = self.trees(group, tree.line);
                self.items(&trees, &scope.below(&pending.attributes, text));
            }
            let ends_list = tree.is_punct(',') && !pending.is_item;
            if ends_list || tree.is_punct(';') || tree.group_in('{').is_some() {
                pending = Pending::default();
            }
        }
    }

    /// Returns the trees of a group whose opening bracket is in this line. In a block that the
    /// lexer has skipped, only the call of a macro can define a test.
    fn trees<'t>(&self, group: &'t Group<'t>, line: u32) -> Cow<'t, [Tree<'t>]>
    where
        'a: 't,
    {
        let text = &self.text[group.inside.clone()];
        let may_call = |name: &String| text.contains(name.as_str());
        if group.is_skipped && self.findings.test_macros.iter().any(may_call) {
            return Cow::Owned(lexer::skipped(self.text, group, line));
        }
        Cow::Borrowed(&group.trees)
    }

    /// Records a function. `rest` starts with its name.
    fn function(&mut self, rest: &[Tree<'_>], pending: &Pending<'_>, scope: &Scope) {
        if let Some(name) = rest.first().filter(|name| name.ident().is_some()) {
            self.annotated(&pending.attributes, name, scope);
        }
    }

    fn annotated(&mut self, attributes: &[Attribute<'_>], name: &Tree<'_>, scope: &Scope) {
        let effects: Vec<Effect> = attributes.iter().map(Attribute::effect).collect();
        let Some(place) = effects
            .iter()
            .position(|effect| *effect == Effect::Annotates)
        else {
            return;
        };
        let below = scope.below(attributes, self.text);
        let first = below.rewritten.unwrap_or(attributes[0].line);
        let mut function = Function {
            file: self.file.path.clone(),
            name: name.ident().unwrap_or("").to_owned(),
            lines: (first.min(attributes[0].line), name.line),
            cfg: below.cfg,
        };
        function.cfg.extend(attributes[place].condition());
        let above = effects[..place].iter();
        if let Some(dropping) = above.clone().position(|effect| *effect == Effect::Drops) {
            let attribute = &attributes[dropping];
            function.cfg.extend(attribute.condition());
            self.findings.dropped.push(Dropped {
                function,
                attribute: attribute.name(),
                line: attribute.line,
            });
        } else if !below.is_open {
            self.findings.functions.push(function);
        }
    }

    /// Parses `name;` or `name { .. }`, and the tokens after it. `None`: this is not a module.
    fn module<'t>(
        &mut self,
        rest: &'t [Tree<'t>],
        pending: &Pending<'_>,
        scope: &Scope,
    ) -> Option<&'t [Tree<'t>]> {
        let [name, body, after @ ..] = rest else {
            return None;
        };
        let name = name.ident()?;
        let mut below = scope.below(&pending.attributes, self.text);
        let path = pending
            .attributes
            .iter()
            .find(|attribute| attribute.path == ["path"]);
        // The file depends on a predicate that only rustc can evaluate.
        below.is_open |= path.is_some_and(|path| !path.under.is_empty());
        let path = path.and_then(Attribute::value);
        if let Some(group) = body.group_in('{') {
            below.is_inline = true;
            let directory = self.file.directory.join(path.unwrap_or(name));
            let file = File {
                path: self.file.path.clone(),
                directory,
            };
            let trees = self.trees(group, body.line);
            let mut inner = Walker {
                file: &file,
                text: self.text,
                findings: self.findings,
                depth: self.depth,
            };
            inner.items(&trees, &below);
        } else if body.is_punct(';') {
            (below.is_inline, below.rewritten) = (false, None);
            if let Some(file) = self.file.module(name, path, scope.is_inline) {
                file.walk(&below, self.findings, self.depth + 1);
            }
        } else {
            return None;
        }
        Some(after)
    }

    fn invocation(&mut self, call: &Call<'_>, scope: &Scope) {
        let trees = call.tokens.trees.as_slice();
        match (call.name, trees) {
            ("include", [path]) if path.text().is_some() => {
                let path = parent(&self.file.path).join(path.text().unwrap_or_default());
                let directory = self.file.directory.clone();
                let scope = Scope {
                    rewritten: None,
                    ..scope.clone()
                };
                File { path, directory }.walk(&scope, self.findings, self.depth + 1);
                return;
            }
            ("macro_rules", _) if makes_a_test(self.text, trees) => {
                let name = call.defines.unwrap_or_default().to_owned();
                self.findings.test_macros.insert(name);
            }
            (name, _) if self.findings.test_macros.contains(name) && !scope.is_open => {
                self.findings.functions.push(Function {
                    file: self.file.path.clone(),
                    name: format!("the test of {name}!"),
                    lines: (call.line, call.line),
                    cfg: scope.cfg.clone(),
                });
            }
            _ => {}
        }
        self.macro_body(trees, scope);
    }

    /// Searches the body of a macro. Its expansion is unknown here, but a wrong list of attributes
    /// is wrong in every expansion.
    fn macro_body(&mut self, trees: &[Tree<'_>], scope: &Scope) {
        let (mut attributes, mut rest) = (Vec::new(), trees);
        let functions = self.findings.functions.len();
        while let [tree, after @ ..] = rest {
            if let Some((more, false)) = attributes::at(self.text, rest) {
                attributes.extend(more);
                rest = &rest[2..];
                continue;
            }
            rest = after;
            if let (Some("fn"), Some(name)) = (tree.ident(), rest.first()) {
                self.annotated(&attributes, name, scope);
            }
            if let Some(group) = tree.group() {
                self.macro_body(&group.trees, scope);
            }
            if tree.is_punct(';') || tree.group().is_some() {
                attributes.clear();
            }
        }
        self.findings.functions.truncate(functions);
    }
}

const ITEMS: [&str; 12] = [
    "const", "enum", "extern", "fn", "impl", "macro", "mod", "static", "struct", "trait", "type",
    "union",
];
