//! Check digits of Asian, African, Australian and Russian numbers.

use super::{digit, is_day, luhn, part, varied, weighted};

/// ISO 7064 MOD 11-2 with a birthday inside (China, GB 11643).
pub(in crate::redact::detector::ids) fn cn_resident(text: &[u8]) -> bool {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let check = b"10X98765432".get(weighted(text, &weights).rem_euclid(11) as usize);
    check == text.get(17) && is_day(part(text, 10, 12), part(text, 12, 14))
}

pub(in crate::redact::detector::ids) fn tr_kimlik(digits: &[u8]) -> bool {
    let odd: u32 = (0..9).step_by(2).map(|at| digit(digits, at)).sum();
    let even: u32 = (1..8).step_by(2).map(|at| digit(digits, at)).sum();
    let first = (odd * 7 + 100 - even) % 10;
    let all: u32 = (0..10).map(|at| digit(digits, at)).sum();
    digit(digits, 0) != 0 && first == digit(digits, 9) && all % 10 == digit(digits, 10)
}

/// Singapore NRIC and FIN.
pub(in crate::redact::detector::ids) fn sg_nric(text: &[u8]) -> bool {
    let sum = weighted(text.get(1..8).unwrap_or_default(), &[2, 7, 6, 5, 4, 3, 2]);
    let (offset, letters): (u32, &[u8; 11]) = match text.first() {
        Some(b'S') => (0, b"JZIHGFEDCBA"),
        Some(b'T') => (4, b"JZIHGFEDCBA"),
        Some(b'F') => (0, b"XWUTRQPNMLK"),
        Some(b'G') => (4, b"XWUTRQPNMLK"),
        Some(b'M') => (3, b"KLJNPQRTUWX"),
        _ => return false,
    };
    let place = usize::try_from((sum + offset) % 11).unwrap_or(0);
    let place = if text.first() == Some(&b'M') {
        10 - place
    } else {
        place
    };
    letters.get(place) == text.get(8)
}

/// Indian PAN: the fourth letter is the kind of holder.
pub(in crate::redact::detector::ids) fn in_pan(text: &[u8]) -> bool {
    text.get(3).is_some_and(|kind| b"ABCFGHJLPT".contains(kind))
}

pub(in crate::redact::detector::ids) fn kr_rrn(digits: &[u8]) -> bool {
    is_day(part(digits, 2, 4), part(digits, 4, 6)) && matches!(digits.get(6), Some(b'1'..=b'8'))
}

pub(in crate::redact::detector::ids) fn th_id(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (11 - sum % 11) % 10 == digit(digits, 12) && digit(digits, 0) != 0
}

pub(in crate::redact::detector::ids) fn za_id(digits: &[u8]) -> bool {
    luhn(digits) && is_day(part(digits, 2, 4), part(digits, 4, 6))
}

pub(in crate::redact::detector::ids) fn jp_my_number(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    (if rest < 2 { 0 } else { 11 - rest }) == digit(digits, 11) && varied(digits)
}

pub(in crate::redact::detector::ids) fn au_tfn(digits: &[u8]) -> bool {
    weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11) && varied(digits)
}

pub(in crate::redact::detector::ids) fn au_abn(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    digit(digits, 0) > 0 && (sum - 10).is_multiple_of(89)
}

pub(in crate::redact::detector::ids) fn au_acn(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[8, 7, 6, 5, 4, 3, 2, 1]) % 10;
    (10 - rest) % 10 == digit(digits, 8) && varied(digits)
}

pub(in crate::redact::detector::ids) fn au_medicare(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9]);
    (2..=6).contains(&digit(digits, 0)) && sum % 10 == digit(digits, 8)
}

pub(in crate::redact::detector::ids) fn ru_snils(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    u64::from(rest) == part(digits, 9, 11) && varied(digits)
}

pub(in crate::redact::detector::ids) fn ru_inn(digits: &[u8]) -> bool {
    let first = weighted(digits, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    let second = weighted(digits, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    first == digit(digits, 10) && second == digit(digits, 11) && varied(digits)
}

pub(in crate::redact::detector::ids) fn il_id(digits: &[u8]) -> bool {
    luhn(digits)
}
