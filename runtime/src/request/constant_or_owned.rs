//! Data that is constant in an attribute and owned in a builder.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::ops::Deref;

/// A string that is a literal in an attribute and owned in a builder.
pub type Text = Cow<'static, str>;

/// A path, or a name or value in the environment: a literal in an attribute and owned in a builder.
///
/// It is not a `Cow<'static, OsStr>`, because Rust has no constant function from `&str` to
/// `&OsStr`.
#[derive(Clone)]
pub enum OsText {
    /// In an attribute.
    Literal(&'static str),
    /// In a builder.
    Owned(OsString),
}

impl Deref for OsText {
    type Target = OsStr;

    fn deref(&self) -> &OsStr {
        match self {
            Self::Literal(text) => OsStr::new(text),
            Self::Owned(text) => text,
        }
    }
}

impl<T: Into<OsString>> From<T> for OsText {
    fn from(text: T) -> Self {
        Self::Owned(text.into())
    }
}

/// The same text for a literal and for an owned value: the keys of prepared directories contain it.
impl fmt::Debug for OsText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}

impl PartialEq for OsText {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for OsText {}

/// A list that is constant in an attribute and owned in a builder.
pub type List<T> = Cow<'static, [T]>;
