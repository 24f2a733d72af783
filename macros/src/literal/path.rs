//! Strings that name something: paths, variables, sysctls.

use std::path::{Component, Path};

/// Checks a mount target: an absolute path as the test sees it.
pub(crate) fn target(text: &str) -> Result<String, String> {
    let path = source(text)?;
    if !text.starts_with('/') {
        return Err(format!(
            "a mount's target must be absolute: write `/{text}`"
        ));
    }
    if Path::new(text)
        .components()
        .any(|part| part == Component::ParentDir)
    {
        return Err(
            "a mount's target must not contain `..`: write the path that it leads to".into(),
        );
    }
    Ok(path)
}

/// Checks the path of an existing directory or file: absolute, or relative to the crate's manifest
/// directory.
pub(crate) fn source(text: &str) -> Result<String, String> {
    match text {
        "" => Err("the path is empty: name a directory or file".into()),
        _ => without_nul(text),
    }
}

pub(crate) fn variable(text: &str) -> Result<String, String> {
    match text {
        "" => Err(
            "the variable's name is empty: write it first, as in `env(\"NAME\", \"value\")`".into(),
        ),
        _ if text.contains('=') => {
            Err("a variable's name must not contain `=`: write the value as a second string".into())
        }
        _ => without_nul(text),
    }
}

pub(crate) fn without_nul(text: &str) -> Result<String, String> {
    match text.contains('\0') {
        true => Err("the string contains a NUL byte: remove it".into()),
        false => Ok(text.to_owned()),
    }
}

/// Checks a name below /proc/sys/net, with dots or slashes.
pub(crate) fn sysctl(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split(['.', '/']).collect();
    match parts[0] {
        "net" => {
            let rest = text["net".len()..].trim_start_matches(['.', '/']);
            Err(format!(
                "the name is relative to /proc/sys/net: write `{rest}`"
            ))
        }
        "kernel" | "vm" | "fs" | "user" | "dev" | "abi" | "debug" => Err(format!(
            "`{text}` is not below /proc/sys/net, so a network namespace has no copy of its own: remove it"
        )),
        _ if parts.len() < 2 || parts.contains(&"") => {
            Err("expected a name below /proc/sys/net, as in `ipv4.ip_forward`".into())
        }
        _ => without_nul(text),
    }
}
