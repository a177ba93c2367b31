//! Check digits of national schemes. All take characters of known shape.

mod america;
mod europe;
mod world;

use super::super::checksum;
pub(super) use america::{
    ar_cuit, br_cnpj, br_cpf, cl_rut, mx_curp, mx_rfc, us_dea, us_npi, us_routing, vin,
};
pub(super) use europe::{
    at_svnr, baltic, be_national, bg_egn, ch_ahv, cz_rodne, de_kvnr, de_svnr, dk_cpr, es_nif,
    fi_hetu, fr_nir, gr_amka, ie_ppsn, it_codice_fiscale, jmbg, nl_bsn, no_fodselsnummer, pl_pesel,
    pt_nif, ro_cnp, se_personnummer, uk_nhs, uk_nino,
};
pub(super) use world::{
    au_abn, au_acn, au_medicare, au_tfn, cn_resident, il_id, in_pan, jp_my_number, kr_rrn, ru_inn,
    ru_snils, sg_nric, th_id, tr_kimlik, za_id,
};

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

pub(in crate::redact::detector::ids) fn luhn(digits: &[u8]) -> bool {
    varied(digits) && checksum::luhn(digits)
}

pub(in crate::redact::detector::ids) fn verhoeff(digits: &[u8]) -> bool {
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
pub(in crate::redact::detector::ids) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((last, head)) = digits.split_last() else {
        return false;
    };
    let rest = head.iter().fold(10, |rest, byte| {
        let sum = (rest + value(*byte)) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - rest) % 10 == value(*last) && varied(digits)
}

/// ICAO 9303 weights 7, 3, 1 (German passport and identity card).
pub(in crate::redact::detector::ids) fn icao(text: &[u8]) -> bool {
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

/// A number whose shape is all there is.
pub(in crate::redact::detector::ids) fn any(_: &[u8]) -> bool {
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
