//! The options of the bench's command line.

/// Flags, and parts by name.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) gate: bool,
    quick: bool,
    parts: Vec<String>,
}

impl Options {
    /// Parses these arguments, given the names of the parts.
    pub(crate) fn from_arguments(
        arguments: impl Iterator<Item = String>,
        known: &[&str],
    ) -> Result<Self, String> {
        // Cargo adds `--bench`.
        let (flags, parts): (Vec<String>, _) = arguments
            .filter(|argument| argument != "--bench")
            .partition(|argument| argument.starts_with('-'));
        let unknown = |word: &&String| {
            !["--gate", "--quick"].contains(&word.as_str()) && !known.contains(&word.as_str())
        };
        if let Some(word) = flags.iter().chain(&parts).find(unknown) {
            let names = known.join(", ");
            return Err(format!(
                "{word}: there are --gate, --quick, and the parts {names}"
            ));
        }
        Ok(Self {
            gate: flags.iter().any(|flag| flag == "--gate"),
            quick: flags.iter().any(|flag| flag == "--quick"),
            parts,
        })
    }

    /// Returns whether all parts run.
    pub(crate) fn is_whole(&self) -> bool {
        self.parts.is_empty()
    }

    /// Returns the requested number out of this many.
    pub(crate) fn rounds(&self, rounds: u32) -> u32 {
        if self.quick {
            rounds.div_ceil(2)
        } else {
            rounds
        }
    }

    /// Returns whether this part runs.
    pub(crate) fn ask_for(&self, part: &str) -> bool {
        self.is_whole() || self.parts.iter().any(|asked| asked == part)
    }
}
