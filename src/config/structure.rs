//! Whether a tree has the shape of the settings: keys, types, words.
//!
//! Every fault is reported, and only once. A misspelt key is taken for the
//! key it was meant to be, a lone word for the list of that one word, and an
//! unknown key is taken away, so that whatever else is wrong in the same
//! section comes out in the same run; what cannot be read is marked broken. A file with a fault never becomes a plan, so
//! nothing runs on such a guess.

use super::{
    document::{Entry, Node, Value, below},
    fault::{Faults, Place},
    schema::{Key, Kind, Shape},
    suggest,
};
use crate::primitives::SettingFault;

/// Checks the whole file.
pub(super) fn check(root: &mut Node, shape: &Shape, faults: &mut Faults) {
    Check { faults }.node(root, shape, &At::default());
}

/// Where the check stands.
#[derive(Clone, Default)]
struct At {
    path: String,
    /// Whether the line may as well be removed.
    optional: bool,
    /// Whether a value here could be a credential written in the wrong place.
    hidden: bool,
}

impl At {
    fn key(&self, name: &str, optional: bool) -> Self {
        Self {
            path: below(&self.path, name),
            optional,
            hidden: self.hidden || name == CREDENTIAL,
        }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            path: format!("{}[{index}]", self.path),
            optional: true,
            hidden: self.hidden,
        }
    }
}

struct Check<'f> {
    faults: &'f mut Faults,
}

impl Check<'_> {
    /// Checks one value; returns whether it can be read.
    fn node(&mut self, node: &mut Node, shape: &Shape, at: &At) -> bool {
        let place = node.place;
        let readable = match (&shape.kind, &mut node.value) {
            (_, Value::Refused) => false,
            (Kind::Anything, _)
            | (Kind::Text, Value::Text(_))
            | (Kind::Truth, Value::Truth(_))
            | (Kind::Number, Value::Number(_)) => true,
            (_, Value::Nothing) if shape.or_nothing => true,
            (Kind::Words(words), Value::Text(text)) if words.contains(text) => true,
            (Kind::Whole { natural: true }, Value::Number(number)) if number.is_u64() => true,
            (Kind::Whole { natural: false }, Value::Number(number)) if !number.is_f64() => true,
            (Kind::List(inner), Value::List(items)) => self.list(items, inner, at),
            (Kind::Keys(keys), Value::Map(entries)) => self.section(entries, keys, place, at),
            (Kind::Names(inner), Value::Map(entries)) => self.names(entries, inner, at),
            (Kind::Either(shapes), _) => self.either(node, shapes, at),
            (kind, value) => {
                self.faults.add(place, mismatch(kind, value, at));
                match taken_for(kind, value, place).filter(|_| !at.hidden) {
                    None => false,
                    Some(meant) => {
                        node.value = meant;
                        self.node(node, shape, at)
                    }
                }
            }
        };
        node.broken |= !readable;
        readable
    }

    fn list(&mut self, items: &mut [Node], inner: &Shape, at: &At) -> bool {
        let mut readable = true;
        for (index, item) in items.iter_mut().enumerate() {
            readable &= self.node(item, inner, &at.item(index));
        }
        readable
    }

    fn names(&mut self, entries: &mut [Entry], inner: &Shape, at: &At) -> bool {
        let mut readable = true;
        for entry in entries {
            let at = at.key(&entry.key, true);
            readable &= self.node(&mut entry.value, inner, &at);
        }
        readable
    }

    fn section(&mut self, entries: &mut Vec<Entry>, keys: &[Key], place: Place, at: &At) -> bool {
        self.unknown_keys(entries, keys, at);
        let mut readable = true;
        for key in keys {
            let at = at.key(&key.name, !key.required);
            match entries.iter_mut().find(|entry| entry.key == key.name) {
                Some(entry) => readable &= self.node(&mut entry.value, &key.shape, &at),
                None if key.required => {
                    self.missing(key, place, &at);
                    readable = false;
                }
                None => {}
            }
        }
        readable
    }

    /// Reports keys nobody knows, renames those that are a slip of a known
    /// one, and takes the others away.
    fn unknown_keys(&mut self, entries: &mut Vec<Entry>, keys: &[Key], at: &At) {
        let mut free: Vec<&str> = keys
            .iter()
            .map(|key| key.name.as_str())
            .filter(|name| !entries.iter().any(|entry| entry.key == *name))
            .collect();
        entries.retain_mut(|entry| {
            if keys.iter().any(|key| key.name == entry.key) {
                return true;
            }
            let meant = suggest::closest(&entry.key, free.iter().copied());
            let instead = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!(
                    "the keys here are {}",
                    suggest::all(keys.iter().map(|key| key.name.as_str()))
                ),
            };
            let path = below(&at.path, &entry.key);
            let fault = SettingFault::new(path, "is not a key here", instead);
            self.faults.add(entry.place, fault.with_value(&entry.key));
            let Some(meant) = meant else { return false };
            free.retain(|one| *one != meant);
            meant.clone_into(&mut entry.key);
            true
        });
    }

    fn missing(&mut self, key: &Key, place: Place, at: &At) {
        let instead = format!("add `{}:`, {}", key.name, key.about);
        self.faults
            .add(place, SettingFault::new(&at.path, "is missing", instead));
    }

    /// A value that may be written in several ways: the first that fits, or
    /// the faults of the one that was clearly meant.
    fn either(&mut self, node: &mut Node, shapes: &[Shape], at: &At) -> bool {
        let mut nearest: Option<(Faults, Node)> = None;
        for shape in shapes {
            let mut tried = node.clone();
            let mut faults = Faults::new("");
            Check {
                faults: &mut faults,
            }
            .node(&mut tried, shape, at);
            if faults.is_empty() {
                return true;
            }
            let nearer = nearest
                .as_ref()
                .is_none_or(|(fewest, _)| faults.len() < fewest.len());
            if meant(&shape.kind, &node.value) && nearer {
                nearest = Some((faults, tried));
            }
        }
        if let Some((faults, tried)) = nearest {
            self.faults.absorb(faults);
            *node = tried;
            return !node.broken;
        }
        let kind = Kind::Either(shapes.to_vec());
        let fault = mismatch(&kind, &node.value, at);
        self.faults.add(node.place, fault);
        false
    }
}

