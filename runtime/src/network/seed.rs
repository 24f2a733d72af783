//! The seed of all random decisions.

use std::env;

use super::mistake::Mistake;

/// The variable that sets the seed of every network whose plan does not.
pub(super) const VARIABLE: &str = "NS_TEST_SEED";

/// Returns the plan's seed, else that of the environment, else one derived from the test's name.
pub(super) fn choose(planned: Option<u64>, test: &str) -> Result<u64, Mistake> {
    if let Some(seed) = planned {
        return Ok(seed);
    }
    match env::var_os(VARIABLE) {
        None => Ok(of_name(test)),
        Some(value) => {
            let value = value.to_string_lossy();
            parse(&value).ok_or_else(|| Mistake::BadSeed {
                value: value.clone().into_owned(),
            })
        }
    }
}

fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if !digits.starts_with('+') => u64::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None if text.starts_with('+') => None,
        None => text.parse().ok(),
    }
}

/// Returns FNV-1a of 32 bits, so that the number is short. std's hash may change with the compiler.
fn of_name(name: &str) -> u64 {
    let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    u64::from(name.bytes().fold(0x811c_9dc5, step))
}

#[cfg(test)]
mod tests {
    use super::{of_name, parse};

    #[test]
    fn a_seed_is_decimal_or_hexadecimal() {
        let read = ["42", " 42\n", "0x2a", "0X2A", "18446744073709551615"].map(parse);
        assert_eq!(
            read,
            [Some(42), Some(42), Some(42), Some(42), Some(u64::MAX)]
        );
        let refused = [
            "",
            "x",
            "-1",
            "+1",
            "0x",
            "0x+1",
            "1.5",
            "18446744073709551616",
        ];
        assert_eq!(refused.map(parse), [None; 8]);
    }

    #[test]
    fn a_name_has_the_same_seed_for_ever() {
        // The FNV-1a values of the reference's test vectors.
        assert_eq!(of_name(""), 0x811c_9dc5);
        assert_eq!(of_name("a"), 0xe40c_292c);
        assert_eq!(of_name("foobar"), 0xbf9c_f968);
    }
}
