//! A configuration as a tree that knows where each of its nodes stands.
//!
//! INVARIANT: what `structure` checks, what `read` gives to serde and what
//! `locate` points at is this one tree, so no two readers can disagree on
//! what the file says.

use std::fmt;

use serde_json::Number;

use super::fault::Place;

/// A value and where a reader looks for it: itself if it is a scalar, its key
/// if it has children or is empty.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
    /// Set by `structure`: something in here cannot be read, so nothing that
    /// contains it is.
    pub(super) broken: bool,
}

/// The types of the YAML 1.2 JSON schema (§10.2) and nothing cleverer: `yes`,
/// `0x1F` and `1_000` are text, since readers differ on them.
#[derive(Clone, PartialEq)]
pub(super) enum Value {
    Nothing,
    Truth(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// An alias, already reported.
    Refused,
}

/// A key and its value.
#[derive(Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) value: Node,
}

impl Node {
    pub(super) const fn new(place: Place, value: Value) -> Self {
        Self {
            place,
            value,
            broken: false,
        }
    }

    /// The entry of that name, where this is a map that has one.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries; none where this is not a map.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Nothing
            | Value::Truth(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::List(_)
            | Value::Refused => &[],
        }
    }

    /// The items; none where this is not a list.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Nothing
            | Value::Truth(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Map(_)
            | Value::Refused => &[],
        }
    }

    /// Where `grants[0].models[1]` stands, or the nearest thing around it; and
    /// what stands there, unless it is the thing around or no scalar.
    pub(super) fn locate(&self, path: &str) -> (Place, Option<String>) {
        let mut node = self;
        let mut rest = path;
        while let Some((child, after)) = node.step(rest) {
            node = child;
            rest = after;
        }
        let written = node.value.written().filter(|_| rest.is_empty());
        (node.place, written)
    }

    /// The child a path goes to first, and what is left of the path. A key
    /// may contain dots, so the longest key that fits is taken.
    fn step<'p>(&self, path: &'p str) -> Option<(&Self, &'p str)> {
        if let Some(index) = path.strip_prefix('[') {
            let (index, rest) = index.split_once(']')?;
            let item = self.items().get(index.parse::<usize>().ok()?)?;
            return Some((item, rest));
        }
        let path = path.strip_prefix('.').unwrap_or(path);
        self.entries()
            .iter()
            .filter_map(|entry| Some((entry, path.strip_prefix(entry.key.as_str())?)))
            .filter(|(_, rest)| rest.is_empty() || rest.starts_with(['.', '[']))
            .max_by_key(|(entry, _)| entry.key.len())
            .map(|(entry, rest)| (&entry.value, rest))
    }
}

impl Value {
    /// A scalar as it would be written, for a fault to show.
    pub(super) fn written(&self) -> Option<String> {
        match self {
            Self::Truth(value) => Some(value.to_string()),
            Self::Number(value) => Some(value.to_string()),
            Self::Text(value) => Some(value.clone()),
            Self::Nothing | Self::List(_) | Self::Map(_) | Self::Refused => None,
        }
    }

    /// What it is, in the words of a fault.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "is empty",
            Self::Truth(_) => "is a truth value",
            Self::Number(_) => "is a number",
            Self::Text(_) => "is text",
            Self::List(_) => "is a list",
            Self::Map(_) => "has keys of its own",
            Self::Refused => "is refused",
        }
    }
}

impl PartialEq for Node {
    /// Equal content, wherever it stands.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl fmt::Debug for Node {
    /// The place alone: somebody may have written a key into the file.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Node({}:{})", self.place.line, self.place.column)
    }
}

/// Adds a key to a path.
pub(super) fn below(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
