//! YAML text to a tree with places, refusing what two readers could read two ways.
//!
//! Anchors, aliases, tags, directives, duplicate keys, further documents and
//! tabs in indentation are refused: a configuration that decides who may do
//! what is read by people first. The scanner is the one `serde-saphyr` is
//! built on. Recursion is bounded by [`DEEPEST`].

use std::collections::HashMap;

use serde_json::Number;
use serde_saphyr::granit_parser::{
    ErrorKind, Event, Marker, Options, Parser, ScalarStyle, ScanError, Span,
};

use super::{
    document::{Entry, Node, Value, below},
    fault::{Faults, Place},
};
use crate::primitives::SettingFault;

/// Reads the text. `None` where there is no tree to look at; the reason is in `faults`.
pub(super) fn parse(text: &str, faults: &mut Faults) -> Option<Node> {
    if indented_with_tabs(text, faults) {
        return None;
    }
    let mut options = Options::default();
    options.disallow_directives = true;
    options.emit_unresolved_aliases = true;
    options.flow_nesting_limit = DEEPEST;
    options.block_nesting_limit = DEEPEST;
    let events = Parser::new_from_str_with_options(text, options);
    Reader { events, faults }.document()
}

/// Reports every line that a tab indents, which the scanner would stop at one by one.
fn indented_with_tabs(text: &str, faults: &mut Faults) -> bool {
    let mut found = false;
    for (index, line) in text.lines().enumerate() {
        let indentation = line.split(|one| one != ' ' && one != '\t').next();
        let Some(before) = indentation.and_then(|blank| blank.find('\t')) else {
            continue;
        };
        found = true;
        let place = Place {
            line: index.saturating_add(1),
            column: before.saturating_add(1),
        };
        let fault = SettingFault::new("", "a tab indents this line", "write spaces");
        faults.add(place, fault);
    }
    found
}

/// Turns events into nodes.
struct Reader<'f, I> {
    events: I,
    faults: &'f mut Faults,
}

