//! What a value is called.

use super::super::{
    text::{Class, Text},
    vendors::named::{Named, vendor_of},
};

/// How sure a name makes that its value is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// `password`: any value.
    Password,
    /// `token`, `api_key`, `client_secret`: a value that is no word.
    Secret,
    /// `key`, `auth`: a value that looks random.
    Key,
}

/// The name before a value.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) strength: Strength,
    /// `UPPER_CASE=`, as in environments.
    pub(super) environment: bool,
    /// A blank stands before the operator.
    pub(super) spaced: bool,
    /// `name: value` on a line or in braces of its own.
    pub(super) configured: bool,
    name: Vec<u8>,
}

/// Characters of operators: `:=`, `=>`, `!=`, `?=`, `.=`, `::=`.
pub(super) const OPERATOR: Class = Class::EQUALS.or(Class::COLON).or(Class::GREATER);
const LOOSE: Class = OPERATOR
    .or(Class::PLUS)
    .or(Class::DOT)
    .or(Class::TILDE)
    .or(Class::ATEXT_MARKS)
    .or(Class::OTHER_MARKS);
const NAME: Class = Class::SLUG.or(Class::DOT).or(Class::AT);
const LONGEST: usize = 64;
const BLANKS: usize = 32;

/// The name whose operator ends at `at`.
pub(super) fn before(text: &Text<'_>, at: usize) -> Option<Key> {
    let operator = text.run_back(at + 1, OPERATOR, 4);
    // `!=`, `?=`, `+=`, `.=`, `|=` and the `]` of an index
    let operator = if text.was(operator, LOOSE) && !text.was(operator, Class::CLOSING) {
        operator - 1
    } else {
        operator
    };
    let blank = text.run_back(operator, Class::SPACE, BLANKS);
    let name_end = open(text, blank);
    let mut key = named(text, name_end)?;
    key.spaced = blank < operator;
    let operator = text.slice(operator, at + 1);
    // A connection string's part: `;Password=…;`
    let part = text.before(name_end.saturating_sub(key.name.len())) == Some(b';');
    key.environment = operator == b"=" && !key.spaced && (is_upper(&key.name) || part);
    key.configured = operator == b":" && !key.spaced && name_end == blank;
    Some(key)
}

/// The name before a quote at `at`: `password "…"`, `("TOKEN", "…")`.
pub(super) fn before_quote(text: &Text<'_>, at: usize) -> Option<Key> {
    let blank = text.run_back(at, Class::SPACE, 2);
    let comma = if text.before(blank) == Some(b',') {
        blank - 1
    } else {
        blank
    };
    let name_end = open(text, comma);
    if comma == blank && name_end != blank {
        return None;
    }
    let key = named(text, name_end)?;
    let spoken = PASSWORDS
        .iter()
        .any(|word| key.name.to_ascii_lowercase().ends_with(word.as_bytes()));
    let code = text.at(at) == Some(b'`');
    (comma < blank || (spoken && !code)).then_some(key)
}

/// Steps over the quotes and brackets around a name that ends before `at`.
fn open(text: &Text<'_>, at: usize) -> usize {
    text.run_back(at, Class::CLOSING, 4)
}

fn named(text: &Text<'_>, end: usize) -> Option<Key> {
    let start = text.run_back(end, NAME, LONGEST);
    let name = text.slice(start, end);
    // `var token string = …`, `String token = …`: the type is not the name.
    if TYPES.iter().any(|word| word.as_bytes() == name) {
        let blank = text.run_back(start, Class::SPACE.or(Class::COLON), 3);
        return (blank < start)
            .then(|| named_plainly(text, blank))
            .flatten();
    }
    // `name: TOKEN` then `value: …`, `key="Token" value="…"`
    if name.eq_ignore_ascii_case(b"value") {
        let joint = Class::BLANK.or(Class::CLOSING).or(Class::OTHER_MARKS);
        let blank = text.run_back(start, joint, BLANKS);
        return named_plainly(text, blank);
    }
    named_plainly(text, end)
}

fn named_plainly(text: &Text<'_>, end: usize) -> Option<Key> {
    let start = text.run_back(end, NAME, LONGEST);
    let name = text.slice(start, end);
    let strength = strength(name)?;
    Some(Key {
        strength,
        environment: false,
        spaced: false,
        configured: false,
        name: text.slice(start, end).to_vec(),
    })
}

