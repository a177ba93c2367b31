//! Finding sensitive values in text.
//!
//! Two stages. A sweep walks the text once and stops at *anchors*: digits,
//! `@`, `:`, `=`, quotes and a few more; everything else, which is most of any
//! prompt, costs a table look-up per byte. At an anchor the families that could
//! start there read a bounded window and check structure, checksum, randomness
//! and the words to the *left* ([`LOOK_BEHIND`] bytes at most). No family reads
//! to the right what it does not claim, and none goes back, so time is linear.
//!
//! One family per file: `email`, `phone`, `card`, `iban`, `us`, `ids`
//! (national numbers and labelled documents), `birth`, `network`, `wallet`;
//! `vendors` and `shaped` (published tokens), `assigned` (values named like
//! secrets), `header`, `hash`, `url`, `webhook`, `jwt`, `pem`; `names` (people
//! and addresses, a stage that can be exchanged); `disguised` (encoded, cut or
//! spaced values, undone and swept again).
//!
//! INVARIANT (streams): [`Detectors::scan`] of a text that may go on returns an
//! offset `hold_from` such that for every continuation, what starts before it
//! is exactly what was reported. It holds by construction, see `text.rs`.
//!
//! Left out on purpose: who acts on a finding and how (profiles), and how
//! values travel between leaves and events (the engine).
#![expect(
    clippy::arithmetic_side_effects,
    reason = "places in one text stay below isize::MAX, so their sums do not overflow; differences \
              are of ordered places; reads go through `Text`, which has no out of bounds; the \
              property tests run with overflow checks"
)]

mod assigned;
mod birth;
mod card;
mod checksum;
mod context;
mod disguised;
mod email;
mod found;
mod hash;
mod header;
mod iban;
mod ids;
mod jwt;
mod names;
mod network;
mod numbers;
mod pem;
mod phone;
mod shape;
mod shaped;
mod sweep;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod url;
mod us;
mod vendors;
mod wallet;
mod webhook;

use std::ops::Range;

use super::{
    entity::{Confidence, Entity, Group},
    fold::View,
};
use found::{Candidate, Found, join};

pub use names::{Gazetteer, NameModel};
pub use vendors::PORTCULLIS_KEY;

/// A sensitive value in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// Bytes of the given text, on character boundaries.
    pub range: Range<usize>,
    /// What it is.
    pub entity: Entity,
    /// The vendor of a `vendor_api_key`, the scheme of a `national_id`.
    pub subtype: Option<&'static str>,
    /// How sure the detector is.
    pub confidence: Confidence,
    /// Published for documentation (RFC 2606 domains, 555-01xx numbers,
    /// RFC 5737 and 3849 addresses): nobody's.
    pub documented_example: bool,
}

/// Which entities somebody wants to hear of, and from which confidence on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted([Option<Confidence>; Entity::COUNT]);

impl Wanted {
    /// Nothing.
    #[must_use]
    pub const fn nothing() -> Self {
        Self([None; Entity::COUNT])
    }

    /// Every entity at any confidence.
    #[must_use]
    pub fn everything() -> Self {
        Self::filter(|_| Some(Confidence::ANY))
    }

    /// Secrets and checkable personal data from the confidence of
    /// [`Entity::default_confidence`] on: what the `default` profile acts on.
    #[must_use]
    pub fn shipped() -> Self {
        Self::filter(|one| (one.group() != Group::Names).then(|| one.default_confidence()))
    }

    /// What [`Wanted::shipped`] has, with names and addresses.
    #[must_use]
    pub fn with_names() -> Self {
        Self::filter(|one| Some(one.default_confidence()))
    }

    fn filter(least: impl Fn(Entity) -> Option<Confidence>) -> Self {
        let mut wanted = Self::nothing();
        for one in Entity::ALL {
            wanted.set(*one, least(*one));
        }
        wanted
    }

    /// Asks for an entity from a confidence on, or not at all.
    pub fn set(&mut self, entity: Entity, least: Option<Confidence>) {
        if let Some(held) = self.0.get_mut(entity.index()) {
            *held = least;
        }
    }

