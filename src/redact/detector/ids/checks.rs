//! Check digits of national schemes. All take characters of known shape.

use super::super::checksum;

fn value(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

/// Sum of digits times weights.
fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| value(*digit) * weight)
        .sum()
}

fn digit(digits: &[u8], at: usize) -> u32 {
    digits.get(at).map_or(0, |byte| value(*byte))
}

fn number(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |sum, byte| sum * 10 + u64::from(byte.wrapping_sub(b'0')))
}

fn part(digits: &[u8], from: usize, to: usize) -> u64 {
    digits.get(from..to).map_or(0, number)
}

/// Day and month as they may stand in a number.
fn is_day(month: u64, day: u64) -> bool {
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

fn varied(digits: &[u8]) -> bool {
    digits.iter().any(|byte| Some(byte) != digits.first())
}

pub(super) fn luhn(digits: &[u8]) -> bool {
    varied(digits) && checksum::luhn(digits)
}

pub(super) fn verhoeff(digits: &[u8]) -> bool {
    const D: [&[u8; 10]; 10] = [
        b"0123456789",
        b"1234067895",
        b"2340178956",
        b"3401289567",
        b"4012395678",
        b"5987604321",
        b"6598710432",
        b"7659821043",
        b"8765932104",
        b"9876543210",
    ];
    const P: [&[u8; 10]; 8] = [
        b"0123456789",
        b"1576283094",
        b"5803796142",
        b"8916043527",
        b"9453126870",
        b"4286573901",
        b"2793806415",
        b"7046913258",
    ];
    let sum = digits
        .iter()
        .rev()
        .zip(P.iter().cycle())
        .fold(0_u8, |sum, (byte, row)| {
            let permuted = row
                .get(usize::from(byte.wrapping_sub(b'0')))
                .map_or(0, |one| one - b'0');
            let row = D.get(usize::from(sum)).copied().unwrap_or(b"0123456789");
            row.get(usize::from(permuted)).map_or(0, |one| one - b'0')
        });
    sum == 0 && varied(digits)
}

/// ISO 7064 MOD 11,10 (German tax number, Croatian OIB).
pub(super) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((last, head)) = digits.split_last() else {
        return false;
    };
    let rest = head.iter().fold(10, |rest, byte| {
        let sum = (rest + value(*byte)) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - rest) % 10 == value(*last) && varied(digits)
}

/// ISO 7064 MOD 11-2 with a birthday inside (China, GB 11643).
pub(super) fn cn_resident(text: &[u8]) -> bool {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let check = b"10X98765432".get(weighted(text, &weights).rem_euclid(11) as usize);
    check == text.get(17) && is_day(part(text, 10, 12), part(text, 12, 14))
}

pub(super) fn br_cpf(digits: &[u8]) -> bool {
    let check = |count: usize| {
        let sum: u32 = (0..count)
            .map(|at| digit(digits, at) * u32::try_from(count + 1 - at).unwrap_or(0))
            .sum();
        sum * 10 % 11 % 10 == digit(digits, count)
    };
    varied(digits) && check(9) && check(10)
}

pub(super) fn br_cnpj(digits: &[u8]) -> bool {
    let first = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let second = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let check = |sum: u32| (11 - sum % 11) % 11 % 10;
    varied(digits)
        && check(weighted(digits, &first)) == digit(digits, 12)
        && check(weighted(digits, &second)) == digit(digits, 13)
}

/// Spanish DNI and NIE: letter of the number modulo 23.
pub(super) fn es_nif(text: &[u8]) -> bool {
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
pub(super) fn fi_hetu(text: &[u8]) -> bool {
    // `131052-308T` without its dash, or with a letter for the century
    let number = match text.len() {
        10 => part(text, 0, 6) * 1000 + part(text, 6, 9),
        _ => part(text, 0, 6) * 1000 + part(text, 7, 10),
    };
    let check = b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(usize::try_from(number % 31).unwrap_or(0));
    check == text.last() && is_day(part(text, 2, 4), part(text, 0, 2))
}

/// Italian codice fiscale (D.M. 23/12/1976): odd and even tables, mod 26.
pub(super) fn it_codice_fiscale(text: &[u8]) -> bool {
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
pub(super) fn pl_pesel(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    let month = part(digits, 2, 4) % 20;
    (10 - sum % 10) % 10 == digit(digits, 10) && is_day(month, part(digits, 4, 6))
}

pub(super) fn nl_bsn(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    let last = digit(digits, 8);
    sum >= last && (sum - last).is_multiple_of(11) && varied(digits)
}

pub(super) fn tr_kimlik(digits: &[u8]) -> bool {
    let odd: u32 = (0..9).step_by(2).map(|at| digit(digits, at)).sum();
    let even: u32 = (1..8).step_by(2).map(|at| digit(digits, at)).sum();
    let first = (odd * 7 + 100 - even) % 10;
    let all: u32 = (0..10).map(|at| digit(digits, at)).sum();
    digit(digits, 0) != 0 && first == digit(digits, 9) && all % 10 == digit(digits, 10)
}

/// French NIR with its key: 97 minus the number modulo 97; Corsica is 2A, 2B.
pub(super) fn fr_nir(text: &[u8]) -> bool {
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
pub(super) fn be_national(digits: &[u8]) -> bool {
    let head = part(digits, 0, 9);
    let check = part(digits, 9, 11);
    let month = part(digits, 2, 4) % 20;
    let dated = (0..=12).contains(&month) && part(digits, 4, 6) <= 31;
    dated
        && varied(digits)
        && (97 - head % 97 == check || 97 - (2_000_000_000 + head) % 97 == check)
}

pub(super) fn no_fodselsnummer(digits: &[u8]) -> bool {
    let first = (11 - weighted(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
    let second = (11 - weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    let dated = is_day(part(digits, 2, 4) % 40, part(digits, 0, 2) % 40);
    dated && first == digit(digits, 9) && second == digit(digits, 10)
}

/// Swedish personal and organisation numbers: Luhn over ten digits.
pub(super) fn se_personnummer(digits: &[u8]) -> bool {
    let ten = digits
        .get(digits.len().saturating_sub(10)..)
        .unwrap_or_default();
    let (month, day) = (part(ten, 2, 4), part(ten, 4, 6));
    luhn(ten) && (is_day(month, day % 60) || month >= 20)
}

pub(super) fn dk_cpr(digits: &[u8]) -> bool {
    is_day(part(digits, 2, 4), part(digits, 0, 2)) && varied(digits)
}

/// Czech and Slovak birth number: divisible by 11.
pub(super) fn cz_rodne(digits: &[u8]) -> bool {
    let month = part(digits, 2, 4) % 50 % 20;
    number(digits).is_multiple_of(11) && is_day(month, part(digits, 4, 6))
}

pub(super) fn ro_cnp(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    (if rest == 10 { 1 } else { rest }) == digit(digits, 12)
        && is_day(part(digits, 3, 5), part(digits, 5, 7))
}

pub(super) fn bg_egn(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    rest == digit(digits, 9) && is_day(part(digits, 2, 4) % 20, part(digits, 4, 6))
}

/// Estonian and Lithuanian personal codes.
pub(super) fn baltic(digits: &[u8]) -> bool {
    let first = weighted(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
    let second = weighted(digits, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10;
    let check = if first < 10 { first } else { second };
    check == digit(digits, 10) && is_day(part(digits, 3, 5), part(digits, 5, 7))
}

/// JMBG and EMŠO of the former Yugoslav republics.
pub(super) fn jmbg(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    (11 - sum % 11) % 11 == digit(digits, 12) && is_day(part(digits, 2, 4), part(digits, 0, 2))
}

/// Irish PPS number: mod 23, the second letter counts nine.
pub(super) fn ie_ppsn(text: &[u8]) -> bool {
    let sum = weighted(text, &[8, 7, 6, 5, 4, 3, 2]);
    let second = text
        .get(8)
        .map_or(0, |byte| u32::from(byte.wrapping_sub(b'@')));
    let letter =
        b"WABCDEFGHIJKLMNOPQRSTUV".get(usize::try_from((sum + second * 9) % 23).unwrap_or(0));
    letter == text.get(7)
}

pub(super) fn pt_nif(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    (if rest < 2 { 0 } else { 11 - rest }) == digit(digits, 8) && varied(digits)
}

pub(super) fn at_svnr(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    sum % 11 == digit(digits, 3) && is_day(part(digits, 6, 8), part(digits, 4, 6))
}

pub(super) fn gr_amka(digits: &[u8]) -> bool {
    luhn(digits) && is_day(part(digits, 2, 4), part(digits, 0, 2))
}

/// Swiss AHV: EAN-13 with the country 756.
pub(super) fn ch_ahv(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
    digits.starts_with(b"756") && (10 - sum % 10) % 10 == digit(digits, 12)
}

/// German pension number: letter as two digits, weighted digit sums.
pub(super) fn de_svnr(text: &[u8]) -> bool {
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
pub(super) fn de_kvnr(text: &[u8]) -> bool {
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

/// ICAO 9303 weights 7, 3, 1 (German passport and identity card).
pub(super) fn icao(text: &[u8]) -> bool {
    let Some((last, head)) = text.split_last() else {
        return false;
    };
    let sum: u32 = head
        .iter()
        .zip([7, 3, 1].iter().cycle())
        .map(|(byte, weight)| {
            let worth = if byte.is_ascii_digit() {
                value(*byte)
            } else {
                u32::from(byte.wrapping_sub(b'A')) + 10
            };
            worth * weight
        })
        .sum();
    sum % 10 == value(*last) && varied(head)
}

pub(super) fn uk_nhs(digits: &[u8]) -> bool {
    let check = 11 - weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    check % 11 == digit(digits, 9) && check != 10 && varied(digits)
}

/// National insurance number: prefixes HMRC does not use.
pub(super) fn uk_nino(text: &[u8]) -> bool {
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

/// Singapore NRIC and FIN.
pub(super) fn sg_nric(text: &[u8]) -> bool {
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
pub(super) fn in_pan(text: &[u8]) -> bool {
    text.get(3).is_some_and(|kind| b"ABCFGHJLPT".contains(kind))
}

pub(super) fn kr_rrn(digits: &[u8]) -> bool {
    is_day(part(digits, 2, 4), part(digits, 4, 6)) && matches!(digits.get(6), Some(b'1'..=b'8'))
}

pub(super) fn th_id(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    (11 - sum % 11) % 10 == digit(digits, 12) && digit(digits, 0) != 0
}

pub(super) fn za_id(digits: &[u8]) -> bool {
    luhn(digits) && is_day(part(digits, 2, 4), part(digits, 4, 6))
}

pub(super) fn jp_my_number(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    (if rest < 2 { 0 } else { 11 - rest }) == digit(digits, 11) && varied(digits)
}

pub(super) fn au_tfn(digits: &[u8]) -> bool {
    weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11) && varied(digits)
}

pub(super) fn au_abn(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    digit(digits, 0) > 0 && (sum - 10).is_multiple_of(89)
}

pub(super) fn au_acn(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[8, 7, 6, 5, 4, 3, 2, 1]) % 10;
    (10 - rest) % 10 == digit(digits, 8) && varied(digits)
}

pub(super) fn au_medicare(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9]);
    (2..=6).contains(&digit(digits, 0)) && sum % 10 == digit(digits, 8)
}

pub(super) fn ru_snils(digits: &[u8]) -> bool {
    let rest = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    u64::from(rest) == part(digits, 9, 11) && varied(digits)
}

pub(super) fn ru_inn(digits: &[u8]) -> bool {
    let first = weighted(digits, &[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    let second = weighted(digits, &[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11 % 10;
    first == digit(digits, 10) && second == digit(digits, 11) && varied(digits)
}

pub(super) fn ar_cuit(digits: &[u8]) -> bool {
    let rest = 11 - weighted(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let kind = part(digits, 0, 2);
    rest % 11 == digit(digits, 10) && matches!(kind, 20 | 23 | 24 | 27 | 30 | 33 | 34)
}

/// Chilean RUT: weights 2 to 7 from the right; 10 is K.
pub(super) fn cl_rut(text: &[u8]) -> bool {
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
pub(super) fn mx_curp(text: &[u8]) -> bool {
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

pub(super) fn mx_rfc(text: &[u8]) -> bool {
    is_day(part(text, 6, 8), part(text, 8, 10))
}

/// Vehicle identification number, ISO 3779 with the check digit of 49 CFR 565.
pub(super) fn vin(text: &[u8]) -> bool {
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
pub(super) fn us_dea(text: &[u8]) -> bool {
    let digits = text.get(2..).unwrap_or_default();
    let sum = weighted(digits, &[1, 2, 1, 2, 1, 2]);
    sum % 10 == digit(digits, 6) && varied(digits)
}

/// National provider identifier: Luhn with 80840 in front (45 CFR 162.406).
pub(super) fn us_npi(digits: &[u8]) -> bool {
    let mut whole = b"80840".to_vec();
    whole.extend_from_slice(digits);
    matches!(digits.first(), Some(b'1' | b'2')) && checksum::luhn(&whole)
}

pub(super) fn us_routing(digits: &[u8]) -> bool {
    let head = part(digits, 0, 2);
    let known = head <= 12 || (21..=32).contains(&head) || (61..=72).contains(&head) || head == 80;
    weighted(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10) && known && varied(digits)
}

pub(super) fn il_id(digits: &[u8]) -> bool {
    luhn(digits)
}

/// A number whose shape is all there is.
pub(super) fn any(_: &[u8]) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verhoeff_is_that_of_the_paper() {
        // 236 has the check digit 3 (Verhoeff 1969)
        assert!(verhoeff(b"2363"));
        assert!(
            (b'0'..=b'9')
                .filter(|last| verhoeff(&[b'2', b'3', b'6', *last]))
                .count()
                == 1
        );
    }

    #[test]
    fn one_last_digit_in_ten_is_right() {
        type Check = fn(&[u8]) -> bool;
        let checks: [(Check, &str); 12] = [
            (pl_pesel, "4405140135"),
            (nl_bsn, "11122233"),
            (mod_11_10, "3657526149"),
            (br_cpf, "5299822472"),
            (tr_kimlik, "1000000014"),
            (ro_cnp, "180010112345"),
            (bg_egn, "750214000"),
            (pt_nif, "12345678"),
            (uk_nhs, "943476591"),
            (au_acn, "00574998"),
            (us_routing, "02100002"),
            (us_npi, "123456789"),
        ];
        for (check, head) in checks {
            let right = (b'0'..=b'9')
                .filter(|last| check(format!("{head}{}", char::from(*last)).as_bytes()))
                .count();
            assert!(right <= 1, "{head}: {right}");
        }
    }
}
