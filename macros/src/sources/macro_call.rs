//! Calls and definitions of macros.

use super::attributes::{self, Attribute, Effect};
use super::tokens::{Group, Tree};

/// `name! { .. }`, or `macro_rules! defines { .. }`.
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) defines: Option<&'a str>,
    pub(super) tokens: &'a Group<'a>,
    pub(super) line: u32,
}

/// Parses a macro call at the start of these trees, and the tokens after it.
pub(super) fn invocation<'a>(trees: &'a [Tree<'a>]) -> Option<(Call<'a>, &'a [Tree<'a>])> {
    let [first, mark, rest @ ..] = trees else {
        return None;
    };
    let name = first.ident().filter(|_| mark.is_punct('!'))?;
    let (defines, rest) = match rest {
        [defined, rest @ ..] if name == "macro_rules" => (defined.ident(), rest),
        rest => (None, rest),
    };
    let (body, rest) = rest.split_first()?;
    let call = Call {
        name,
        defines,
        tokens: body.group()?,
        line: first.line,
    };
    Some((call, rest))
}

/// Returns whether each call of a macro with these rules has a function below `#[ns_test]` and
/// another crate's attribute.
pub(super) fn makes_a_test(text: &str, rules: &[Tree<'_>]) -> bool {
    let [_pattern, one, two, body, rest @ ..] = rules else {
        return false;
    };
    let is_rule = one.is_punct('=') && two.is_punct('>');
    let is_only = rest.iter().all(|tree| tree.is_punct(';'));
    let Some(body) = body.group().filter(|_| is_rule && is_only) else {
        return false;
    };
    let (mut effects, mut rest) = (Vec::new(), body.trees.as_slice());
    while let [tree, after @ ..] = rest {
        if let Some((attributes, false)) = attributes::at(text, rest) {
            effects.extend(attributes.iter().map(Attribute::effect));
            rest = &rest[2..];
            continue;
        }
        let ours = effects
            .iter()
            .position(|effect| *effect == Effect::Annotates);
        let above = &effects[..ours.unwrap_or(0)];
        if tree.ident() == Some("fn") && above.contains(&Effect::Unknown) {
            return !effects.contains(&Effect::Chooses);
        }
        if tree.is_punct(';') || tree.group().is_some() {
            effects.clear();
        }
        rest = after;
    }
    false
}
