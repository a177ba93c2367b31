//! JSON that travels inside a string, such as a tool call's arguments: read in
//! pieces, its strings each a text of their own, still JSON afterwards.
//!
//! A piece may end anywhere, within an escape or between two surrogates. What
//! the text stops being JSON at is free text from there on, with all that came
//! before as context: a model may write anything.
//!
//! A string's opening quote waits with it where the whole string may have to
//! become a number again.

use super::{
    Change, Way,
    inner::{Inside, Mark},
    text::TextFlow,
};
use crate::{primitives::Refusal, redact::Findings};

/// Levels of nesting that are told apart; deeper down no name is context.
const DEPTH: usize = 256;

/// The reader.
#[derive(Debug, Clone)]
pub(crate) struct JsonFlow {
    restores: bool,
    /// Offset of the next character.
    at: usize,
    settled: usize,
    /// Whether each open container is an object.
    open: Vec<bool>,
    key_next: bool,
    /// The name of the member whose value comes next.
    name: String,
    token: Token,
}

#[derive(Debug, Clone)]
enum Token {
    Between,
    Inside(Box<Inside>),
    /// A number or a word, and the space behind it.
    Bare {
        start: usize,
        text: String,
        /// Without that space.
        length: usize,
    },
    /// No JSON any more.
    Free {
        base: usize,
        flow: Box<TextFlow>,
        piece: String,
    },
}

impl JsonFlow {
    /// A channel's or leaf's JSON. `restores`: own values may come back here.
    pub(crate) const fn new(restores: bool) -> Self {
        Self {
            restores,
            at: 0,
            settled: 0,
            open: Vec::new(),
            key_next: false,
            name: String::new(),
            token: Token::Between,
        }
    }

    /// Offset in the channel up to which everything is decided.
    pub(crate) const fn settled(&self) -> usize {
        self.settled
    }

    /// Bytes that wait.
    pub(crate) const fn held(&self) -> usize {
        self.at.saturating_sub(self.settled)
    }

    /// Reads on, as [`TextFlow::push`] does.
    ///
    /// # Errors
    /// Where the text must not go on: a find that blocks, a scan that failed.
    pub(crate) fn push(
        &mut self,
        way: &Way<'_>,
        piece: &str,
        end: bool,
        findings: &mut Findings,
    ) -> Result<Vec<Change>, Refusal> {
        let mut out = Vec::new();
        for one in piece.chars() {
            self.step(one, way, findings, &mut out)?;
            self.at = self.at.saturating_add(one.len_utf8());
        }
        if end && let Token::Bare { .. } = self.token {
            self.end_bare(way, findings, &mut out)?;
        }
        match &mut self.token {
            Token::Inside(inside) => out.extend(inside.flush(way, end, findings)?),
            Token::Free { base, flow, piece } => {
                let piece = std::mem::take(piece);
                let moved = |mut change: Change| {
                    change.range.start = change.range.start.saturating_add(*base);
                    change.range.end = change.range.end.saturating_add(*base);
                    change
                };
                let changes = flow.push(way, &piece, end, findings)?;
                out.extend(changes.into_iter().map(moved));
            }
            Token::Between | Token::Bare { .. } => {}
        }
        self.settled = if end { self.at } else { self.decided(way) };
        Ok(out)
    }

    fn decided(&self, way: &Way<'_>) -> usize {
        match &self.token {
            Token::Between => self.at,
            Token::Inside(inside) => inside.decided(way),
            Token::Bare { start, .. } => *start,
            Token::Free { base, flow, .. } => base.saturating_add(flow.settled()),
        }
    }

