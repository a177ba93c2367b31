//! Where an own value must not stand: places a client may fetch from.
//!
//! A model that was talked into it writes `![](https://…/?q=[EMAIL_…])`, and a
//! client that shows the picture sends the value away. So nothing is restored
//! inside URLs, Markdown link and image targets, reference definitions,
//! autolinks and URL-bearing HTML attributes (RED-09).
//!
//! The reader is fed what the *caller* will see, one character at a time, and
//! says whether the next one stands in such a place. It looks to the left only,
//! so a stream is read like a whole text. It errs towards yes: a placeholder
//! that stays literal costs a glance, a restored one may be gone.

/// Bytes from a tag's `<` within which its attributes count (DESIGN decision 4).
const TAG_REACH: usize = 2_048;

/// Attributes a client may fetch from, or run (WHATWG HTML, §"Attributes" of
/// the index, and the obsolete ones browsers still obey; read 2026-11-24).
const ATTRIBUTES: &[&str] = &[
    "action",
    "archive",
    "background",
    "cite",
    "classid",
    "code",
    "codebase",
    "content",
    "data",
    "dynsrc",
    "formaction",
    "href",
    "icon",
    "imagesrcset",
    "longdesc",
    "lowsrc",
    "manifest",
    "ping",
    "poster",
    "profile",
    "src",
    "srcdoc",
    "srcset",
    "style",
    "usemap",
    "xlink:href",
];

/// Schemes that name something without `//`.
const SCHEMES: &[&str] = &["mailto", "tel", "sms", "data", "javascript", "file", "blob"];

/// Characters of a word that can make a difference.
const WORD: usize = 12;

/// The reader.
#[derive(Debug, Clone, Default)]
pub(super) struct Zone {
    before: [char; 2],
    word: String,
    /// In a URL, until a character no URL has.
    url: bool,
    target: Target,
    line: Line,
    tag: Option<Tag>,
}

/// A Markdown link's target, `](…)`, or CSS's `url(…)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Target {
    #[default]
    Outside,
    /// Behind the parenthesis, before anything but space.
    Before,
    /// Between `<` and `>`; parentheses mean nothing.
    Angle,
    /// How many parentheses are open.
    Inside(usize),
}

/// Whether a line is a reference definition, `[label]: target`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Line {
    /// Nothing but space and the marks of quotes and lists so far.
    #[default]
    Start,
    Label,
    Labelled,
    /// Behind the colon; the target may stand on the next line.
    Colon,
    Definition,
    /// In a target between `<` and `>`.
    Angle,
    Other,
}

/// An HTML tag, from its name on.
#[derive(Debug, Clone, Default)]
struct Tag {
    bytes: usize,
    attribute: String,
    at: At,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum At {
    #[default]
    Name,
    Between,
    Attribute,
    /// Behind an attribute's name and space.
    Named,
    Equals,
    Value(Option<char>),
}

impl Zone {
    /// Whether what comes next stands where nothing is restored.
    pub(super) fn is_inert(&self) -> bool {
        self.url
            || self.target != Target::Outside
            || matches!(self.line, Line::Colon | Line::Definition | Line::Angle)
            || self.tag.as_ref().is_some_and(Tag::is_inert)
    }

    /// Reads on.
    pub(super) fn feed(&mut self, text: &str) {
        for one in text.chars() {
            self.step(one);
        }
    }

    fn step(&mut self, one: char) {
        let [earlier, last] = self.before;
        let blank_line = one == '\n' && last == '\n';
        self.url = self.next_url(one);
        self.target = self.next_target(one, blank_line);
        self.line = self.next_line(one, blank_line);
        self.next_tag(one);
        if one.is_ascii_alphanumeric() {
            if self.word.len() < WORD {
                self.word.push(one.to_ascii_lowercase());
            }
        } else {
            self.word.clear();
        }
        // Carriage returns do not keep two line ends apart.
        if one != '\r' {
            self.before = [last, one];
        } else {
            self.before = [earlier, last];
        }
    }

    fn next_url(&self, one: char) -> bool {
        if one.is_whitespace() || matches!(one, '<' | '>' | '"' | '`') {
            return false;
        }
        let word = self.word.as_str();
        self.url
            || (one == '/' && self.before == [':', '/'])
            || (one == '.' && word == "www")
            || (one == ':' && SCHEMES.contains(&word))
    }

    fn next_target(&self, one: char, blank_line: bool) -> Target {
        let [_, last] = self.before;
        match self.target {
            Target::Outside if one == '(' && (last == ']' || self.word == "url") => Target::Before,
            Target::Outside => Target::Outside,
            _ if blank_line => Target::Outside,
            Target::Before if one == '<' => Target::Angle,
            Target::Before if one.is_whitespace() => Target::Before,
            Target::Angle if one == '>' && last != '\\' => Target::Inside(1),
            Target::Angle => Target::Angle,
            Target::Before => parentheses(1, one, last),
            Target::Inside(open) => parentheses(open, one, last),
        }
    }

    fn next_line(&self, one: char, blank_line: bool) -> Line {
        let [_, last] = self.before;
        if blank_line {
            return Line::Start;
        }
        match self.line {
            Line::Start if one == '[' => Line::Label,
            Line::Start if one.is_whitespace() || one.is_ascii_digit() => Line::Start,
            Line::Start if matches!(one, '>' | '-' | '*' | '+' | '.' | ')') => Line::Start,
            Line::Label if one == ']' && last != '\\' => Line::Labelled,
            Line::Label => Line::Label,
            Line::Labelled if one == ':' => Line::Colon,
            Line::Colon if one.is_whitespace() => Line::Colon,
            Line::Colon if one == '<' => Line::Angle,
            Line::Colon | Line::Definition if !one.is_whitespace() => Line::Definition,
            Line::Angle if one != '>' && one != '\n' => Line::Angle,
            Line::Start
            | Line::Labelled
            | Line::Colon
            | Line::Definition
            | Line::Angle
            | Line::Other => {
                if one == '\n' {
                    Line::Start
                } else {
                    Line::Other
                }
            }
        }
    }

