//! Check digits of European numbers.

use super::{digit, is_day, luhn, number, part, value, varied, weighted};

/// Spanish DNI and NIE: letter of the number modulo 23.
pub(in crate::redact::detector::ids) fn es_nif(text: &[u8]) -> bool {
    let head = match text.first() {
        Some(b'X') => 0,
        Some(b'Y') => 1,
        Some(b'Z') => 2,
        Some(one) if one.is_ascii_digit() => u64::from(one - b'0'),
        _ => return false,
    };
    let rest = head * 10_000_000 + part(text, 1, 8);
    let letter = b"TRWAGMYFPDXBNJZSQVHLCKE".get(usize::try_from(rest % 23).unwrap_or(0));
    letter == text.get(8)
}

/// Finnish personal identity code: day, century sign, number, mod 31.
pub(in crate::redact::detector::ids) fn fi_hetu(text: &[u8]) -> bool {
    // `131052-308T` without its dash, or with a letter for the century
    let number = match text.len() {
        10 => part(text, 0, 6) * 1000 + part(text, 6, 9),
        _ => part(text, 0, 6) * 1000 + part(text, 7, 10),
    };
    let check = b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(usize::try_from(number % 31).unwrap_or(0));
    check == text.last() && is_day(part(text, 2, 4), part(text, 0, 2))
}

/// Italian codice fiscale (D.M. 23/12/1976): odd and even tables, mod 26.
pub(in crate::redact::detector::ids) fn it_codice_fiscale(text: &[u8]) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let place = |byte: u8| {
        usize::from(if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            byte.wrapping_sub(b'A')
        })
    };
    let sum: u32 = text
        .iter()
        .take(15)
        .enumerate()
        .map(|(at, byte)| match at % 2 {
            0 => ODD.get(place(*byte)).copied().unwrap_or(0),
            _ => u32::try_from(place(*byte)).unwrap_or(0),
        })
        .sum();
    text.get(15)
        .is_some_and(|last| u32::from(last.wrapping_sub(b'A')) == sum % 26)
}

/// Italian VAT number and others that are Luhn over 11 digits.
pub(in crate::redact::detector::ids) fn pl_pesel(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    let month = part(digits, 2, 4) % 20;
    (10 - sum % 10) % 10 == digit(digits, 10) && is_day(month, part(digits, 4, 6))
}

pub(in crate::redact::detector::ids) fn nl_bsn(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    let last = digit(digits, 8);
    sum >= last && (sum - last).is_multiple_of(11) && varied(digits)
}

/// French NIR with its key: 97 minus the number modulo 97; Corsica is 2A, 2B.
pub(in crate::redact::detector::ids) fn fr_nir(text: &[u8]) -> bool {
    let head: Vec<u8> = text
        .iter()
        .take(13)
        .map(|byte| match byte {
            b'A' => b'9',
            b'B' => b'8',
            other => *other,
        })
        .collect();
    let corsica = text.iter().take(13).any(|byte| byte.is_ascii_alphabetic());
    let month = part(text, 3, 5);
    let sound = matches!(text.first(), Some(b'1' | b'2' | b'7' | b'8'))
        && ((1..=12).contains(&month) || (20..=42).contains(&month) || month >= 50);
    sound && !corsica && 97 - number(&head) % 97 == part(text, 13, 15)
}

/// Belgian national number: mod 97, since 2000 with a 2 in front.
pub(in crate::redact::detector::ids) fn be_national(digits: &[u8]) -> bool {
    let head = part(digits, 0, 9);
    let check = part(digits, 9, 11);
    let month = part(digits, 2, 4) % 20;
    let dated = (0..=12).contains(&month) && part(digits, 4, 6) <= 31;
    dated
        && varied(digits)
        && (97 - head % 97 == check || 97 - (2_000_000_000 + head) % 97 == check)
}

