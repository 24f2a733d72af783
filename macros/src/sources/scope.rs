//! What the attributes around an item mean for it.

use super::attributes::{Attribute, Effect};

/// The context of an item.
#[derive(Clone, Default)]
pub(super) struct Scope {
    pub(super) cfg: Vec<String>,
    /// The first line of the outermost item that another crate's macro rewrites. Its tests then
    /// have this line.
    pub(super) rewritten: Option<u32>,
    /// A macro decides whether the item exists.
    pub(super) is_open: bool,
    /// Inside inline modules, a `#[path]` is relative to the modules' directory.
    pub(super) is_inline: bool,
}

impl Scope {
    /// Returns the context of an item below these attributes.
    pub(super) fn below(&self, attributes: &[Attribute<'_>], text: &str) -> Self {
        let mut below = self.clone();
        for attribute in attributes {
            below.cfg.extend(attribute.cfg(text));
            match attribute.effect() {
                Effect::Chooses => below.is_open = true,
                Effect::Unknown | Effect::Drops | Effect::Annotates => {
                    below.rewritten.get_or_insert(attribute.line);
                }
                Effect::Inert => {}
            }
        }
        below
    }
}
