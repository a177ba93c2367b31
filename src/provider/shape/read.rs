//! One pass over a body with its table in hand.

use super::{
    Kinds, Rule, Shape,
    leaf::{by_kind, holds, is_of, is_signed, keyword, number, typed},
    tree::{Place, Tree},
    words::{self, Address},
};
use crate::{
    primitives::{Capabilities, Capability, Code, Refusal},
    redact::Treatment,
    wire::json::{Document, Kind, Node},
};

/// Which way a body goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// A caller wrote it: what is wrong with it refuses.
    Request,
    /// A provider wrote it: nothing is refused here, and what does not look
    /// like an id is text.
    Answer,
}

/// What a pass over a body found.
#[derive(Clone)]
pub(crate) struct Reading {
    treatments: Vec<Treatment>,
    /// Strings of fields no row names.
    unknown: Vec<usize>,
    /// What the request needs.
    pub(crate) capabilities: Capabilities,
    /// Pictures, documents and sounds in it.
    pub(crate) media: u64,
}

impl Reading {
    /// What may be done with a node of the same document. A node of another
    /// document is text.
    pub(crate) fn treatment(&self, node: Node<'_>) -> Treatment {
        self.treatments
            .get(node.index())
            .copied()
            .unwrap_or(Treatment::Text)
    }

    /// Whether a string stands in a field no row names.
    pub(crate) fn is_unknown(&self, node: Node<'_>) -> bool {
        self.unknown.binary_search(&node.index()).is_ok()
    }
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "Reading({} nodes, {:?})",
            self.treatments.len(),
            self.capabilities
        )
    }
}

impl Shape {
    /// Reads a body.
    ///
    /// # Errors
    /// In requests only: [`Code::AmbiguousKey`], [`Code::FieldRefused`],
    /// [`Code::InvalidField`] and the codes of [`Kinds`].
    pub(in crate::provider) fn read(
        &self,
        document: &Document,
        direction: Direction,
    ) -> Result<Reading, Refusal> {
        let mut pass = Pass {
            tree: self.tree(),
            direction,
            spots: Vec::new(),
            capabilities: Capabilities::NONE,
            media: 0,
        };
        let mut treatments = Vec::new();
        let mut unknown = Vec::new();
        for node in document.nodes() {
            let spot = pass.spot(node);
            pass.spots.push(spot);
            if spot == Spot::Unknown && node.kind() == Kind::String {
                unknown.push(node.index());
            }
            treatments.push(pass.node(node, spot)?);
        }
        Ok(Reading {
            treatments,
            unknown,
            capabilities: pass.capabilities,
            media: pass.media,
        })
    }
}

/// Where a node stands, as far as the table knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// At a place of the table.
    Known(usize),
    /// In a field no row names.
    Unknown,
    /// In a [`Rule::Free`].
    Free,
    /// In a [`Rule::Schema`].
    Schema,
    /// In a part of a schema that is prose or sample data.
    Prose,
    /// In a [`Rule::Numbers`].
    Numbers,
}

struct Pass<'a> {
    tree: &'a Tree,
    direction: Direction,
    /// Of every node read so far.
    spots: Vec<Spot>,
    capabilities: Capabilities,
    media: u64,
}

