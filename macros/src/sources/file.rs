//! Where the files of a crate are.

use std::path::{Path, PathBuf};

/// A source file, or an inline module of one.
#[derive(Clone)]
pub(super) struct File {
    pub(super) path: PathBuf,
    /// The directory of its modules' files.
    pub(super) directory: PathBuf,
}

impl File {
    /// Returns the file of a module, if it exists.
    pub(super) fn module(&self, name: &str, path: Option<&str>, is_inline: bool) -> Option<Self> {
        if let Some(path) = path {
            let base = if is_inline {
                self.directory.clone()
            } else {
                parent(&self.path)
            };
            let path = base.join(path);
            let directory = parent(&path);
            return Some(Self { path, directory });
        }
        let inner = self.directory.join(name);
        let files = [
            self.directory.join(format!("{name}.rs")),
            inner.join("mod.rs"),
        ];
        let path = files.into_iter().find(|file| file.is_file())?;
        Some(Self {
            path,
            directory: inner,
        })
    }
}

/// Returns the directory of a file.
pub(super) fn parent(file: &Path) -> PathBuf {
    file.parent().map_or_else(PathBuf::new, Path::to_owned)
}
