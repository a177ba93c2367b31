//! A request on its way out: one walk over the tape, edits out.
//!
//! Every string, name and number is looked at unless the dialect called it
//! opaque. Detection sees decoded text; edits are spans of raw bytes that
//! never cut an escape. Where a find cannot be replaced the request is refused,
//! by position in the body and by type, never by name or value.
//!
//! INVARIANT: the text of an edit is valid JSON string content at the depth
//! where it stands, so the body stays what the scanner accepted.

mod hidden;
mod joined;
mod leaf;

use std::collections::BTreeSet;

use bytes::Bytes;

use self::leaf::Leaf;
use super::{
    Action, Entity, Findings, Treatment,
    finder::{Finder, Hit},
    placeholder::{Placeholders, tagged, untagged},
};
use crate::{
    primitives::{Code, Refusal},
    wire::{
        json::{Bounds, Document, Kind, Node, decode, escape},
        splice::Edit,
    },
};

/// One request being cleaned.
pub(super) struct Cleaner<'a> {
    pub(super) finder: Finder<'a>,
    pub(super) placeholders: &'a mut Placeholders,
    /// Bounds of JSON inside strings.
    pub(super) bounds: Bounds,
    /// Characters nobody sees refuse the request.
    pub(super) refuse_hidden: bool,
    pub(super) findings: Findings,
    pub(super) blocked: BTreeSet<Entity>,
    /// The first place where a find cannot be replaced.
    pub(super) stuck: Option<String>,
}