impl Pass<'_> {
    fn place(&self, spot: Spot) -> Option<&Place> {
        match spot {
            Spot::Known(at) => self.tree.place(at),
            Spot::Unknown | Spot::Free | Spot::Schema | Spot::Prose | Spot::Numbers => None,
        }
    }

    /// A name stands where its object stands; a value one step below.
    fn spot(&self, node: Node<'_>) -> Spot {
        let Some(parent) = node.parent() else {
            return Spot::Known(0);
        };
        let above = self.spots.get(parent.index()).copied();
        let above = above.unwrap_or(Spot::Unknown);
        if node.kind() == Kind::Name {
            return self.inside(above, parent);
        }
        match self.inside(above, parent) {
            Spot::Known(at) => self.below(at, node),
            Spot::Schema => schema(node),
            other @ (Spot::Unknown | Spot::Free | Spot::Prose | Spot::Numbers) => other,
        }
    }

    /// The subtree an object or array begins, if its row says so.
    fn inside(&self, spot: Spot, object: Node<'_>) -> Spot {
        let Some(place) = self.place(spot) else {
            return spot;
        };
        match rule(place, object.parent()) {
            Rule::Free => Spot::Free,
            Rule::Schema => Spot::Schema,
            Rule::Numbers => Spot::Numbers,
            Rule::Group
            | Rule::Text
            | Rule::TextOrToken
            | Rule::JsonText
            | Rule::Fixed
            | Rule::Word
            | Rule::Blob
            | Rule::Signed
            | Rule::Number
            | Rule::Count
            | Rule::Flag
            | Rule::Url
            | Rule::Kinds(_)
            | Rule::Refused => spot,
        }
    }

    fn below(&self, at: usize, node: Node<'_>) -> Spot {
        let Some(place) = self.tree.place(at) else {
            return Spot::Unknown;
        };
        let next = match node.name() {
            Some(name) => place.member(&name.text()),
            None => place.element(),
        };
        next.map_or(Spot::Unknown, Spot::Known)
    }

    fn node(&mut self, node: Node<'_>, spot: Spot) -> Result<Treatment, Refusal> {
        if node.kind() == Kind::Name {
            return self.name(node, spot);
        }
        match spot {
            Spot::Known(_) => self.known(node, spot),
            Spot::Unknown => Ok(self.unknown(node)),
            Spot::Free => Ok(by_kind(node, Treatment::FreeNumber)),
            Spot::Schema => Ok(keyword(node)),
            Spot::Prose => Ok(by_kind(node, Treatment::Fixed)),
            Spot::Numbers => Ok(by_kind(node, Treatment::Opaque)),
        }
    }

    fn name(&self, node: Node<'_>, spot: Spot) -> Result<Treatment, Refusal> {
        let text = node.text();
        if let Some(place) = self.place(spot) {
            if let Some(at) = place.member(&text) {
                let refused = self.place(Spot::Known(at)).map(|one| one.rule);
                return match (self.direction, refused) {
                    (Direction::Request, Some(Rule::Refused)) => Err(chosen(node)),
                    _ => Ok(Treatment::Opaque),
                };
            }
            if self.direction == Direction::Request {
                let folded = words::fold(&text);
                if place.known().any(|known| known == folded) {
                    return Err(twin(node));
                }
            }
        }
        let within = match spot {
            Spot::Known(_) => false,
            Spot::Unknown => true,
            Spot::Free | Spot::Schema | Spot::Prose | Spot::Numbers => return Ok(Treatment::Fixed),
        };
        if self.direction == Direction::Request && words::chooses(&text, within) {
            return Err(chosen(node));
        }
        Ok(Treatment::Fixed)
    }

    fn unknown(&mut self, node: Node<'_>) -> Treatment {
        if node.kind() == Kind::String && self.direction == Direction::Request {
            match words::address(&node.text()) {
                Address::None | Address::InlineText => {}
                Address::Inline => self.capabilities.insert(Capability::OpaqueMedia),
                Address::Remote => self.capabilities.insert(Capability::RemoteUrls),
            }
        }
        by_kind(node, Treatment::Fixed)
    }

    fn known(&mut self, node: Node<'_>, spot: Spot) -> Result<Treatment, Refusal> {
        let Some(place) = self.place(spot) else {
            return Ok(self.unknown(node));
        };
        let (rule, name) = (rule(place, node.parent()), place.name);
        let gates = place.gates.iter().filter(|(when, _)| holds(*when, node));
        let gates: Vec<Capability> = gates.map(|(_, one)| *one).collect();
        if self.direction == Direction::Request {
            typed(rule, node, name)?;
            gates
                .into_iter()
                .for_each(|one| self.capabilities.insert(one));
            if let (Rule::Kinds(kinds), Kind::Object) = (rule, node.kind()) {
                self.kind(kinds, node)?;
            }
        }
        Ok(match node.kind() {
            Kind::String => self.string(rule, node),
            Kind::Number => number(rule),
            Kind::Object | Kind::Array | Kind::Name | Kind::True | Kind::False | Kind::Null => {
                Treatment::Opaque
            }
        })
    }

    fn string(&mut self, rule: Rule, node: Node<'_>) -> Treatment {
        let unlike = match self.direction {
            Direction::Request => Treatment::Fixed,
            Direction::Answer => Treatment::Text,
        };
        let only = |fits: bool| if fits { Treatment::Opaque } else { unlike };
        match rule {
            Rule::Group
            | Rule::Text
            | Rule::TextOrToken
            | Rule::Kinds(_)
            | Rule::Free
            | Rule::Schema
            | Rule::Numbers => Treatment::Text,
            Rule::JsonText => Treatment::JsonText,
            Rule::Fixed => Treatment::Fixed,
            // Signatures of streams come in events of their own.
            Rule::Signed if self.direction == Direction::Answer || is_signed(node) => {
                Treatment::Signed
            }
            Rule::Signed => Treatment::Text,
            Rule::Blob => match words::address(&node.text()) {
                Address::Inline => Treatment::Opaque,
                Address::Remote => {
                    self.capabilities.insert(Capability::RemoteUrls);
                    unlike
                }
                Address::None | Address::InlineText => only(words::is_base64(node.raw())),
            },
            Rule::Word | Rule::Number | Rule::Count | Rule::Flag | Rule::Refused => {
                only(words::is_word(node.raw()))
            }
            Rule::Url => match words::address(&node.text()) {
                Address::Inline => Treatment::Opaque,
                Address::InlineText => Treatment::Text,
                Address::None | Address::Remote => {
                    self.capabilities.insert(Capability::RemoteUrls);
                    unlike
                }
            },
        }
    }

    /// What an object of a known type needs.
    fn kind(&mut self, kinds: &Kinds, node: Node<'_>) -> Result<(), Refusal> {
        let unknown = || {
            let known: Vec<_> = kinds.known.iter().map(|(name, _)| *name).collect();
            Refusal::new(
                kinds.unknown,
                format!(
                    "an object at {} has no `type` or one this version does not know; it knows {}",
                    node.path_by_position(),
                    known.join(", ")
                ),
            )
        };
        let needs = match node.get("type").filter(|one| one.kind() != Kind::Null) {
            None => kinds.untyped,
            Some(kind) if kind.kind() == Kind::String => kinds.needs(&kind.text()),
            Some(_) => None,
        };
        let needs = needs.ok_or_else(unknown)?;
        needs.iter().for_each(|one| self.capabilities.insert(*one));
        if needs.iter().any(|one| MEDIA.contains(one)) {
            self.media = self.media.saturating_add(1);
        }
        Ok(())
    }
}

