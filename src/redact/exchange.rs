//! What the way back needs of the way out.

use std::{fmt, sync::Arc};

use super::{
    Findings, Treatment,
    answer::{OwnValues, Way},
    budget::{Allowance, guarded},
    finder::{Finder, Look},
    guarded::Guarded,
    placeholder::Placeholders,
    profile::Profile,
    stream::{Caps, Stream},
};
use crate::{
    primitives::{Refusal, Secret},
    wire::{
        json::{Document, Node},
        splice::Edit,
    },
};

/// One exchange's values, and the rules for its answer. It lives as long as
/// the exchange does; nothing of it is kept.
pub struct Exchange {
    pub(super) look: Arc<dyn Look>,
    pub(super) profile: Profile,
    pub(super) placeholders: Placeholders,
    pub(super) own: OwnValues,
    pub(super) allowance: Allowance,
    pub(super) held: Caps,
}

impl Exchange {
    pub(super) fn new(
        look: Arc<dyn Look>,
        profile: Profile,
        placeholders: Placeholders,
        allowance: Allowance,
        held: Caps,
    ) -> Self {
        let own = if profile.restore {
            OwnValues::new(&placeholders)
        } else {
            OwnValues::none()
        };
        Self {
            look,
            profile,
            placeholders,
            own,
            allowance,
            held,
        }
    }

    /// Looks for one value more on the way back: what the provider was called
    /// with.
    pub fn guard(&mut self, credential: Secret) {
        let look = Guarded::new(Arc::clone(&self.look), credential);
        self.look = Arc::new(look);
    }

    /// The way back of an answer that comes in events.
    #[must_use]
    pub fn stream(self) -> Stream {
        Stream::new(self)
    }

    /// A whole answer: own placeholders restored, foreign values masked.
    ///
    /// In an answer a string that a dialect calls [`Treatment::Fixed`] is
    /// masked like text: a caller that cannot use the name finds out, and
    /// nothing is lost. Nothing is restored there: the caller will send it
    /// back, and would be refused. A fixed number with a finding refuses the
    /// answer.
    ///
    /// # Errors
    /// `content_blocked`, `structure_refused` or `redaction_unavailable`:
    /// nothing of the answer may go on.
    pub fn answer(
        &self,
        document: &Document,
        treatment: &dyn Fn(Node<'_>) -> Treatment,
    ) -> Result<(Vec<Edit>, Findings), Refusal> {
        guarded(|| {
            let mut findings = Findings::default();
            let way = self.way(document.bytes().len());
            let edits = way.document(document, treatment, &mut findings)?;
            Ok((edits, findings))
        })
    }

    /// Text that is no JSON: an upstream's error page, a header's value.
    ///
    /// # Errors
    /// `content_blocked` or `redaction_unavailable`: nothing of it may go on.
    pub fn answer_text(&self, text: &str) -> Result<(String, Findings), Refusal> {
        guarded(|| {
            let mut findings = Findings::default();
            let text = self.way(text.len()).plain(text, &mut findings)?;
            Ok((text, findings))
        })
    }

    /// Whether nothing can be changed on the way back: every finding is only
    /// reported, and no own value is there to be restored.
    #[must_use]
    pub fn is_passive(&self) -> bool {
        self.own.is_empty() && self.profile.answers.changes_nothing()
    }

    /// A reader's surroundings for so many bytes of text.
    pub(super) fn way(&self, bytes: usize) -> Way<'_> {
        Way {
            finder: Finder {
                look: &*self.look,
                side: &self.profile.answers,
                examples: false,
                budget: self.allowance.start(bytes),
            },
            own: &self.own,
            placeholders: &self.placeholders,
            reports: false,
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Exchange({:?}, {} may come back)",
            self.placeholders,
            self.own.len()
        )
    }
}
