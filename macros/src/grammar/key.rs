//! A name in a pair of brackets, and the form in which it is written.

/// A name and one correct way to write it, shown in messages about a mistake.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) usage: &'static str,
    pub(crate) kind: Kind,
}

/// What a key does.
pub(crate) enum Kind {
    /// Sets the field of the same name.
    Field(Field),
    /// Anything else: a function in `read` handles it.
    Own,
}

/// The form of a key that sets one field.
#[derive(Clone, Copy)]
pub(crate) enum Field {
    /// `lo = false`; the field defaults to `true`.
    Boolean,
    /// `as_init`; the field defaults to `false`.
    Switch,
    /// `hostname = "db1"`
    Text(fn(&str) -> Result<String, String>),
    /// `root = "rootfs"`: a path of the host.
    Path,
    /// `files = 128`
    Count,
    /// `memory = "256MiB"`
    Size,
    /// `cpu = "10s"`
    Duration,
    /// `uptime = "+1d"`
    Offset,
    /// `tmp = "host"`: one of these strings. The field's type has the key's name, and its variants
    /// have the strings' names.
    Choice(&'static [&'static str]),
}

pub(super) const fn key(name: &'static str, usage: &'static str) -> Key {
    Key {
        name,
        usage,
        kind: Kind::Own,
    }
}

pub(super) const fn field(name: &'static str, usage: &'static str, field: Field) -> Key {
    Key {
        name,
        usage,
        kind: Kind::Field(field),
    }
}
