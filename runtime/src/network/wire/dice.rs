//! Random decisions, as a pure function of the question: no packet shifts the fate of another.

/// A decision about a packet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    Loss = 0,
    Jitter = 1,
    Reorder = 2,
    Duplicate = 3,
    Burst = 4,
}

/// The range of [`roll`].
pub(super) const SIDES: u64 = 1 << 32;

/// Returns a number below [`SIDES`] for packet number `packet` of direction `direction`.
pub(super) fn roll(seed: u64, direction: u64, packet: u64, question: Question) -> u64 {
    mix(mix(mix(seed ^ mix(direction)) ^ packet) ^ question as u64) >> 32
}

/// Returns a share as a number out of [`SIDES`].
pub(in crate::network) fn sides(share: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share is from 0 to 1, so that the product is a whole number of 33 bits"
    )]
    let sides = (share.clamp(0.0, 1.0) * SIDES as f64).round() as u64;
    sides
}

/// Mixes the bits of a number: the finalizer of SplitMix64, with its increment.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Question, SIDES, mix, roll, sides};

    #[test]
    fn the_generator_is_splitmix64() {
        // The first outputs for the seed 0, as published by its author.
        let state = |step: u64| step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let first = [0, 1, 2].map(|step| mix(state(step)));
        let expected = [
            0xe220_a839_7b1d_cdaf,
            0x6e78_9e6a_a1b9_65f4,
            0x06c4_5d18_8009_454f,
        ];
        assert_eq!(first, expected);
    }

    #[test]
    fn shares_become_sides() {
        assert_eq!([0.0, 0.25, 1.0].map(sides), [0, SIDES / 4, SIDES]);
    }

    #[test]
    fn a_fixed_seed_has_fixed_rolls() {
        let rolls = (0..1000).map(|packet| roll(42, 1, packet, Question::Loss));
        let lost = rolls.filter(|roll| *roll < sides(0.1)).count();
        assert!((80..120).contains(&lost), "{lost} of 1000");
        let questions = [
            Question::Jitter,
            Question::Reorder,
            Question::Duplicate,
            Question::Burst,
        ];
        let rolls = questions.map(|question| roll(42, 1, 7, question));
        assert!(
            rolls
                .iter()
                .all(|other| *other != roll(42, 1, 7, Question::Loss))
        );
    }
}
