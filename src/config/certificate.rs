//! When a certificate ends. Nothing else of it is read here: TLS decides on
//! the rest, and this date only makes a warning.
//!
//! A certificate is nested tag-length-value (X.690 §8.1); the date is the
//! second of `validity`, the fourth or fifth part of the inner structure
//! (RFC 5280 §4.1). What does not look like that has no date.

use std::path::Path;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};

/// The first end in a chain of certificates.
pub(super) fn end_of_chain(pem: &Path) -> Option<Timestamp> {
    let chain = CertificateDer::pem_file_iter(pem).ok()?;
    chain.flatten().filter_map(|one| not_after(&one)).min()
}

fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = part(der, SEQUENCE)?;
    let (mut rest, _) = part(certificate, SEQUENCE)?;
    if let Some((_version, after)) = part(rest, VERSION) {
        rest = after;
    }
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        (_, rest) = part(rest, tag)?; // serial number, algorithm, issuer
    }
    let (validity, _) = part(rest, SEQUENCE)?;
    let (_not_before, rest) = any(validity)?;
    let (tag, text, _) = tagged(rest)?;
    time(tag, std::str::from_utf8(text).ok()?)
}

/// `YYMMDDHHMMSSZ`, of 1950 to 2049, or `YYYYMMDDHHMMSSZ` (RFC 5280 §4.1.2.5).
fn time(tag: u8, text: &str) -> Option<Timestamp> {
    let text = match tag {
        UTC_TIME => {
            let century = if text < "50" { "20" } else { "19" };
            format!("{century}{text}")
        }
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%SZ", text).ok()?;
    let zoned = time.to_zoned_datetime(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

/// The content of a part with this tag, and what follows it.
fn part(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = tagged(bytes)?;
    (tag == wanted).then_some((content, rest))
}

fn any(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    tagged(bytes).map(|(_, content, rest)| (content, rest))
}

/// Tag, content, rest. Lengths of up to four bytes (X.690 §8.1.3).
fn tagged(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits.iter().try_fold(0_u32, |sum, one| {
                sum.checked_mul(256)?.checked_add(u32::from(*one))
            })?;
            (usize::try_from(length).ok()?, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed.
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(year: i32) -> rcgen::Certificate {
        let mut asked = rcgen::CertificateParams::new(vec!["gateway.example.com".into()]).unwrap();
        asked.not_before = rcgen::date_time_ymd(2020, 1, 1);
        asked.not_after = rcgen::date_time_ymd(year, 3, 4);
        asked
            .self_signed(&rcgen::KeyPair::generate().unwrap())
            .unwrap()
    }

    #[test]
    fn the_end_is_read_in_both_of_its_forms() {
        for (year, expected) in [
            (2026, "2026-03-04T00:00:00Z"),
            (2049, "2049-03-04T00:00:00Z"),
            (2077, "2077-03-04T00:00:00Z"),
        ] {
            let end = not_after(certificate(year).der());
            assert_eq!(end, Some(expected.parse().unwrap()), "{year}");
        }
    }

    #[test]
    fn a_chain_ends_with_the_first_of_its_certificates() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chain.pem");
        let chain = certificate(2031).pem() + &certificate(2028).pem();
        std::fs::write(&file, chain).unwrap();
        assert_eq!(
            end_of_chain(&file),
            Some("2028-03-04T00:00:00Z".parse().unwrap())
        );
        std::fs::write(&file, "nothing").unwrap();
        assert_eq!(end_of_chain(&file), None);
    }

    #[test]
    fn what_is_cut_or_bent_has_no_date_and_stops_nobody() {
        let whole = certificate(2031);
        let whole: &[u8] = whole.der();
        for length in 0..whole.len() {
            assert_eq!(not_after(whole.get(..length).unwrap_or_default()), None);
            let mut bent = whole.to_vec();
            bent[length] ^= 0xff;
            let _any = not_after(&bent);
        }
    }
}
