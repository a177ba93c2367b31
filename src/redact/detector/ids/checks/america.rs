//! Check digits of American numbers.

use super::super::super::checksum;
use super::{digit, is_day, part, value, varied, weighted};

pub(in crate::redact::detector::ids) fn br_cpf(digits: &[u8]) -> bool {
    let check = |count: usize| {
        let sum: u32 = (0..count)
            .map(|at| digit(digits, at) * u32::try_from(count + 1 - at).unwrap_or(0))
            .sum();
        sum * 10 % 11 % 10 == digit(digits, count)
    };
    varied(digits) && check(9) && check(10)
}

pub(in crate::redact::detector::ids) fn br_cnpj(digits: &[u8]) -> bool {
    let first = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let second = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let check = |sum: u32| (11 - sum % 11) % 11 % 10;
    varied(digits)
        && check(weighted(digits, &first)) == digit(digits, 12)
        && check(weighted(digits, &second)) == digit(digits, 13)
}

pub(in crate::redact::detector::ids) fn ar_cuit(digits: &[u8]) -> bool {
    let rest = 11 - weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let kind = part(digits, 0, 2);
    rest % 11 == digit(digits, 10) && matches!(kind, 20 | 23 | 24 | 27 | 30 | 33 | 34)
}

/// Chilean RUT: weights 2 to 7 from the right; 10 is K.
pub(in crate::redact::detector::ids) fn cl_rut(text: &[u8]) -> bool {
    let Some((last, head)) = text.split_last() else {
        return false;
    };
    let sum: u32 = head
        .iter()
        .rev()
        .zip([2, 3, 4, 5, 6, 7].iter().cycle())
        .map(|(byte, weight)| value(*byte) * weight)
        .sum();
    let check = b"0123456789K0".get(usize::try_from(11 - sum % 11).unwrap_or(0));
    check == Some(last) && varied(head)
}

/// Mexican CURP: base 37 over 17 characters, mod 10.
pub(in crate::redact::detector::ids) fn mx_curp(text: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMN\0OPQRSTUVWXYZ";
    let sum: usize = text
        .iter()
        .take(17)
        .enumerate()
        .map(|(at, byte)| ALPHABET.iter().position(|one| one == byte).unwrap_or(0) * (18 - at))
        .sum();
    let check = u32::try_from((10 - sum % 10) % 10).unwrap_or(0);
    check == digit(text, 17) && is_day(part(text, 6, 8), part(text, 8, 10))
}

pub(in crate::redact::detector::ids) fn mx_rfc(text: &[u8]) -> bool {
    is_day(part(text, 6, 8), part(text, 8, 10))
}

/// Vehicle identification number, ISO 3779 with the check digit of 49 CFR 565.
pub(in crate::redact::detector::ids) fn vin(text: &[u8]) -> bool {
    let worth = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'H' => u32::from(byte - b'A') + 1,
        b'J'..=b'N' => u32::from(byte - b'J') + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => u32::from(byte - b'S') + 2,
        _ => 0,
    };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: u32 = text
        .iter()
        .zip(weights)
        .map(|(byte, weight)| worth(*byte) * weight)
        .sum();
    let check = b"0123456789X".get(usize::try_from(sum % 11).unwrap_or(0));
    let letters = text
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    !text.iter().any(|byte| b"IOQ".contains(byte))
        && check == text.get(8)
        && (3..=12).contains(&letters)
}

/// DEA number: two letters, sum of odd places and twice the even ones.
pub(in crate::redact::detector::ids) fn us_dea(text: &[u8]) -> bool {
    let digits = text.get(2..).unwrap_or_default();
    let sum = weighted(digits, &[1, 2, 1, 2, 1, 2]);
    sum % 10 == digit(digits, 6) && varied(digits)
}

/// National provider identifier: Luhn with 80840 in front (45 CFR 162.406).
pub(in crate::redact::detector::ids) fn us_npi(digits: &[u8]) -> bool {
    let mut whole = b"80840".to_vec();
    whole.extend_from_slice(digits);
    matches!(digits.first(), Some(b'1' | b'2')) && checksum::luhn(&whole)
}

pub(in crate::redact::detector::ids) fn us_routing(digits: &[u8]) -> bool {
    let head = part(digits, 0, 2);
    let known = head <= 12 || (21..=32).contains(&head) || (61..=72).contains(&head) || head == 80;
    weighted(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10) && known && varied(digits)
}
