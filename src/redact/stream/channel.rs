//! One channel: its text as detectors see it, and what has not been written.

use std::{collections::VecDeque, ops::Range};

use super::{
    super::{
        Findings,
        answer::{Change, JsonFlow, TextFlow, Way},
    },
    Carrier,
    shape::Shape,
    share::Share,
};
use crate::{primitives::Refusal, wire::splice::Edit};

/// A channel.
pub(super) struct Channel {
    carrier: Carrier,
    flow: Flow,
    /// Where in the channel `flow` begins: it starts anew after an end.
    base: usize,
    /// Bytes of text that came.
    received: usize,
    /// Everything before is decided.
    settled: usize,
    ended: bool,
    /// Changes that are not completely written.
    changes: VecDeque<Change>,
    /// Text that stayed behind when its event left, and that event's pattern.
    rest: Vec<Share>,
    shape: Option<Shape>,
}

enum Flow {
    Text(TextFlow),
    Json(JsonFlow),
}

impl Flow {
    fn new(carrier: Carrier) -> Self {
        match carrier {
            Carrier::Text => Self::Text(TextFlow::new(true)),
            Carrier::JsonText => Self::Json(JsonFlow::new(true)),
            Carrier::Generic | Carrier::Signed => Self::Text(TextFlow::new(false)),
        }
    }

    fn push(
        &mut self,
        way: &Way<'_>,
        piece: &str,
        end: bool,
        findings: &mut Findings,
    ) -> Result<Vec<Change>, Refusal> {
        match self {
            Self::Text(flow) => flow.push(way, piece, end, findings),
            Self::Json(flow) => flow.push(way, piece, end, findings),
        }
    }

    const fn settled(&self) -> usize {
        match self {
            Self::Text(flow) => flow.settled(),
            Self::Json(flow) => flow.settled(),
        }
    }

    const fn held(&self) -> usize {
        match self {
            Self::Text(flow) => flow.held(),
            Self::Json(flow) => flow.held(),
        }
    }
}

impl Channel {
    pub(super) fn new(carrier: Carrier) -> Self {
        Self {
            carrier,
            flow: Flow::new(carrier),
            base: 0,
            received: 0,
            settled: 0,
            ended: false,
            changes: VecDeque::new(),
            rest: Vec::new(),
            shape: None,
        }
    }

    /// Text came; says where in the channel it stands.
    ///
    /// # Errors
    /// Where it must not go on.
    pub(super) fn take(
        &mut self,
        text: &str,
        way: &Way<'_>,
        findings: &mut Findings,
    ) -> Result<Range<usize>, Refusal> {
        if self.ended {
            self.restart();
        }
        let start = self.received;
        self.received = start.saturating_add(text.len());
        self.push(text, false, way, findings)?;
        Ok(start..self.received)
    }

    /// No text follows.
    ///
    /// # Errors
    /// Where what waits must not go on.
    pub(super) fn end(&mut self, way: &Way<'_>, findings: &mut Findings) -> Result<(), Refusal> {
        if self.ended {
            return Ok(());
        }
        self.ended = true;
        self.push("", true, way, findings)
    }

    /// The next text is looked at as if it were the first.
    pub(super) fn restart(&mut self) {
        self.flow = Flow::new(self.carrier);
        self.base = self.received;
        self.ended = false;
    }

    fn push(
        &mut self,
        text: &str,
        end: bool,
        way: &Way<'_>,
        findings: &mut Findings,
    ) -> Result<(), Refusal> {
        if self.carrier == Carrier::Signed {
            let mut signed = Findings::default();
            self.flow.push(&way.reporting(), text, end, &mut signed)?;
            findings.merge(&signed.into_signed());
            self.settled = self.received;
            return Ok(());
        }
        let base = self.base;
        let changes = self.flow.push(way, text, end, findings)?;
        self.changes.extend(changes.into_iter().map(|mut change| {
            change.range.start = change.range.start.saturating_add(base);
            change.range.end = change.range.end.saturating_add(base);
            change
        }));
        self.settled = base.saturating_add(self.flow.settled());
        Ok(())
    }

    /// Bytes of text that wait for more.
    pub(super) const fn held(&self) -> usize {
        if self.ended { 0 } else { self.flow.held() }
    }

    /// Bytes of events that are kept for the text that waits.
    pub(super) fn kept(&self) -> usize {
        self.shape.as_ref().map_or(0, Shape::len)
    }

    /// Whether nothing is left to be written or decided.
    pub(super) const fn is_over(&self) -> bool {
        self.ended && self.rest.is_empty()
    }

    /// Whether all of the share is decided.
    pub(super) const fn decides(&self, share: &Share) -> bool {
        share.range().end <= self.settled
    }

    /// Whether the share can be written as it is.
    pub(super) fn leaves_alone(&self, share: &Share) -> bool {
        let range = share.range();
        let touches = |one: &Change| one.range.start < range.end && range.start < one.range.end;
        self.rest.is_empty() && self.decides(share) && !self.changes.iter().any(touches)
    }

    /// The edits that write the share behind what stayed behind, as far as all
    /// that is decided; whether some of it stays.
    pub(super) fn write(&mut self, share: &Share) -> (Vec<Edit>, bool) {
        let before = self.rest_written();
        let edits = share.in_place(self.settled, self.changes.iter(), &before);
        self.rest.extend(share.after(self.settled));
        self.forget(share.range().end);
        (edits, !self.rest.is_empty())
    }

    /// Keeps the pattern for what stayed behind.
    pub(super) fn keep(&mut self, shape: Option<Shape>) {
        self.shape = shape;
    }

    /// What stayed behind, as far as it is decided, in an event of its own.
    pub(super) fn rest(&mut self) -> Option<(Shape, String)> {
        if self.rest.is_empty() {
            return None;
        }
        let text = self.rest_written();
        Some((self.shape.take()?, text))
    }

    fn rest_written(&mut self) -> String {
        let to = self.settled;
        let mut text = String::new();
        let mut written = 0;
        for share in std::mem::take(&mut self.rest) {
            text.push_str(&share.written(to, self.changes.iter()));
            written = share.range().end;
            self.rest.extend(share.after(to));
        }
        self.forget(written);
        text
    }

    /// Drops the changes of text before `to` that is written.
    fn forget(&mut self, to: usize) {
        let to = to.min(self.settled);
        while self.changes.front().is_some_and(|one| one.range.end <= to) {
            self.changes.pop_front();
        }
    }
}
