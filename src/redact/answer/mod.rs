//! An answer on its way back: what is the caller's goes in, what is foreign
//! goes out.
//!
//! Sans-I/O and the same for whole answers and streams: [`TextFlow`] and
//! [`JsonFlow`] take text in pieces and say what to change and how far the text
//! is settled. Left out on purpose: events, channels and time, which are
//! [`super::stream`]'s.

mod change;
mod inner;
mod item;
mod json;
mod own;
mod text;
mod zone;

pub(crate) use change::Change;
pub(crate) use json::JsonFlow;
pub(crate) use own::OwnValues;
pub(crate) use text::TextFlow;

use super::{
    Action, Findings, Treatment,
    finder::{Finder, Hit},
    placeholder::Placeholders,
};
use crate::{
    primitives::{Code, Refusal},
    wire::{
        json::{Document, Kind, Node, decode, escape},
        splice::Edit,
    },
};

/// What the readers need to know of the exchange.
#[derive(Clone)]
pub(crate) struct Way<'a> {
    pub(super) finder: Finder<'a>,
    pub(super) own: &'a OwnValues,
    pub(super) placeholders: &'a Placeholders,
    /// Whatever a profile says, a find is only reported.
    pub(super) reports: bool,
}

impl Way<'_> {
    /// The same exchange where nothing may be changed: every find is reported.
    pub(super) fn reporting(&self) -> Self {
        Self {
            reports: true,
            ..self.clone()
        }
    }

    /// The edits for a whole answer.
    ///
    /// # Errors
    /// Where it must not go on.
    pub(super) fn document(
        &self,
        document: &Document,
        treatment: &dyn Fn(Node<'_>) -> Treatment,
        findings: &mut Findings,
    ) -> Result<Vec<Edit>, Refusal> {
        let mut edits = Vec::new();
        for node in document.nodes() {
            let (Kind::String | Kind::Name | Kind::Number) = node.kind() else {
                continue;
            };
            let treatment = treatment(node);
            match (treatment, node.kind()) {
                (Treatment::Opaque, _) => {}
                (Treatment::Signed, _) => self.signed(node, findings)?,
                (Treatment::FreeNumber, Kind::Number) => {
                    edits.extend(self.number(node, findings)?);
                }
                (_, Kind::Number) => self.fixed(node, findings)?,
                (Treatment::JsonText, _) => edits.extend(self.json(node, findings)?),
                (Treatment::FreeNumber, _) => edits.extend(self.free(node, findings)?),
                (Treatment::Text, _) => edits.extend(self.text(node, true, findings)?),
                // Whoever sends it back would be refused with the value in it.
                (Treatment::Fixed, _) => edits.extend(self.text(node, false, findings)?),
            }
        }
        self.finder.budget.settle()?;
        Ok(edits)
    }

    /// Text that is no JSON, changed.
    ///
    /// # Errors
    /// Where it must not go on.
    pub(super) fn plain(&self, text: &str, findings: &mut Findings) -> Result<String, Refusal> {
        let changes = TextFlow::new(true).push(self, text, true, findings)?;
        self.finder.budget.settle()?;
        Ok(apply(text, &changes))
    }

    fn text(
        &self,
        node: Node<'_>,
        restores: bool,
        findings: &mut Findings,
    ) -> Result<Vec<Edit>, Refusal> {
        let decoded = decode(node.raw());
        let mut flow = TextFlow::new(restores);
        let changes = flow.push(self, &decoded.text, true, findings)?;
        Ok(in_place(node, &decoded, changes))
    }

    /// A string in an object of the model's own making.
    fn free(&self, node: Node<'_>, findings: &mut Findings) -> Result<Vec<Edit>, Refusal> {
        let name = node.name().map(Node::text).unwrap_or_default();
        let mut flow = if name.is_empty() {
            TextFlow::new(true)
        } else {
            TextFlow::called(&name, true)
        };
        let decoded = decode(node.raw());
        let changes = flow.push(self, &decoded.text, true, findings)?;
        if let [only] = changes.as_slice()
            && only.number
            && only.range == (0..decoded.text.len())
        {
            return Ok(vec![Edit {
                span: node.span(),
                with: only.with.clone().into_bytes(),
            }]);
        }
        Ok(in_place(node, &decoded, changes))
    }

    fn json(&self, node: Node<'_>, findings: &mut Findings) -> Result<Vec<Edit>, Refusal> {
        let decoded = decode(node.raw());
        let changes = JsonFlow::new(true).push(self, &decoded.text, true, findings)?;
        Ok(in_place(node, &decoded, changes))
    }

    /// A number the model made up becomes a string when it has to go.
    fn number(&self, node: Node<'_>, findings: &mut Findings) -> Result<Option<Edit>, Refusal> {
        let name = node.name().map(Node::text).unwrap_or_default();
        let mut with = None;
        for hit in self.foreign(&name, node.raw())? {
            let mask = self.mask(hit.entity, hit.action, node.raw(), findings)?;
            with = with.or(mask);
        }
        Ok(with.map(|with| {
            findings.edited(1);
            Edit {
                span: node.span(),
                with: format!("\"{with}\"").into_bytes(),
            }
        }))
    }

    /// A number that a client expects to be one: nothing can stand in its place.
    fn fixed(&self, node: Node<'_>, findings: &mut Findings) -> Result<(), Refusal> {
        for hit in self.foreign("", node.raw())? {
            if self
                .mask(hit.entity, hit.action, node.raw(), findings)?
                .is_some()
            {
                return Err(Refusal::new(
                    Code::StructureRefused,
                    format!(
                        "the provider's answer has sensitive data at {}, where it cannot be replaced",
                        node.path_by_position()
                    ),
                ));
            }
        }
        Ok(())
    }

    fn foreign(&self, name: &str, token: &str) -> Result<Vec<Hit>, Refusal> {
        if self.own.holds(token) {
            return Ok(Vec::new());
        }
        self.finder.hits_called(name, token)
    }

    /// Never rewritten; what is found is recorded.
    fn signed(&self, node: Node<'_>, findings: &mut Findings) -> Result<(), Refusal> {
        for hit in self.finder.hits(&node.text())? {
            if hit.action != Action::Off {
                findings.found_signed(hit.entity);
            }
        }
        Ok(())
    }
}

/// Changes of a string's text as edits of the document.
fn in_place(
    node: Node<'_>,
    decoded: &crate::wire::json::Decoded<'_>,
    changes: Vec<Change>,
) -> Vec<Edit> {
    let base = node.inner_span().start;
    let edit = |change: Change| {
        let raw = decoded.raw_range(change.range);
        Edit {
            span: base.saturating_add(raw.start)..base.saturating_add(raw.end),
            with: escape(&change.with).into_bytes(),
        }
    };
    changes.into_iter().map(edit).collect()
}

/// The text with its changes made.
pub(crate) fn apply(text: &str, changes: &[Change]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for change in changes {
        out.push_str(text.get(at..change.range.start).unwrap_or_default());
        out.push_str(&change.with);
        at = change.range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