    /// The least confidence at which an entity is wanted, if it is.
    #[must_use]
    pub fn least(&self, entity: Entity) -> Option<Confidence> {
        self.0.get(entity.index()).copied().flatten()
    }

    /// Whether a finding of this confidence is wanted.
    #[must_use]
    pub fn takes(&self, entity: Entity, confidence: Confidence) -> bool {
        self.least(entity).is_some_and(|least| confidence >= least)
    }
}

/// How far a detector reads from the start of a value to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// At most this many bytes.
    Bounded(usize),
    /// Certain within `start` bytes, then as far as the value goes.
    Swallows {
        /// Bytes after which the start is certain.
        start: usize,
    },
}

impl Entity {
    /// The longest value a detector of this entity claims, in bytes of folded
    /// text; a disguise (see `disguised`) may take up to 512.
    #[must_use]
    pub fn reach(self) -> Reach {
        if matches!(self, Self::PrivateKeyPem) {
            return Reach::Swallows {
                start: pem::CERTAIN,
            };
        }
        if matches!(self, Self::Jwt) {
            return Reach::Swallows {
                start: jwt::CERTAIN,
            };
        }
        Reach::Bounded(match self.group() {
            Group::Secrets => token::LONGEST,
            Group::PersonalData | Group::Names => sweep::LONGEST_RUN,
        })
    }
}

/// What ends a value that is swallowed to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The first character no token has.
    TokenEnd,
    /// The `-----END … KEY…-----` line, or the end of the armoured body.
    ArmourEnd,
}

impl Until {
    /// How many bytes of `text`, which goes on inside the value, still belong
    /// to it, and whether the end was found. With `more`, bytes that only what
    /// follows can place are not counted: give them again in front of it.
    #[must_use]
    pub fn consume(self, text: &str, more: bool) -> (usize, bool) {
        match self {
            Self::TokenEnd => jwt::consume(text, more),
            Self::ArmourEnd => pem::consume(text, more),
        }
    }
}

/// A value with a certain start at `hold_from`, whose end has not arrived. It
/// may be masked now and swallowed with [`Until::consume`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swallow {
    /// What it is.
    pub entity: Entity,
    /// What ends it.
    pub until: Until,
    /// Where the bytes to give to [`Until::consume`] start.
    pub from: usize,
}

/// What [`Detectors::scan`] has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// Everything that starts before this offset is decided, whatever follows;
    /// no reported value crosses it. Bytes from here on wait.
    pub hold_from: usize,
    /// Bytes before this offset will not be needed as context by a later scan
    /// that goes on at `hold_from`. Never more than `hold_from`.
    pub keep_from: usize,
    /// Set if what waits at `hold_from` is certainly a value.
    pub swallow: Option<Swallow>,
}

/// How many bytes of folded text before a value its detector may read.
pub const LOOK_BEHIND: usize = 512;

/// The shipped detectors cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the shipped detectors cannot be built: {0}")]
pub struct BuildFault(String);

/// All shipped detectors, compiled once.
#[derive(Debug)]
pub struct Detectors {
    vendors: vendors::Vendors,
    names: Box<dyn NameModel>,
}

impl Detectors {
    /// Compiles the shipped detectors.
    ///
    /// # Errors
    /// When the automaton of key prefixes cannot be built, which is a fault of
    /// the program.
    pub fn shipped() -> Result<Self, BuildFault> {
        Ok(Self {
            vendors: vendors::Vendors::new().map_err(|error| BuildFault(error.to_string()))?,
            names: Box::new(Gazetteer::shipped()),
        })
    }

    /// The same detectors with another stage for names and addresses.
    #[must_use]
    pub fn with_names(self, names: Box<dyn NameModel>) -> Self {
        Self { names, ..self }
    }

