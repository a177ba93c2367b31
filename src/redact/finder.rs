//! From what detectors see to what a profile wants done about it.

use std::ops::Range;

use super::{
    Action, Entity,
    budget::{Budget, spent},
    detector::{Decided, Detected, Detectors, OutOfTime, Wanted},
    placeholder,
    profile::Side,
};
use crate::primitives::Refusal;

/// Whatever finds sensitive values in a text: the detectors, or what a test
/// puts in their place.
pub(super) trait Look: Send + Sync {
    /// Adds what is found in a whole text, sorted, without overlaps, and asks
    /// now and then whether to go on.
    fn find_while(
        &self,
        text: &str,
        wanted: &Wanted,
        go_on: &mut dyn FnMut() -> bool,
        out: &mut Vec<Detected>,
    ) -> Result<(), OutOfTime>;

    /// Adds what begins at `from` or later; what stands before is context. With
    /// `more`, only what no continuation can change. Says how far that is.
    fn scan(
        &self,
        text: &str,
        from: usize,
        more: bool,
        wanted: &Wanted,
        out: &mut Vec<Detected>,
    ) -> Decided;
}

impl Look for Detectors {
    fn find_while(
        &self,
        text: &str,
        wanted: &Wanted,
        go_on: &mut dyn FnMut() -> bool,
        out: &mut Vec<Detected>,
    ) -> Result<(), OutOfTime> {
        Self::find_while(self, text, wanted, go_on, out)
    }

    fn scan(
        &self,
        text: &str,
        from: usize,
        more: bool,
        wanted: &Wanted,
        out: &mut Vec<Detected>,
    ) -> Decided {
        Self::scan(self, text, from, more, wanted, out)
    }
}

/// A value that was found and for which there is a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    /// Bytes of the text that was looked at.
    pub(super) range: Range<usize>,
    pub(super) entity: Entity,
    /// Never [`Action::Off`].
    pub(super) action: Action,
}

/// One direction of one exchange.
#[derive(Clone)]
pub(super) struct Finder<'a> {
    pub(super) look: &'a dyn Look,
    pub(super) side: &'a Side,
    /// Values that documentation uses as examples count too.
    pub(super) examples: bool,
    pub(super) budget: Budget,
}

impl Finder<'_> {
    /// What is found in `text`.
    ///
    /// # Errors
    /// When the time is spent.
    pub(super) fn hits(&self, text: &str) -> Result<Vec<Hit>, Refusal> {
        if self.side.is_off() || text.is_empty() {
            return Ok(Vec::new());
        }
        if !self.budget.allows(text.len()) {
            return Err(spent());
        }
        let mut detected = Vec::new();
        let mut asked = false;
        // The first question comes before the first byte: answered above.
        let mut go_on = || !std::mem::replace(&mut asked, true) || self.budget.is_left();
        let wanted = self.side.wanted();
        self.look
            .find_while(text, wanted, &mut go_on, &mut detected)
            .map_err(|_out_of_time| spent())?;
        Ok(self.acted_on(text, detected).collect())
    }

    /// What is decided of a text from `from` on; with `more`, the text may go
    /// on. What stands before is context.
    ///
    /// # Errors
    /// When the time is spent.
    pub(super) fn decided(
        &self,
        text: &str,
        from: usize,
        more: bool,
    ) -> Result<(Vec<Hit>, Decided), Refusal> {
        if self.side.is_off() {
            let all = Decided {
                hold_from: text.len(),
                keep_from: text.len(),
                swallow: None,
            };
            return Ok((Vec::new(), all));
        }
        let mut detected = Vec::new();
        let wanted = self.side.wanted();
        let decided = self.look.scan(text, from, more, wanted, &mut detected);
        if !self.budget.allows(text.len()) {
            return Err(spent());
        }
        Ok((self.acted_on(text, detected).collect(), decided))
    }

    fn acted_on(&self, text: &str, detected: Vec<Detected>) -> impl Iterator<Item = Hit> {
        detected
            .into_iter()
            .filter_map(move |one| self.hit(text, one))
    }

    /// What is found in the value of a member called `name`: `hunter2` alone
    /// is a word, `password: hunter2` is not.
    ///
    /// # Errors
    /// When the time is spent.
    pub(super) fn hits_called(&self, name: &str, text: &str) -> Result<Vec<Hit>, Refusal> {
        if name.is_empty() {
            return self.hits(text);
        }
        let context = called(name);
        let shift = context.len();
        let hits = self.hits(&(context + text))?.into_iter();
        let moved = hits.filter(|hit| hit.range.end > shift).map(|hit| Hit {
            range: hit.range.start.saturating_sub(shift)..hit.range.end.saturating_sub(shift),
            ..hit
        });
        Ok(moved.collect())
    }

    fn hit(&self, text: &str, one: Detected) -> Option<Hit> {
        let action = self.side.action(one.entity);
        let example = one.documented_example && !self.examples;
        if action == Action::Off || example || placeholder::is_all(text, &one.range, &[]) {
            return None;
        }
        Some(Hit {
            range: one.range,
            entity: one.entity,
            action,
        })
    }
}

/// What stands left of a member's value, for a detector that wants context.
pub(super) fn called(name: &str) -> String {
    format!("{name}: ")
}