    fn step(
        &mut self,
        one: char,
        way: &Way<'_>,
        findings: &mut Findings,
        out: &mut Vec<Change>,
    ) -> Result<(), Refusal> {
        match &mut self.token {
            Token::Between => self.between(one),
            Token::Free { piece, .. } => piece.push(one),
            Token::Inside(inside) => {
                if inside.step(one, self.at) == Mark::Closed {
                    out.extend(inside.close(way, self.at, findings)?);
                    if let Some(name) = inside.take_name() {
                        self.name = name;
                    }
                    self.token = Token::Between;
                }
            }
            Token::Bare {
                start,
                text,
                length,
            } => {
                if is_structure(one) {
                    self.end_bare(way, findings, out)?;
                    self.between(one);
                    return Ok(());
                }
                let spaced = *length < text.len();
                let goes_on = !spaced && continues(text, one);
                text.push(one);
                if goes_on {
                    *length = text.len();
                } else if !one.is_ascii_whitespace() {
                    let (start, text) = (*start, std::mem::take(text));
                    self.free(start, text);
                }
            }
        }
        Ok(())
    }

    fn between(&mut self, one: char) {
        match one {
            '{' | '[' => {
                if self.open.len() < DEPTH {
                    self.open.push(one == '{');
                }
                self.key_next = one == '{';
                self.name.clear();
            }
            '}' | ']' => {
                self.open.pop();
                self.key_next = false;
            }
            ',' => {
                self.key_next = self.open.last() == Some(&true);
                self.name.clear();
            }
            ':' => self.key_next = false,
            '"' => {
                let name = std::mem::take(&mut self.name);
                let inside = if self.key_next {
                    Inside::name(self.at, self.restores)
                } else {
                    Inside::value(self.at, &name, self.restores)
                };
                self.token = Token::Inside(Box::new(inside));
            }
            one if one.is_ascii_whitespace() => {}
            one if continues("", one) => {
                self.token = Token::Bare {
                    start: self.at,
                    text: String::from(one),
                    length: 1,
                };
            }
            one => self.free(self.at, String::from(one)),
        }
    }

    /// A number or word is whole.
    fn end_bare(
        &mut self,
        way: &Way<'_>,
        findings: &mut Findings,
        out: &mut Vec<Change>,
    ) -> Result<(), Refusal> {
        let token = std::mem::replace(&mut self.token, Token::Between);
        let Token::Bare {
            start,
            text,
            length,
        } = token
        else {
            return Ok(());
        };
        let token = text.get(..length).unwrap_or_default();
        let name = std::mem::take(&mut self.name);
        let mut with = None;
        for hit in way.finder.hits_called(&name, token)? {
            if way.own.holds(token) {
                continue;
            }
            let mask = way.mask(hit.entity, hit.action, token, findings)?;
            with = with.or(mask);
        }
        if let Some(with) = with {
            findings.edited(1);
            out.push(Change {
                range: start..start.saturating_add(token.len()),
                with: format!("\"{with}\""),
                number: false,
            });
        }
        Ok(())
    }

    /// From `start` on the text is no JSON.
    fn free(&mut self, start: usize, piece: String) {
        let name = std::mem::take(&mut self.name);
        let flow = if name.is_empty() {
            TextFlow::new(self.restores)
        } else {
            TextFlow::called(&name, self.restores)
        };
        self.token = Token::Free {
            base: start,
            flow: Box::new(flow),
            piece,
        };
    }
}

const fn is_structure(one: char) -> bool {
    matches!(one, '{' | '}' | '[' | ']' | ',' | ':' | '"')
}

/// Whether `text`, the beginning of a number or of one of the three words, may
/// go on like this. A number is told by its characters; whoever reads the JSON
/// will refuse `1-2` anyway.
fn continues(text: &str, one: char) -> bool {
    let number = |one: char| one == '-' || one.is_ascii_digit();
    match text.chars().next() {
        None => number(one) || matches!(one, 't' | 'f' | 'n'),
        Some(first) if number(first) => number(one) || matches!(one, '+' | '.' | 'e' | 'E'),
        Some(_) => {
            let next = |word: &str| {
                word.strip_prefix(text)
                    .is_some_and(|rest| rest.starts_with(one))
            };
            ["true", "false", "null"].into_iter().any(next)
        }
    }
}
