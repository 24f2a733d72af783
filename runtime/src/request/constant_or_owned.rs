//! Data that is constant in an attribute and owned in a builder.

use std::borrow::Cow;

/// A string that is a literal in an attribute and owned in a builder.
pub type Text = Cow<'static, str>;

/// A list that is constant in an attribute and owned in a builder.
pub type List<T> = Cow<'static, [T]>;