/// What a value of the wrong type was clearly meant to be: what the fault
/// tells to write. It fits the shape's own type, so this is asked once.
fn taken_for(kind: &Kind, value: &Value, place: Place) -> Option<Value> {
    let written = value.written()?;
    match kind {
        Kind::Text => Some(Value::Text(written)),
        Kind::Truth => match written.to_ascii_lowercase().as_str() {
            "yes" | "on" | "true" => Some(Value::Truth(true)),
            "no" | "off" | "false" => Some(Value::Truth(false)),
            _ => None,
        },
        Kind::List(_) => Some(Value::List(vec![Node::new(place, value.clone())])),
        Kind::Words(_)
        | Kind::Whole { .. }
        | Kind::Number
        | Kind::Keys(_)
        | Kind::Names(_)
        | Kind::Either(_)
        | Kind::Anything => None,
    }
}

/// Whether somebody who wrote this value had this way of writing in mind.
fn meant(kind: &Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::Keys(keys), Value::Map(entries)) => entries.iter().any(|entry| {
            let names = keys.iter().map(|key| key.name.as_str());
            suggest::closest(&entry.key, names).is_some()
        }),
        (Kind::List(_), Value::List(_)) => true,
        _ => false,
    }
}

/// The value is not what may stand there.
fn mismatch(kind: &Kind, value: &Value, at: &At) -> SettingFault {
    let problem = match (kind, value) {
        (_, Value::Nothing) => "is empty".to_owned(),
        (Kind::Words(_), Value::Text(_)) => "is not a word known here".to_owned(),
        (Kind::Whole { .. }, Value::Number(_)) => {
            "is not a whole number in the range allowed here".to_owned()
        }
        (Kind::Either(_), _) => "is none of the ways to write this".to_owned(),
        (kind, value) => format!("{}, not {}", value.name(), kind.noun()),
    };
    let fault = SettingFault::new(&at.path, problem, instead(kind, value, at));
    match value.written() {
        Some(written) if !at.hidden => fault.with_value(written),
        Some(_) | None => fault,
    }
}

fn instead(kind: &Kind, value: &Value, at: &At) -> String {
    let written = value.written().filter(|_| !at.hidden);
    let written = written.and_then(|text| super::fault::shown(&text));
    match (kind, written) {
        (Kind::Text, Some(text)) => format!("write `\"{text}\"`, in quotes"),
        (Kind::List(_), Some(text)) => format!("write `[{text}]`"),
        (kind, _) if at.optional && *value == Value::Nothing => {
            format!("write {}, or remove the line", kind.phrase())
        }
        (kind, _) => format!("write {}", kind.phrase()),
    }
}

/// Below this key a wrong value may well be the credential itself.
pub(super) const CREDENTIAL: &str = "credential";
