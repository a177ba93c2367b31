//! One string inside JSON that comes in pieces: unescaped on the way in, its
//! changes escaped on the way out.

use std::{collections::VecDeque, ops::Range};

use super::{Change, Way, text::TextFlow};
use crate::{primitives::Refusal, redact::Findings, wire::json::escape};

/// Bytes of a member's name that are kept as context of its value.
const NAME: usize = 128;

/// A string that has been opened.
#[derive(Debug, Clone)]
pub(super) struct Inside {
    /// Where the quote stands.
    quote: usize,
    flow: TextFlow,
    /// What is decoded and not given to `flow` yet.
    piece: String,
    decoded: usize,
    /// Decoded and raw offsets at both ends of every escape, in order.
    anchors: VecDeque<(usize, usize)>,
    escape: Escape,
    name: Option<String>,
}

/// How far an escape has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    /// Behind the backslash.
    Begun {
        start: usize,
    },
    /// In the four digits.
    Digits {
        start: usize,
        high: Option<u32>,
        unit: u32,
        left: u8,
    },
    /// Behind a high surrogate, which a low one may complete.
    High {
        start: usize,
        unit: u32,
    },
    /// Behind that and another backslash.
    HighBegun {
        start: usize,
        unit: u32,
        second: usize,
    },
}

/// What a character did to the string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Open,
    Closed,
}

impl Inside {
    /// A member's name whose quote stands at `quote`.
    pub(super) fn name(quote: usize, restores: bool) -> Self {
        Self {
            name: Some(String::new()),
            ..Self::with(quote, TextFlow::new(restores))
        }
    }

    /// A value, of the member called `name` where that is not empty.
    pub(super) fn value(quote: usize, name: &str, restores: bool) -> Self {
        if name.is_empty() {
            return Self::with(quote, TextFlow::new(restores));
        }
        Self::with(quote, TextFlow::called(name, restores))
    }

    fn with(quote: usize, flow: TextFlow) -> Self {
        Self {
            quote,
            flow,
            piece: String::new(),
            decoded: 0,
            anchors: [(0, quote.saturating_add(1))].into(),
            escape: Escape::None,
            name: None,
        }
    }

    /// The name, once closed.
    pub(super) fn take_name(&mut self) -> Option<String> {
        self.name.take()
    }

    /// Offset up to which everything is decided.
    pub(super) fn decided(&self, way: &Way<'_>) -> usize {
        let settled = self.flow.settled();
        if settled == 0 && way.own.has_numbers() {
            return self.quote;
        }
        self.raw(settled)
    }

    /// Takes the character at `at`.
    pub(super) fn step(&mut self, one: char, at: usize) -> Mark {
        let after = at.saturating_add(one.len_utf8());
        match self.escape {
            Escape::None => match one {
                '"' => return Mark::Closed,
                '\\' => self.escape = Escape::Begun { start: at },
                one => self.take(one),
            },
            Escape::Begun { start } => self.named(one, start, after),
            Escape::Digits {
                start,
                high,
                unit,
                left,
            } => {
                let unit = (unit << 4) | one.to_digit(16).unwrap_or_default();
                if left > 1 {
                    let left = left.saturating_sub(1);
                    self.escape = Escape::Digits {
                        start,
                        high,
                        unit,
                        left,
                    };
                } else {
                    self.unit(start, high, unit, after);
                }
            }
            Escape::High { start, unit } => {
                if one == '\\' {
                    let second = at;
                    self.escape = Escape::HighBegun {
                        start,
                        unit,
                        second,
                    };
                } else {
                    self.alone(start, at);
                    return self.step(one, at);
                }
            }
            Escape::HighBegun {
                start,
                unit,
                second,
            } => {
                if one == 'u' {
                    self.escape = Escape::Digits {
                        start,
                        high: Some(unit),
                        unit: 0,
                        left: 4,
                    };
                } else {
                    self.alone(start, second);
                    self.named(one, second, after);
                }
            }
        }
        Mark::Open
    }