pub(in crate::redact::detector::ids) fn no_fodselsnummer(digits: &[u8]) -> bool {
    let first = (11 - weighted(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
    let second = (11 - weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    let dated = is_day(part(digits, 2, 4) % 40, part(digits, 0, 2) % 40);
    dated && first == digit(digits, 9) && second == digit(digits, 10)
}

/// Swedish personal and organisation numbers: Luhn over ten digits.
pub(in crate::redact::detector::ids) fn se_personnummer(digits: &[u8]) -> bool {
    let ten = digits
        .get(digits.len().saturating_sub(10)..)
        .unwrap_or_default();
    let (month, day) = (part(ten, 2, 4), part(ten, 4, 6));
    luhn(ten) && (is_day(month, day % 60) || month >= 20)
}

pub(in crate::redact::detector::ids) fn dk_cpr(digits: &[u8]) -> bool {
    is_day(part(digits, 2, 4), part(digits, 0, 2)) && varied(digits)
}

/// Czech and Slovak birth number: divisible by 11.
pub(in crate::redact::detector::ids) fn cz_rodne(digits: &[u8]) -> bool {
    let month = part(digits, 2, 4) % 50 % 20;
    number(digits).is_multiple_of(11) && is_day(month, part(digits, 4, 6))
}

pub(in crate::redact::detector::ids) fn ro_cnp(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    (if rest == 10 { 1 } else { rest }) == digit(digits, 12)
        && is_day(part(digits, 3, 5), part(digits, 5, 7))
}

pub(in crate::redact::detector::ids) fn bg_egn(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    rest == digit(digits, 9) && is_day(part(digits, 2, 4) % 20, part(digits, 4, 6))
}

/// Estonian and Lithuanian personal codes.
pub(in crate::redact::detector::ids) fn baltic(digits: &[u8]) -> bool {
    let first = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(digits, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10;
    let check = if first < 10 { first } else { second };
    check == digit(digits, 10) && is_day(part(digits, 3, 5), part(digits, 5, 7))
}

/// JMBG and EMŠO of the former Yugoslav republics.
pub(in crate::redact::detector::ids) fn jmbg(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    (11 - sum % 11) % 11 == digit(digits, 12) && is_day(part(digits, 2, 4), part(digits, 0, 2))
}

/// Irish PPS number: mod 23, the second letter counts nine.
pub(in crate::redact::detector::ids) fn ie_ppsn(text: &[u8]) -> bool {
    let sum = weighted(text, &[8, 7, 6, 5, 4, 3, 2]);
    let second = text
        .get(8)
        .map_or(0, |byte| u32::from(byte.wrapping_sub(b'@')));
    let letter =
        b"WABCDEFGHIJKLMNOPQRSTUV".get(usize::try_from((sum + second * 9) % 23).unwrap_or(0));
    letter == text.get(7)
}

pub(in crate::redact::detector::ids) fn pt_nif(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    (if rest < 2 { 0 } else { 11 - rest }) == digit(digits, 8) && varied(digits)
}

pub(in crate::redact::detector::ids) fn at_svnr(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    sum % 11 == digit(digits, 3) && is_day(part(digits, 6, 8), part(digits, 4, 6))
}

pub(in crate::redact::detector::ids) fn gr_amka(digits: &[u8]) -> bool {
    luhn(digits) && is_day(part(digits, 2, 4), part(digits, 0, 2))
}

/// Swiss AHV: EAN-13 with the country 756.
pub(in crate::redact::detector::ids) fn ch_ahv(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
    digits.starts_with(b"756") && (10 - sum % 10) % 10 == digit(digits, 12)
}

/// German pension number: letter as two digits, weighted digit sums.
pub(in crate::redact::detector::ids) fn de_svnr(text: &[u8]) -> bool {
    let Some(letter) = text.get(8) else {
        return false;
    };
    let place = u32::from(letter.wrapping_sub(b'@'));
    let mut digits: Vec<u32> = text.iter().take(8).map(|byte| value(*byte)).collect();
    digits.extend([place / 10, place % 10]);
    digits.extend(text.iter().skip(9).take(2).map(|byte| value(*byte)));
    let sum: u32 = digits
        .iter()
        .zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(digit, weight)| digit * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    sum % 10 == digit(text, 11)
}

/// German health insurance number: letter as two digits, Luhn from the left.
pub(in crate::redact::detector::ids) fn de_kvnr(text: &[u8]) -> bool {
    let place = text
        .first()
        .map_or(0, |letter| u32::from(letter.wrapping_sub(b'@')));
    let mut digits = vec![place / 10, place % 10];
    digits.extend(text.iter().skip(1).take(8).map(|byte| value(*byte)));
    let sum: u32 = digits
        .iter()
        .zip([1, 2].iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    sum % 10 == digit(text, 9)
}

pub(in crate::redact::detector::ids) fn uk_nhs(digits: &[u8]) -> bool {
    let check = 11 - weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    check % 11 == digit(digits, 9) && check != 10 && varied(digits)
}

/// National insurance number: prefixes HMRC does not use.
pub(in crate::redact::detector::ids) fn uk_nino(text: &[u8]) -> bool {
    let (Some(first), Some(second)) = (text.first(), text.get(1)) else {
        return false;
    };
    let head = text.get(..2).unwrap_or_default();
    let unused: [&[u8]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
    !b"DFIQUV".contains(first)
        && !b"DFIOQUV".contains(second)
        && !unused.contains(&head)
        && text.get(8).is_some_and(|last| (b'A'..=b'D').contains(last))
}