/// Content whose tokens do not follow from its bytes.
const MEDIA: [Capability; 3] = [Capability::Images, Capability::Files, Capability::Audio];

impl Kinds {
    fn needs(&self, kind: &str) -> Option<&'static [Capability]> {
        let fits = |name: &str| match name.strip_suffix('*') {
            None => name == kind,
            Some(stem) => kind.strip_prefix(stem).is_some_and(|date| {
                date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit())
            }),
        };
        let mut known = self.known.iter();
        known.find(|(name, _)| fits(name)).map(|(_, needs)| *needs)
    }
}

/// The rule of a place in that object.
fn rule(place: &Place, object: Option<Node<'_>>) -> Rule {
    match place.typed {
        Some((kinds, rule)) if is_of(object, kinds) => rule,
        Some(_) | None => place.rule,
    }
}

/// Members of a schema that are prose or sample data (JSON Schema 2020-12,
/// "annotations"). An object behind one of the first is a property that
/// happens to have that name.
fn schema(node: Node<'_>) -> Spot {
    let Some(name) = node.name() else {
        return Spot::Schema;
    };
    match &*name.text() {
        "description" | "title" | "$comment" if node.kind() == Kind::String => Spot::Prose,
        "default" | "example" | "examples" => Spot::Prose,
        _ => Spot::Schema,
    }
}

fn chosen(node: Node<'_>) -> Refusal {
    Refusal::new(
        Code::FieldRefused,
        format!(
            "the member at {} would choose an upstream, a model, a route, a plugin or a guardrail, which the configuration does; leave it out",
            node.path_by_position()
        ),
    )
}

fn twin(node: Node<'_>) -> Refusal {
    Refusal::new(
        Code::AmbiguousKey,
        format!(
            "the member at {} differs from a known one in letter case only",
            node.path_by_position()
        ),
    )
}