    /// The vendors whose published keys are known.
    #[must_use]
    pub fn vendors() -> Vec<&'static str> {
        vendors::names().into_iter().collect()
    }

    /// Finds everything wanted in a whole text: sorted and disjoint.
    pub fn find(&self, text: &str, wanted: &Wanted, out: &mut Vec<Detected>) {
        self.scan(text, 0, false, wanted, out);
    }

    /// Like [`Detectors::find`], asking before every 64 KiB of text and after
    /// every 4 KiB of work whether to go on.
    ///
    /// # Errors
    /// When `go_on` said no; what was found up to then is in `out`.
    pub fn find_while(
        &self,
        text: &str,
        wanted: &Wanted,
        go_on: &mut dyn FnMut() -> bool,
        out: &mut Vec<Detected>,
    ) -> Result<(), OutOfTime> {
        let (mut base, mut from, mut size) = (0, 0, WINDOW);
        while go_on() {
            let end = text.floor_char_boundary(from + size);
            let more = end < text.len();
            let window = text.get(base..end).unwrap_or_default();
            let found = out.len();
            let decided = self.scan_while(window, from - base, more, wanted, go_on, out)?;
            for one in out.iter_mut().skip(found) {
                one.range = one.range.start + base..one.range.end + base;
            }
            if !more {
                return Ok(());
            }
            // A value longer than the window: read on with a larger one.
            size = if base + decided.hold_from == from {
                size * 2
            } else {
                WINDOW
            };
            from = base + decided.hold_from;
            base += decided.keep_from;
        }
        Err(OutOfTime)
    }

    /// Finds everything wanted that starts at `from` or later.
    ///
    /// `text` before `from` is context that was scanned before. With `more`,
    /// text may follow, and only what no continuation can change is reported;
    /// scan again from [`Decided::hold_from`] when more is there. Without, all
    /// is reported and nothing held.
    pub fn scan(
        &self,
        text: &str,
        from: usize,
        more: bool,
        wanted: &Wanted,
        out: &mut Vec<Detected>,
    ) -> Decided {
        // Nobody is asked, so nobody says no.
        self.scan_while(text, from, more, wanted, &mut || true, out)
            .unwrap_or(Decided {
                hold_from: from,
                keep_from: from,
                swallow: None,
            })
    }

    fn scan_while(
        &self,
        text: &str,
        from: usize,
        more: bool,
        wanted: &Wanted,
        go_on: &mut dyn FnMut() -> bool,
        out: &mut Vec<Detected>,
    ) -> Result<Decided, OutOfTime> {
        let view = View::folded(text);
        let mut found = Found::new(wanted, ENCODING_LEVELS);
        let start = view.place_of(from);
        let held = self.sweep(view.bytes(), start, more, go_on, &mut found)?;
        let Found {
            candidates, open, ..
        } = found;
        let mut joined = Vec::new();
        let original = candidates.into_iter().map(|one| {
            let range = view.original_range(one.start, one.end);
            Candidate {
                start: range.start,
                end: range.end,
                ..one
            }
        });
        join(
            original.filter(|one| one.start >= from).collect(),
            &mut joined,
        );
        if !more {
            out.append(&mut joined);
            return Ok(Decided {
                hold_from: text.len(),
                keep_from: text.len(),
                swallow: None,
            });
        }
        let mut hold_from = view.original_place(held).max(from);
        // No reported value crosses the line; the last one may.
        while let Some(last) = joined.pop_if(|last| last.range.end > hold_from) {
            hold_from = hold_from.min(last.range.start);
        }
        out.append(&mut joined);
        let keep = view.place_of(hold_from).saturating_sub(LOOK_BEHIND);
        Ok(Decided {
            hold_from,
            keep_from: view.original_place(keep).min(hold_from),
            swallow: open
                .filter(|one| view.original_place(one.start) == hold_from)
                .map(|one| Swallow {
                    entity: one.entity,
                    until: one.until,
                    from: view.original_place(one.from),
                }),
        })
    }
}

/// Somebody said that a scan takes too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the scan was stopped before its end")]
pub struct OutOfTime;

const WINDOW: usize = 64 * 1024;
/// A value in base64 in base64 is still found.
const ENCODING_LEVELS: u8 = 2;