impl<'t, I> Reader<'_, I>
where
    I: Iterator<Item = Result<(Event<'t>, Span), ScanError>>,
{
    fn document(&mut self) -> Option<Node> {
        self.next()?; // the stream starts
        let (Event::DocumentStart(..), _) = self.next()? else {
            return self.empty();
        };
        let (event, place) = self.next()?;
        let root = self.node(event, place, "")?;
        self.next()?; // the document ends
        if let (Event::DocumentStart(..), place) = self.next()? {
            let fault = SettingFault::new(
                "",
                "a second document begins here",
                "keep one document in a file and remove this `---`",
            );
            self.faults.add(place, fault);
        }
        if root.value == Value::Nothing {
            return self.empty();
        }
        Some(root)
    }

    fn empty(&mut self) -> Option<Node> {
        let fault = SettingFault::new(
            "",
            "the file is empty",
            "start from `config/portcullis.yaml`",
        );
        self.faults.add(Place::START, fault);
        None
    }

    fn next(&mut self) -> Option<(Event<'t>, Place)> {
        match self.events.next()? {
            Ok((event, span)) => Some((event, place_of(span.start))),
            Err(error) => {
                self.faults
                    .add(place_of(*error.marker()), syntax(error.kind()));
                None
            }
        }
    }

    fn node(&mut self, event: Event<'t>, place: Place, path: &str) -> Option<Node> {
        self.refuse_properties(&event, place, path);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the scanner's enum may grow; the grammar puts no other event where a node stands"
        )]
        match event {
            Event::Scalar(text, style, ..) => Some(self.scalar(&text, style, place, path)),
            Event::SequenceStart(..) => self.list(place, path),
            Event::MappingStart(..) => self.map(place, path),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse(place, path, "is a YAML alias", "write the value out");
                Some(Node::new(place, Value::Refused))
            }
            _ => None,
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, place: Place, path: &str) -> Node {
        if text.contains(|one: char| one.is_control() && one != '\n') {
            self.refuse(
                place,
                path,
                "contains a tab or another control character",
                "remove it",
            );
        }
        let value = match style {
            ScalarStyle::Plain => plain(text),
            ScalarStyle::SingleQuoted
            | ScalarStyle::DoubleQuoted
            | ScalarStyle::Literal
            | ScalarStyle::Folded => Value::Text(text.to_owned()),
        };
        Node::new(place, value)
    }

    fn list(&mut self, place: Place, path: &str) -> Option<Node> {
        let mut items = Vec::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::SequenceEnd {
                return Some(Node::new(place, Value::List(items)));
            }
            let path = format!("{path}[{}]", items.len());
            items.push(self.node(event, at, &path)?);
        }
    }

    fn map(&mut self, place: Place, path: &str) -> Option<Node> {
        let mut entries = Vec::new();
        let mut seen = HashMap::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                return Some(Node::new(place, Value::Map(entries)));
            }
            let Some(entry) = self.pair(event, at, path)? else {
                continue;
            };
            match seen.get(&entry.key) {
                None => {
                    seen.insert(entry.key.clone(), at.line);
                    entries.push(entry);
                }
                Some(first) => self.refuse_twin(&entry, *first, path),
            }
        }
    }

    /// A key and its value; `Some(None)` where the key cannot be one.
    fn pair(&mut self, key: Event<'t>, place: Place, path: &str) -> Option<Option<Entry>> {
        self.refuse_properties(&key, place, path);
        let name = key.scalar().map(|(text, _)| text.to_owned());
        let path = below(path, name.as_deref().unwrap_or("?"));
        let Some(name) = name else {
            self.refuse(place, &path, "is a key that is not text", "write a name");
            self.node(key, place, &path)?;
            let (event, at) = self.next()?;
            self.node(event, at, &path)?;
            return Some(None);
        };
        let (event, at) = self.next()?;
        let mut value = self.node(event, at, &path)?;
        if value.value.written().is_none() {
            value.place = place;
        }
        Some(Some(Entry {
            key: name,
            place,
            value,
        }))
    }

    fn refuse_properties(&mut self, event: &Event<'t>, place: Place, path: &str) {
        if event.anchor_id().is_some() {
            self.refuse(
                place,
                path,
                "carries a YAML anchor",
                "remove the `&name` before it",
            );
        }
        if event.tag().is_some() {
            self.refuse(
                place,
                path,
                "carries a YAML tag",
                "remove the `!tag` before it",
            );
        }
    }

    fn refuse_twin(&mut self, twin: &Entry, first: usize, path: &str) {
        let fault = SettingFault::new(
            below(path, &twin.key),
            format!("stands here twice, first on line {first}"),
            "keep one of them",
        );
        self.faults.add(twin.place, fault.with_value(&twin.key));
    }

    fn refuse(&mut self, place: Place, path: &str, problem: &str, instead: &str) {
        self.faults
            .add(place, SettingFault::new(path, problem, instead));
    }
}

/// A scalar without quotes (YAML 1.2.2 §10.2.2, numbers as JSON writes them).
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" => Value::Nothing,
        "true" => Value::Truth(true),
        "false" => Value::Truth(false),
        text => match serde_json::from_str::<Number>(text) {
            Ok(number) => Value::Number(number),
            Err(_not_json) => Value::Text(text.to_owned()),
        },
    }
}

/// What the scanner stopped at. Its sentences hold no content of the file.
fn syntax(kind: &ErrorKind) -> SettingFault {
    let instead = if matches!(kind, ErrorKind::UnclosedQuotedScalar) {
        "close the quote"
    } else if matches!(kind, ErrorKind::UnclosedFlowCollection { .. }) {
        "close it with `}` or `]`"
    } else if matches!(kind, ErrorKind::MappingValueNotAllowed) {
        "put a value with `: ` in quotes, or look at the indentation of this line"
    } else if matches!(kind, ErrorKind::DirectiveDisallowed) {
        "remove the line that begins with `%`"
    } else {
        "look at the indentation, quotes and brackets of this line and the one before"
    };
    SettingFault::new("", format!("is not YAML: {kind}"), instead)
}

fn place_of(mark: Marker) -> Place {
    Place {
        line: mark.line(),
        column: mark.col().saturating_add(1),
    }
}

/// Nesting of blocks, and of brackets, that is read. Settings need six.
const DEEPEST: usize = 32;