impl Cleaner<'_> {
    /// The edits that clean the document.
    ///
    /// # Errors
    /// Where it must not be sent.
    pub(super) fn document(
        &mut self,
        document: &Document,
        treatment: &dyn Fn(Node<'_>) -> Treatment,
    ) -> Result<Vec<Edit>, Refusal> {
        let mut edits = Vec::new();
        let mut leaves = Vec::new();
        for node in document.nodes() {
            let (Kind::String | Kind::Name | Kind::Number) = node.kind() else {
                continue;
            };
            match treatment(node) {
                Treatment::Opaque => self.see(node, "")?,
                Treatment::Text if node.name().is_some() => leaves.push(self.text(node)?),
                Treatment::Text => leaves.push(self.text(node)?.alone()),
                Treatment::JsonText => match self.inner(node)? {
                    Some(inside) => edits.extend(inside),
                    None => leaves.push(self.text(node)?.alone()),
                },
                Treatment::FreeNumber if node.kind() == Kind::Number => {
                    edits.extend(self.number(node)?);
                }
                Treatment::FreeNumber => leaves.push(self.text(node)?.alone()),
                Treatment::Fixed => self.fixed(node)?,
                Treatment::Signed => self.signed(node)?,
            }
        }
        joined::join(&mut leaves, &self.finder)?;
        for leaf in &leaves {
            edits.extend(self.edits(leaf));
        }
        self.finder.budget.settle()?;
        self.verdict()?;
        self.findings.edited(edits.len());
        Ok(edits)
    }

    /// A leaf of free text and what is found in it.
    fn text<'d>(&self, node: Node<'d>) -> Result<Leaf<'d>, Refusal> {
        self.see(node, "")?;
        let decoded = decode(node.raw());
        let name = match node.name() {
            Some(name) if decoded.text.len() <= NAMED => name.text(),
            Some(_) | None => "".into(),
        };
        let hits = self.finder.hits_called(&name, &decoded.text)?;
        Ok(Leaf::new(node.inner_span().start, decoded, hits))
    }

    fn edits(&mut self, leaf: &Leaf<'_>) -> Vec<Edit> {
        let mut edits = Vec::new();
        for (hit, value) in leaf.hits() {
            if let Some(with) = self.instead(hit, value, false) {
                edits.push(leaf.edit(hit.range.clone(), &with));
            }
        }
        for (entity, action, part) in leaf.touched() {
            if self.count(entity, action) {
                edits.push(leaf.edit(part, &untagged(entity)));
            }
        }
        edits
    }

    /// A string of JSON, cleaned inside; `None` where it is not JSON.
    fn inner(&mut self, node: Node<'_>) -> Result<Option<Vec<Edit>>, Refusal> {
        let outer = decode(node.raw());
        let bytes = Bytes::copy_from_slice(outer.text.as_bytes());
        let Ok(document) = Document::scan(bytes, self.bounds) else {
            return Ok(None);
        };
        self.see(node, "")?;
        let place = node.path_by_position();
        let base = node.inner_span().start;
        let mut edits = Vec::new();
        for inside in document.nodes() {
            let found = match inside.kind() {
                // For the provider all of it is one string: a name can be replaced.
                Kind::String | Kind::Name => {
                    self.see(inside, &place)?;
                    let leaf = self.text(inside)?;
                    self.edits(&leaf)
                }
                Kind::Number => self.number(inside)?.into_iter().collect(),
                Kind::Object | Kind::Array | Kind::True | Kind::False | Kind::Null => continue,
            };
            edits.extend(found.into_iter().map(|edit| {
                let span = outer.raw_range(edit.span);
                let with = escape(&String::from_utf8_lossy(&edit.with));
                Edit {
                    span: base.saturating_add(span.start)..base.saturating_add(span.end),
                    with: with.into_bytes(),
                }
            }));
        }
        Ok(Some(edits))
    }

    /// A number of the caller's own becomes a string, whole.
    fn number(&mut self, node: Node<'_>) -> Result<Option<Edit>, Refusal> {
        let token = node.raw();
        let name = node.name().map(Node::text).unwrap_or_default();
        let mut with = None;
        for hit in self.finder.hits_called(&name, token)? {
            let whole = Hit {
                range: 0..token.len(),
                ..hit
            };
            with = with.or(self.instead(&whole, token, true));
        }
        Ok(with.map(|with| Edit {
            span: node.span(),
            with: format!("\"{with}\"").into_bytes(),
        }))
    }

    /// A find where nothing can stand in its place.
    fn fixed(&mut self, node: Node<'_>) -> Result<(), Refusal> {
        self.see(node, "")?;
        for hit in self.finder.hits(&node.text())? {
            if self.count(hit.entity, hit.action) && hit.action != Action::Block {
                self.stuck.get_or_insert_with(|| node.path_by_position());
            }
        }
        Ok(())
    }

    /// A find in a signed block is recorded; one that blocks still does.
    fn signed(&mut self, node: Node<'_>) -> Result<(), Refusal> {
        self.see(node, "")?;
        for hit in self.finder.hits(&node.text())? {
            self.findings.found_signed(hit.entity);
            if hit.action == Action::Block {
                self.blocked.insert(hit.entity);
            }
        }
        Ok(())
    }

    /// What stands in a value's place, if anything.
    fn instead(&mut self, hit: &Hit, value: &str, number: bool) -> Option<String> {
        self.count(hit.entity, hit.action);
        match hit.action {
            Action::Off | Action::Report | Action::Block => None,
            Action::Mask => Some(untagged(hit.entity)),
            Action::Hash => Some(tagged(&self.placeholders.core(hit.entity, value))),
            Action::Replace => Some(tagged(
                &self.placeholders.restorable(hit.entity, value, number),
            )),
        }
    }

    /// Counts a find; says whether the text may not stay as it is.
    fn count(&mut self, entity: Entity, action: Action) -> bool {
        self.findings.found(entity, action);
        if action == Action::Block {
            self.blocked.insert(entity);
        }
        action.changes()
    }

    /// Refuses what a profile does not want to read (BDY-09).
    fn see(&self, node: Node<'_>, place: &str) -> Result<(), Refusal> {
        if !self.refuse_hidden || node.kind() == Kind::Number || !hidden::hides(node.raw()) {
            return Ok(());
        }
        let at = node.path_by_position();
        Err(Refusal::new(
            Code::InvalidField,
            format!(
                "the string at {place}{at} has a character that is not shown \
                 (U+0000, U+001B, a tag character or a lone surrogate)"
            ),
        ))
    }

    fn verdict(&self) -> Result<(), Refusal> {
        if !self.blocked.is_empty() {
            return Err(blocked(&self.blocked, "the request"));
        }
        let Some(at) = &self.stuck else {
            return Ok(());
        };
        Err(Refusal::new(
            Code::StructureRefused,
            format!("sensitive data stands at {at}, where it cannot be replaced"),
        ))
    }
}

/// The refusal that names types and nothing else.
pub(super) fn blocked(entities: &BTreeSet<Entity>, what: &str) -> Refusal {
    let names: Vec<&str> = entities.iter().map(|one| one.name()).collect();
    Refusal::new(
        Code::ContentBlocked,
        format!("{what} has what is not allowed here: {}", names.join(", ")),
    )
}

/// Bytes of the longest value that is looked at together with its member's
/// name. What a name says something about is short.
const NAMED: usize = 4 * 1024;
