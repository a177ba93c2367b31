//! JSON in the one way RFC 8785 allows: members in order, no spaces, shortest
//! escapes.
//!
//! Names are ASCII, so the order of UTF-16 units the standard asks for is the
//! order of bytes. There are no floating point numbers, and so none of the
//! standard's difficult part; integers stay below 2^53, where every reader
//! agrees on them.

use std::borrow::Cow;

use super::line::Line;

/// Beyond it, readers that use IEEE 754 doubles round (RFC 8785 §3.2.2.3).
pub(in crate::audit) const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// A value of a record's attribute.
#[derive(Debug, Clone, Copy)]
pub(in crate::audit) enum Value<'a> {
    Text(&'a str),
    Number(u64),
    Flag(bool),
    Words(&'a [Line]),
}

/// Attributes on their way into a record, in any order.
#[derive(Debug, Default)]
pub(in crate::audit) struct Attributes<'a>(Vec<(Cow<'static, str>, Value<'a>)>);

impl<'a> Attributes<'a> {
    pub(in crate::audit) fn put(&mut self, name: impl Into<Cow<'static, str>>, value: Value<'a>) {
        self.0.push((name.into(), value));
    }

    pub(in crate::audit) fn text(&mut self, name: &'static str, text: &'a str) {
        self.put(name, Value::Text(text));
    }

    pub(in crate::audit) fn line(&mut self, name: &'static str, line: Option<&'a Line>) {
        if let Some(line) = line {
            self.text(name, line.as_str());
        }
    }

    pub(in crate::audit) fn number(&mut self, name: &'static str, number: Option<u64>) {
        if let Some(number) = number {
            self.put(name, Value::Number(number));
        }
    }

    pub(in crate::audit) fn flag(&mut self, name: &'static str, flag: bool) {
        self.put(name, Value::Flag(flag));
    }

    pub(in crate::audit) fn words(&mut self, name: &'static str, words: &'a [Line]) {
        if !words.is_empty() {
            self.put(name, Value::Words(words));
        }
    }

    /// Writes the members in order, without braces, those before `split` into
    /// one text and those after it into another.
    pub(in crate::audit) fn write_around(mut self, split: &str) -> (Vec<u8>, Vec<u8>) {
        self.0.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let (mut before, mut after) = (Vec::with_capacity(512), Vec::with_capacity(1_024));
        for (name, value) in &self.0 {
            let out = if name.as_ref() < split {
                &mut before
            } else {
                &mut after
            };
            if !out.is_empty() {
                out.push(b',');
            }
            string(out, name);
            out.push(b':');
            value.write(out);
        }
        (before, after)
    }
}

impl Value<'_> {
    fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => string(out, text),
            Self::Number(number) => {
                out.extend_from_slice(number.min(LARGEST_NUMBER).to_string().as_bytes());
            }
            Self::Flag(flag) => out.extend_from_slice(if flag { b"true" } else { b"false" }),
            Self::Words(words) => {
                out.push(b'[');
                for (at, word) in words.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    string(out, word.as_str());
                }
                out.push(b']');
            }
        }
    }
}

/// A member with a text.
pub(in crate::audit) fn member(out: &mut Vec<u8>, name: &str, text: &str) {
    string(out, name);
    out.push(b':');
    string(out, text);
}

/// A JSON string with the escapes of RFC 8785 §3.2.2.2.
pub(in crate::audit) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0a => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            0x0d => out.extend_from_slice(b"\\r"),
            0x00..=0x1f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            other => out.push(other),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_the_escapes_of_the_standard() {
        let mut out = Vec::new();
        // RFC 8785 §3.2.2.2, and its example of U+20AC left as it is
        string(&mut out, "\u{20ac}$\u{f}\nA'B\"\\\u{8}\u{c}\r\t/");
        assert_eq!(
            String::from_utf8(out).expect("UTF-8"),
            "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\b\\f\\r\\t/\""
        );
    }

    #[test]
    fn members_are_in_order_and_numbers_stay_exact() {
        let words = [Line::fixed("x"), Line::fixed("y")];
        let mut all = Attributes::default();
        all.number("z", Some(u64::MAX));
        all.words("m", &words);
        all.flag("a", true);
        all.text("b", "t");
        let (before, after) = all.write_around("c");
        assert_eq!(before, br#""a":true,"b":"t""#);
        assert_eq!(after, br#""m":["x","y"],"z":9007199254740991"#);
    }

    #[test]
    fn text_agrees_with_an_independent_writer() {
        for text in ["", "é\u{7f}\u{10ffff}", "\0\u{1}\u{1f}", "a\"b\\c"] {
            let mut out = Vec::new();
            string(&mut out, text);
            assert_eq!(out, serde_json::to_vec(text).expect("written"));
        }
    }
}
