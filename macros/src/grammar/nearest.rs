//! Suggests the name that a misspelt one probably meant.

/// Returns the closest of `names` if it is close enough to be a typo.
pub(crate) fn nearest<'a>(
    written: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (written.len() / 3).max(1);
    names
        .into_iter()
        .map(|name| (distance(written, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Counts the insertions, deletions, replacements and swaps of neighbours that turn one name into
/// the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = match (i, j) {
                (0, n) | (n, 0) => n,
                _ => {
                    let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                    let swapped = if swapped {
                        table[i - 2][j - 2] + 1
                    } else {
                        replaced
                    };
                    replaced
                        .min(swapped)
                        .min(table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1)
                }
            };
        }
    }
    table[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distance_counts_single_edits() {
        assert_eq!(distance("net", "net"), 0);
        assert_eq!(distance("nett", "net"), 1);
        assert_eq!(distance("ne", "net"), 1);
        assert_eq!(distance("nat", "net"), 1);
        assert_eq!(distance("nte", "net"), 1);
        assert_eq!(distance("", "net"), 3);
        assert_eq!(distance("cgruop", "cgroup"), 1);
    }

    #[test]
    fn nearest_takes_slips_only() {
        let names = ["user", "mount", "net", "uts"];
        assert_eq!(nearest("nett", names), Some("net"));
        assert_eq!(nearest("muont", names), Some("mount"));
        assert_eq!(nearest("usr", names), Some("user"));
        assert_eq!(nearest("volume", names), None);
    }
}
