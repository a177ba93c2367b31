//! Where in an event something stands, and which block that is.

use crate::wire::json::{Kind, Node};

/// Numbers that tell blocks of one answer apart: choice, block, part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place {
    numbers: [u32; DEPTH],
    depth: usize,
}

/// Deeper than any dialect nests.
const DEPTH: usize = 4;

impl Place {
    /// The answer as a whole.
    pub(super) const TOP: Self = Self {
        numbers: [0; DEPTH],
        depth: 0,
    };

    /// One level down.
    fn below(mut self, number: u32) -> Self {
        if let Some(slot) = self.numbers.get_mut(self.depth) {
            *slot = number;
            self.depth = self.depth.saturating_add(1);
        }
        self
    }

    /// This place and all it lies in.
    pub(super) fn around(self) -> impl Iterator<Item = Self> {
        let depths = 0..=self.depth;
        depths.map(move |depth| {
            let numbers = self.numbers.into_iter().take(depth);
            numbers.fold(Self::TOP, Self::below)
        })
    }

    /// Whether `other` is this place or lies in it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let numbers = |one: &Self| one.numbers.into_iter().take(self.depth);
        other.depth >= self.depth && numbers(self).eq(numbers(other))
    }
}

/// The place that members of the event name. A member that is missing counts
/// as 0.
pub(super) fn place(event: Node<'_>, keys: &[&str]) -> Place {
    keys.iter().fold(Place::TOP, |place, key| {
        place.below(event.get(key).and_then(number).unwrap_or(0))
    })
}

/// All values at `path`, each with its place below `place`. An element of an
/// array is told by its member `index`, because a delta's array begins anew in
/// every event; one without is told by its position.
pub(super) fn find<'a>(from: Node<'a>, path: &str, place: Place) -> Vec<(Node<'a>, Place)> {
    let mut found = vec![(from, place)];
    for step in path.split('/').skip(1) {
        found = found
            .into_iter()
            .flat_map(|(node, place)| below(node, step, place))
            .collect();
    }
    found
}

fn below<'a>(node: Node<'a>, step: &str, place: Place) -> Vec<(Node<'a>, Place)> {
    if step != "*" {
        return node.get(step).map(|one| (one, place)).into_iter().collect();
    }
    if node.kind() != Kind::Array {
        return Vec::new();
    }
    let position = |one: Node<'_>| u32::try_from(one.position()).unwrap_or(u32::MAX);
    let index = |one: Node<'_>| one.get("index").and_then(number).unwrap_or(position(one));
    node.items()
        .map(|one| (one, place.below(index(one))))
        .collect()
}

fn number(node: Node<'_>) -> Option<u32> {
    node.raw()
        .parse()
        .ok()
        .filter(|_| node.kind() == Kind::Number)
}

/// Whether a value says nothing. Some servers write `""` for "not yet".
pub(super) fn is_empty(node: Node<'_>) -> bool {
    match node.kind() {
        Kind::Null => true,
        Kind::Object | Kind::Array => node.items().next().is_none(),
        Kind::String => node.raw().is_empty(),
        Kind::Name | Kind::Number | Kind::True | Kind::False => false,
    }
}
