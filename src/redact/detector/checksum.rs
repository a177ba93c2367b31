//! Check digits, as their standards define them.

/// Luhn, ISO/IEC 7812-1 annex B, over ASCII digits.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit.wrapping_sub(b'0'));
            match (place % 2, value) {
                (0, _) => value,
                (_, 0..=4) => value * 2,
                (_, _) => value * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// ISO/IEC 7064 MOD 97-10 over letters and digits (A is 10), as a remainder.
pub(super) fn mod_97(characters: impl Iterator<Item = u8>) -> u32 {
    characters.fold(0, |rest, one| match one {
        b'0'..=b'9' => (rest * 10 + u32::from(one - b'0')) % 97,
        b'A'..=b'Z' => (rest * 100 + u32::from(one - b'A') + 10) % 97,
        _ => rest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_catches_every_single_wrong_digit() {
        // the example of ISO/IEC 7812-1
        let good = b"79927398713";
        assert!(luhn(good));
        for at in 0..good.len() {
            for digit in b'0'..=b'9' {
                let mut wrong = *good;
                wrong[at] = digit;
                assert_eq!(luhn(&wrong), wrong == *good);
            }
        }
    }

    #[test]
    fn mod_97_is_that_of_iso_13616() {
        // GB82 WEST 1234 5698 7654 32, the registry's example, rearranged
        assert_eq!(mod_97(b"WEST12345698765432GB82".iter().copied()), 1);
        assert_ne!(mod_97(b"WEST12345698765432GB28".iter().copied()), 1);
    }
}
