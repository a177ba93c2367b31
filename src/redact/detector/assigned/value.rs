//! What stands after a name.

use super::super::text::{Class, Text};

/// A value as written.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quoted: bool,
    /// A bracket, separator or the end of the line follows.
    pub(super) closed: bool,
    /// Looks like an expression of a program.
    pub(super) is_code: bool,
}

const LONGEST: usize = 160;
const BLANKS: usize = 32;

/// The value that stands after an operator or at its opening quote. In markup
/// it may stand on the next line.
pub(super) fn after(text: &Text<'_>, from: usize, markup: bool) -> Option<Value> {
    let blank = if markup { Class::BLANK } else { Class::SPACE };
    let mut at = text.run(from, blank, BLANKS);
    // `("…")`, `[]byte("…")`, `b"…"`
    if text.at(at) == Some(b'(') && text.is(at + 1, Class::QUOTE) {
        at += 1;
    }
    let escaped = text.at(at) == Some(b'\\') && text.is(at + 1, Class::QUOTE);
    let open = if escaped { at + 1 } else { at };
    match text.at(open) {
        Some(quote @ (b'"' | b'\'' | b'`')) => quoted(text, open + 1, quote, escaped),
        Some(_) => bare(text, at),
        None => None,
    }
}

fn quoted(text: &Text<'_>, start: usize, quote: u8, escaped: bool) -> Option<Value> {
    let mut end = start;
    while end < start + LONGEST {
        match text.at(end) {
            Some(b'\\') if escaped => break,
            // An escaped quote inside belongs to the value.
            Some(b'\\') => {
                text.at(end + 1)?;
                end += 2;
                continue;
            }
            Some(b'\n') | None => return None,
            Some(one) if one == quote => break,
            Some(_) => {}
        }
        end += 1;
    }
    (end > start && end < start + LONGEST).then_some(Value {
        start,
        end,
        quoted: true,
        closed: true,
        is_code: false,
    })
}

fn bare(text: &Text<'_>, start: usize) -> Option<Value> {
    let end = text.run(start, BARE, LONGEST);
    if end == start || end == start + LONGEST {
        return None;
    }
    let mut end = end;
    // A full stop or a brace that ends the sentence.
    while end > start && matches!(text.before(end), Some(b'.' | b'}' | b'?' | b':')) {
        end -= 1;
    }
    let next = text.at(end);
    let value = text.slice(start, end);
    let called = matches!(next, Some(b'(' | b'[' | b'<'))
        || memchr::memmem::find(value, b"::").is_some()
        || memchr::memmem::find(value, b"->").is_some()
        || is_path(value)
        || value.starts_with(b"&")
        || value.starts_with(b"*");
    Some(Value {
        start,
        end,
        quoted: false,
        closed: !matches!(next, Some(b' ' | b'\t')),
        is_code: called,
    })
}

const BARE: Class = Class::LOCAL_PART
    .without(Class::QUOTE)
    .or(Class::COLON)
    .or(Class::AT);

/// `config.password`, `self.api_key`, `process.env.TOKEN`: names joined by
/// dots and nothing else.
fn is_path(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b'.');
    value.contains(&b'.')
        && parts.all(|part| {
            part.first()
                .is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
                && part.len() < 24
                && part
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        })
}

/// A name of a program: letters, digits and `_`, in `snake_case`, `camelCase`
/// or `SCREAMING_CASE`, with few digits.
pub(super) fn is_identifier(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let plain = value
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'.');
    plain
        && digits <= 2
        && value
            .iter()
            .any(|byte| byte.is_ascii_lowercase() || *byte == b'_')
}

/// Words joined by one of `-_./ `.
pub(super) fn is_sentence(value: &[u8]) -> bool {
    let mut parts = 0_usize;
    let words = value
        .split(|byte| b"-_./ :".contains(byte))
        .inspect(|_| parts += 1)
        .filter(|part| part.iter().all(u8::is_ascii_alphabetic))
        .count();
    words * 2 > parts && parts > 1
}

/// Words a program or a schema writes where a value would stand.
pub(super) fn is_keyword(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let lower = lower.strip_suffix(b"?").unwrap_or(&lower);
    KEYWORDS.iter().any(|word| word.as_bytes() == lower)
}

const KEYWORDS: [&str; 44] = [
    "string",
    "str",
    "bool",
    "boolean",
    "int",
    "integer",
    "number",
    "null",
    "none",
    "nil",
    "true",
    "false",
    "undefined",
    "optional",
    "required",
    "any",
    "object",
    "bytes",
    "text",
    "char",
    "varchar",
    "secret",
    "secretstr",
    "self",
    "this",
    "value",
    "field",
    "input",
    "hidden",
    "new",
    "await",
    "async",
    "return",
    "not",
    "option",
    "some",
    "default",
    "type",
    "float",
    "void",
    "function",
    "password:",
    "yes",
    "no",
];
