//! Words that say what number follows.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::super::{context, text::Text};
use crate::redact::entity::Entity;

/// What a label promises.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label {
    pub(super) entity: Entity,
    /// Shortest value, in characters.
    pub(super) least: usize,
    words: &'static [&'static str],
}

impl Label {
    /// Whether a scheme's number may be called so: a national number is called
    /// by many names.
    pub(super) fn means(self, entity: Entity) -> bool {
        self.entity == entity
            || (self.entity == Entity::NationalId
                && matches!(entity, Entity::UkNino | Entity::UsSsn | Entity::UsItin))
    }
}

/// How far before a number its label may end, and the longest label.
const NEAR: usize = 30;
const LONGEST: usize = 26;

/// All words in one automaton, and whose each is.
static BUILT: LazyLock<(Option<AhoCorasick>, Vec<Label>)> = LazyLock::new(|| {
    let of = |label: &'static Label| label.words.iter().map(move |word| (*word, *label));
    let (words, labels): (Vec<&str>, Vec<Label>) = LABELS.iter().flat_map(of).unzip();
    (context::automaton(&words), labels)
});

/// The label nearest to the number at `start`.
pub(super) fn before(text: &Text<'_>, start: usize) -> Option<Label> {
    let from = start.saturating_sub(NEAR + LONGEST);
    let window = text.slice(from, start);
    // Labels stand in the same sentence, with no other number between.
    let cut = window
        .iter()
        .rposition(|byte| byte.is_ascii_digit() || matches!(byte, b'\n' | b';'));
    let from = from + cut.map_or(0, |cut| cut + 1);
    let (automaton, labels) = &*BUILT;
    let letter = |at: usize| {
        text.slice(at, at + 1)
            .first()
            .is_some_and(u8::is_ascii_alphabetic)
    };
    automaton
        .as_ref()?
        .find_overlapping_iter(text.slice(from, start))
        .filter(|hit| {
            let (first, end) = (from + hit.start(), from + hit.end());
            let plural = text.slice(end, end + 1).eq_ignore_ascii_case(b"s") && !letter(end + 1);
            let begins = first == 0 || !letter(first - 1);
            begins && (!letter(end) || plural) && start - end <= NEAR
        })
        .max_by_key(|hit| (hit.end(), hit.end() - hit.start()))
        .and_then(|hit| labels.get(hit.pattern().as_usize()).copied())
}

const fn label(entity: Entity, least: usize, words: &'static [&'static str]) -> Label {
    Label {
        entity,
        least,
        words,
    }
}

const LABELS: &[Label] = &[
    label(
        Entity::Passport,
        6,
        &[
            "passport",
            "passport number",
            "pasaporte",
            "reisepass",
            "passnummer",
            "passeport",
            "passaporto",
            "passaporte",
            "paspoort",
        ],
    ),
    label(
        Entity::DriversLicense,
        6,
        &[
            "driver's license",
            "drivers license",
            "driver license",
            "driving licence",
            "driving license",
            "driver's licence",
            "driver license id",
            "license number",
            "licence number",
            "license no",
            "driver license number",
            "dl",
            "fuhrerschein",
            "permis de conduire",
            "licencia de conducir",
            "patente di guida",
            "driver's license number",
        ],
    ),
    label(
        Entity::MedicalId,
        5,
        &[
            "patient id",
            "patient number",
            "mrn",
            "medical record",
            "medical record number",
            "medical file",
            "insurance number",
            "member id",
            "medicare",
            "mbi",
            "npi",
            "egk-nummer",
            "versichertennummer",
            "krankenversicherungsnummer",
            "lanr",
            "arztnummer",
            "health card",
            "health insurance",
            "provider identifier",
            "dea number",
            "medicaid",
            "kvnr",
        ],
    ),
    label(
        Entity::UkNhsNumber,
        10,
        &["nhs", "nhs number", "national health service"],
    ),
    label(
        Entity::BankAccount,
        6,
        &[
            "account number",
            "account no",
            "acct",
            "acct no",
            "bank account",
            "routing number",
            "routing",
            "aba",
            "micr code",
            "ifsc code",
            "sort code",
            "accnum",
            "acc",
            "kontonummer",
            "savings account",
            "checking account",
            "bank account number",
            "account numbers",
            "member account",
            "stored under id number",
            "numero de cuenta",
            "bic",
            "bsb",
        ],
    ),
    label(
        Entity::NationalId,
        6,
        &[
            "national id",
            "national identification",
            "identity number",
            "identity card",
            "id card",
            "id number",
            "tax id",
            "tax identification number",
            "tax number",
            "tin",
            "pan",
            "pan number",
            "pan card",
            "aadhaar",
            "aadhar",
            "voter id",
            "epic",
            "nric",
            "fin",
            "frn",
            "rrn",
            "personal code",
            "personal identity code",
            "dni",
            "nie",
            "nif",
            "cpf",
            "cnpj",
            "curp",
            "pesel",
            "personnummer",
            "pnr",
            "henkilotunnus",
            "hetu",
            "codice fiscale",
            "partita iva",
            "steuer-id",
            "steueridentifikationsnummer",
            "idnr",
            "bsn",
            "burgerservicenummer",
            "tckn",
            "tckn numarasi",
            "kimlik",
            "kimlik numarasi",
            "turkish id",
            "sin",
            "nas",
            "social insurance",
            "tfn",
            "abn",
            "acn",
            "snils",
            "inn",
            "cuit",
            "cuil",
            "rut",
            "ahv",
            "ahv number",
            "avs",
            "ein",
            "vat",
            "vat number",
            "orgnummer",
            "organisationsnummer",
            "uen",
            "gstin",
            "south african id",
            "resident number",
            "my number",
            "citizen id",
            "cnp",
            "egn",
            "oib",
            "jmbg",
            "emso",
            "cpr",
            "fodselsnummer",
            "ppsn",
            "pps number",
            "nir",
            "numero de securite sociale",
            "insee",
            "rodne cislo",
            "isikukood",
            "asmens kodas",
            "personas kods",
            "amka",
            "afm",
            "cedula",
            "nin",
            "itin",
            "ssn",
            "id code",
        ],
    ),
    label(
        Entity::UkNino,
        9,
        &[
            "nino",
            "national insurance",
            "national insurance number",
            "ni number",
        ],
    ),
    label(
        Entity::VehicleId,
        5,
        &[
            "license plate",
            "licence plate",
            "number plate",
            "plate number",
            "plate",
            "registration number",
            "vehicle registration",
            "vin",
            "vehicle identification",
            "chassis",
            "chassis number",
            "kennzeichen",
            "plaka",
        ],
    ),
];