    /// The character behind a backslash.
    fn named(&mut self, one: char, start: usize, after: usize) {
        let plain = match one {
            'u' => {
                self.escape = Escape::Digits {
                    start,
                    high: None,
                    unit: 0,
                    left: 4,
                };
                return;
            }
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            other => other,
        };
        self.escaped(plain, start, after);
    }

    /// Four digits are there.
    fn unit(&mut self, start: usize, high: Option<u32>, unit: u32, after: usize) {
        let low = (0xDC00..0xE000).contains(&unit);
        match high {
            Some(high) if low => {
                let scalar = 0x1_0000_u32
                    .saturating_add(high.saturating_sub(0xD800) << 10)
                    .saturating_add(unit.saturating_sub(0xDC00));
                self.escaped(shown(scalar), start, after);
            }
            Some(_) => {
                // Six bytes each: the first has no partner, the second may find one.
                let second = after.saturating_sub(6);
                self.alone(start, second);
                self.unit(second, None, unit, after);
            }
            None if (0xD800..0xDC00).contains(&unit) => {
                self.escape = Escape::High { start, unit };
            }
            None => self.escaped(shown(unit), start, after),
        }
    }

    /// A high surrogate without a partner.
    fn alone(&mut self, start: usize, after: usize) {
        self.escaped(char::REPLACEMENT_CHARACTER, start, after);
    }

    fn escaped(&mut self, one: char, start: usize, after: usize) {
        self.escape = Escape::None;
        self.anchors.push_back((self.decoded, start));
        self.take(one);
        self.anchors.push_back((self.decoded, after));
    }

    fn take(&mut self, one: char) {
        self.piece.push(one);
        self.decoded = self.decoded.saturating_add(one.len_utf8());
        if let Some(name) = &mut self.name
            && name.len() < NAME
        {
            name.push(one);
        }
    }

    /// The closing quote stands at `at`.
    ///
    /// # Errors
    /// As [`TextFlow::push`].
    pub(super) fn close(
        &mut self,
        way: &Way<'_>,
        at: usize,
        findings: &mut Findings,
    ) -> Result<Vec<Change>, Refusal> {
        let changes = self.changes(way, true, findings)?;
        if let [only] = changes.as_slice()
            && only.number
            && only.range == (0..self.decoded)
            && self.name.is_none()
        {
            return Ok(vec![Change {
                range: self.quote..at.saturating_add(1),
                ..only.clone()
            }]);
        }
        Ok(self.outside(changes))
    }

    /// Gives what has come to the reader; `end`: the text ends without a quote.
    ///
    /// # Errors
    /// As [`TextFlow::push`].
    pub(super) fn flush(
        &mut self,
        way: &Way<'_>,
        end: bool,
        findings: &mut Findings,
    ) -> Result<Vec<Change>, Refusal> {
        let changes = self.changes(way, end, findings)?;
        let changes = self.outside(changes);
        let settled = self.flow.settled();
        while self.anchors.get(1).is_some_and(|(at, _)| *at <= settled) {
            self.anchors.pop_front();
        }
        Ok(changes)
    }

    fn changes(
        &mut self,
        way: &Way<'_>,
        end: bool,
        findings: &mut Findings,
    ) -> Result<Vec<Change>, Refusal> {
        let piece = std::mem::take(&mut self.piece);
        self.flow.push(way, &piece, end, findings)
    }

    /// The same changes as the text around the string needs them.
    fn outside(&self, changes: Vec<Change>) -> Vec<Change> {
        let moved = |change: Change| Change {
            range: self.raw_range(&change.range),
            with: escape(&change.with),
            number: false,
        };
        changes.into_iter().map(moved).collect()
    }

    fn raw_range(&self, range: &Range<usize>) -> Range<usize> {
        self.raw(range.start)..self.raw(range.end)
    }

    fn raw(&self, at: usize) -> usize {
        let after = self.anchors.partition_point(|(decoded, _)| *decoded <= at);
        let (decoded, raw) = after
            .checked_sub(1)
            .and_then(|place| self.anchors.get(place).copied())
            .unwrap_or_default();
        raw.saturating_add(at.saturating_sub(decoded))
    }
}

fn shown(scalar: u32) -> char {
    char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER)
}
