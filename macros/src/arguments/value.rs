//! The kinds of literal that a key may hold.

use syn::{Error, Expr, ExprLit, Lit, LitBool, LitInt, LitStr, Path, Result, UnOp};

pub(crate) fn text<'a>(value: &'a Expr, usage: &str) -> Result<&'a LitStr> {
    match literal(value) {
        Some(Lit::Str(text)) => Ok(text),
        _ => Err(expected("a string", usage, value)),
    }
}

pub(crate) fn integer<'a>(value: &'a Expr, usage: &str) -> Result<&'a LitInt> {
    match literal(value) {
        Some(Lit::Int(integer)) => Ok(integer),
        _ => Err(expected("a whole number", usage, value)),
    }
}

pub(crate) fn boolean(value: &Expr, usage: &str) -> Result<bool> {
    match literal(value) {
        Some(Lit::Bool(LitBool { value, .. })) => Ok(*value),
        _ => Err(expected("`true` or `false`", usage, value)),
    }
}

pub(crate) fn path(value: &Expr, usage: &str) -> Result<Path> {
    match value {
        Expr::Path(path) if path.qself.is_none() => Ok(path.path.clone()),
        Expr::Group(group) => path(&group.expr, usage),
        _ => Err(expected("a path", usage, value)),
    }
}

/// Reads a path to a crate or a module, whose segments have no generic arguments.
pub(crate) fn module(value: &Expr, usage: &str) -> Result<Path> {
    let path = path(value, usage)?;
    let has_arguments = path
        .segments
        .iter()
        .any(|segment| !segment.arguments.is_none());
    match has_arguments {
        true => Err(expected("a path without `<..>`", usage, value)),
        false => Ok(path),
    }
}

/// Reads a value that the kernel accepts in a file of /proc/sys.
pub(crate) fn sysctl(value: &Expr, usage: &str) -> Result<String> {
    match (literal(value), value) {
        (Some(Lit::Str(text)), _) => Ok(text.value()),
        (Some(Lit::Int(integer)), _) => Ok(integer.base10_digits().to_owned()),
        (Some(Lit::Bool(switch)), _) => Ok(u8::from(switch.value).to_string()),
        (None, Expr::Unary(minus)) if matches!(minus.op, UnOp::Neg(_)) => {
            Ok(format!("-{}", integer(&minus.expr, usage)?.base10_digits()))
        }
        _ => Err(expected("a whole number, a string or a bool", usage, value)),
    }
}

/// Returns the literal. One passed through `macro_rules!` is wrapped in an invisible group.
fn literal(value: &Expr) -> Option<&Lit> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

fn expected(kind: &str, usage: &str, value: &Expr) -> Error {
    Error::new_spanned(value, format!("expected {kind}, as in `{usage}`"))
}