    fn next_tag(&mut self, one: char) {
        let [_, last] = self.before;
        let ended = self.tag.as_mut().is_some_and(|tag| tag.step(one));
        if ended {
            self.tag = None;
        }
        let begins = last == '<' && one.is_ascii_alphabetic();
        match &self.tag {
            None if begins => self.tag = Some(Tag::begin()),
            // `<scheme:` is an autolink, whatever the scheme.
            Some(tag) if tag.at == At::Name && one == ':' => self.url = true,
            Some(_) | None => {}
        }
    }
}

const fn parentheses(open: usize, one: char, last: char) -> Target {
    match (one, last) {
        ('(' | ')', '\\') => Target::Inside(open),
        ('(', _) => Target::Inside(open.saturating_add(1)),
        (')', _) if open <= 1 => Target::Outside,
        (')', _) => Target::Inside(open.saturating_sub(1)),
        _ => Target::Inside(open),
    }
}

impl Tag {
    const fn begin() -> Self {
        Self {
            // The `<` and the first letter.
            bytes: 2,
            attribute: String::new(),
            at: At::Name,
        }
    }

    fn is_inert(&self) -> bool {
        match self.at {
            At::Equals | At::Value(_) => ATTRIBUTES.contains(&self.attribute.as_str()),
            At::Name | At::Between | At::Attribute | At::Named => false,
        }
    }

    /// Reads on; says whether the tag has ended.
    fn step(&mut self, one: char) -> bool {
        self.bytes = self.bytes.saturating_add(one.len_utf8());
        let quoted = matches!(self.at, At::Value(Some(_)));
        if self.bytes > TAG_REACH || (one == '>' && !quoted) {
            return true;
        }
        self.at = match self.at {
            At::Value(Some(quote)) if one == quote => At::Between,
            At::Value(Some(quote)) => At::Value(Some(quote)),
            At::Value(None) if one.is_whitespace() => At::Between,
            At::Value(None) => At::Value(None),
            At::Equals if one.is_whitespace() => At::Equals,
            At::Equals if matches!(one, '"' | '\'') => At::Value(Some(one)),
            At::Equals => At::Value(None),
            At::Attribute | At::Named if one == '=' => At::Equals,
            At::Name if !one.is_whitespace() && one != '/' => At::Name,
            At::Attribute if one.is_whitespace() => At::Named,
            At::Named if one.is_whitespace() => At::Named,
            At::Name | At::Between | At::Attribute | At::Named
                if one.is_whitespace() || one == '/' =>
            {
                At::Between
            }
            At::Attribute => {
                self.spell(one);
                At::Attribute
            }
            At::Name | At::Between | At::Named => {
                self.attribute.clear();
                self.spell(one);
                At::Attribute
            }
        };
        false
    }

    fn spell(&mut self, one: char) {
        if self.attribute.len() < WORD {
            self.attribute.push(one.to_ascii_lowercase());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `§` in the text stands where nothing is restored.
    fn inert(text: &str) -> bool {
        let mut zone = Zone::default();
        zone.feed(text.split('§').next().unwrap());
        zone.is_inert()
    }

    #[test]
    fn places_a_client_may_fetch_from_are_inert() {
        for text in [
            "see https://evil.example/?q=§",
            "see HTTP://evil.example/§ now",
            "www.evil.example/§",
            "mailto:§",
            "![x](https://evil.example/§)",
            "[x](/relative/§)",
            "[x](<//evil.example/a)b§>)",
            "[x]( \n //evil.example/§)",
            "[x](a(b)§)",
            "[x](a\\)§)",
            "[x]: //evil.example/§",
            "> - [x]:\n  //evil.example/§",
            "[x]: <//evil.example/ §>",
            "text\n\n[x]: evil§",
            "<https://evil.example/§>",
            "<made-up:§>",
            "<img src=\"//evil.example/§\">",
            "<img alt='>' src='//evil.example/§'>",
            "<IMG/SRC=//evil.example/§>",
            "<a\nhref\n=\n\"x§\">",
            "<div style=\"background:url(//evil.example/§)\">",
            "<style>a{b:url(//evil.example/§)}</style>",
        ] {
            assert!(inert(text), "{text}");
        }
    }

    #[test]
    fn other_places_are_not() {
        for text in [
            "write to §",
            "Ada <§>",
            "a < b and §",
            "https://a.example and §",
            "(https://a.example) §",
            "[x](https://a.example) §",
            "[x](<https://a.example>) §",
            "[x]: https://a.example\n§",
            "a [x]: §",
            "[§](https://a.example)",
            "<img src=\"x\" alt=\"§\">",
            "<b>§</b>",
            "note: §",
            "- §: mail",
            "[x](never closed\n\n§",
        ] {
            assert!(!inert(text), "{text}");
        }
    }

    #[test]
    fn a_tag_reaches_so_far_and_no_further() {
        let tag = |filler: usize| format!("<img src=\"{}§", "x".repeat(filler));
        assert!(inert(&tag(TAG_REACH - "<img src=\"".len())));
        assert!(!inert(&tag(TAG_REACH)));
    }
}
