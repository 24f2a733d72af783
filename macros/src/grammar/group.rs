//! A pair of brackets and the keys in it.

use super::Key;

/// The entries allowed in one pair of brackets. The attribute's own brackets are also a group.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) keys: &'static [Key],
}

impl Group {
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}