impl Key {
    /// A vendor whose name is in it.
    pub(super) fn vendor(&self) -> Option<&'static Named> {
        let letters: Vec<u8> = self
            .name
            .iter()
            .filter(|byte| byte.is_ascii_alphanumeric())
            .map(u8::to_ascii_lowercase)
            .collect();
        vendor_of(&letters)
    }

    /// Whether a value is the name once more: `password: "password"`.
    pub(super) fn repeats(&self, value: &[u8]) -> bool {
        !self.environment && self.name.eq_ignore_ascii_case(value)
    }

    /// Whether a value only repeats the name: `password: user_password`.
    pub(super) fn is_named(&self, value: &[u8]) -> bool {
        let letters = |text: &[u8]| -> Vec<u8> {
            let kept = text.iter().filter(|byte| byte.is_ascii_alphanumeric());
            kept.map(u8::to_ascii_lowercase).collect()
        };
        let (name, value) = (letters(&self.name), letters(value));
        !self.environment
            && value.ends_with(&name)
            && value.len() < name.len() + 12
            && name.len() > 4
    }
}

/// Its last words decide: `token_type`, `max_tokens`, `password_file` and
/// `key_id` name no secrets.
fn strength(name: &[u8]) -> Option<Strength> {
    // RFC 8839: of one media session, spoken aloud to the other side.
    if name.eq_ignore_ascii_case(b"ice-pwd") {
        return None;
    }
    let name = trim_digits(name);
    // Most names end here.
    if !name
        .last()
        .is_some_and(|byte| b"dstnyhelDSTNYHEL".contains(byte))
    {
        return None;
    }
    let (before, last) = last_words(name);
    let ends = |words: &[&str]| words.iter().any(|word| last.ends_with(word.as_bytes()));
    let is = |words: &[&str]| words.iter().any(|word| last == word.as_bytes());
    if ends(PASSWORDS) || is(PASSWORD_WORDS) {
        return Some(Strength::Password);
    }
    if ends(SECRETS) {
        return Some(Strength::Secret);
    }
    if last == b"key"
        && QUALIFIERS
            .iter()
            .any(|word| before.ends_with(word.as_bytes()))
    {
        return Some(Strength::Secret);
    }
    (is(KEYS) && !NOT_SECRET.iter().any(|word| before == word.as_bytes())).then_some(Strength::Key)
}

fn trim_digits(name: &[u8]) -> &[u8] {
    let kept = name
        .iter()
        .rposition(|byte| !byte.is_ascii_digit() && *byte != b'_');
    name.get(..kept.map_or(0, |last| last + 1))
        .unwrap_or_default()
}

fn is_upper(name: &[u8]) -> bool {
    !name.iter().any(u8::is_ascii_lowercase)
}

/// The last word of a name and the one before, in lower case: `apiKey` and
/// `API_KEY` are `api`, `key`.
fn last_words(name: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut words: [Vec<u8>; 2] = [Vec::new(), Vec::new()];
    let mut rest = name.iter().rev().copied().peekable();
    for word in &mut words {
        while rest.next_if(|byte| !byte.is_ascii_alphanumeric()).is_some() {}
        while let Some(byte) = rest.next_if(u8::is_ascii_alphanumeric) {
            word.push(byte.to_ascii_lowercase());
            let starts =
                byte.is_ascii_uppercase() && rest.peek().is_some_and(u8::is_ascii_lowercase);
            // `apiKey`: the capital belongs to the word it starts.
            if starts {
                break;
            }
        }
        word.reverse();
    }
    let [last, before] = words;
    (before, last)
}

const PASSWORDS: &[&str] = &["password", "passwd", "passphrase", "passcode", "passwort"];
const PASSWORD_WORDS: &[&str] = &["pwd", "pass", "pw", "psw", "contrasena", "senha"];
const SECRETS: &[&str] = &[
    "secret",
    "token",
    "apikey",
    "secretkey",
    "accesskey",
    "privatekey",
    "authkey",
    "credential",
    "credentials",
    "bearer",
    "nkey",
    "secretid",
];
const KEYS: &[&str] = &[
    "key", "auth", "cred", "creds", "pat", "seed", "dsn", "sid", "salt", "cookie",
];
const QUALIFIERS: &[&str] = &[
    "api",
    "access",
    "secret",
    "private",
    "account",
    "auth",
    "encryption",
    "master",
    "consumer",
    "application",
    "license",
    "signing",
    "deploy",
    "service",
    "shared",
    "app",
    "client",
    "subscription",
    "storage",
    "admin",
    "insert",
    "integration",
    "preshared",
];
/// Words before `key` that make it public, or a name of something.
const NOT_SECRET: &[&str] = &[
    "public",
    "primary",
    "foreign",
    "sort",
    "partition",
    "cache",
    "host",
    "idempotency",
    "row",
];
const TYPES: &[&str] = &[
    "string", "String", "str", "char", "const", "auto", "text", "bytes", "byte",
];
