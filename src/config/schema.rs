//! The JSON Schema of the configuration, and the shapes `structure` reads from it.
//!
//! The schema comes from the settings structs themselves, so there is one
//! statement of what may be written where. Whatever this page does not
//! understand in it becomes [`Kind::Anything`]; a test keeps that set empty.

use schemars::schema_for;
use serde_json::Value as Json;

use super::{settings::Settings, suggest};

/// The JSON Schema (2020-12) of a configuration file, for editors.
#[must_use]
pub fn schema() -> Json {
    schema_for!(Settings).to_value()
}

/// What may stand at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    /// Whether nothing at all may stand there too.
    pub(super) or_nothing: bool,
}

/// The kinds of value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Text,
    Words(Vec<String>),
    Truth,
    /// A whole number; not below zero where `natural`.
    Whole {
        natural: bool,
    },
    Number,
    List(Box<Shape>),
    /// A section with fixed keys.
    Keys(Vec<Key>),
    /// A section with names the user chooses.
    Names(Box<Shape>),
    Either(Vec<Shape>),
    Anything,
}

/// One key of a section.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) name: String,
    /// The first sentence of its documentation, to go on after a comma.
    pub(super) about: String,
    pub(super) required: bool,
    pub(super) shape: Shape,
}

impl Shape {
    /// The shape of a whole file.
    pub(super) fn of_settings() -> Self {
        let schema = schema();
        Self::of(&schema, &schema)
    }

    /// Reads one schema; `root` resolves its references.
    fn of(schema: &Json, root: &Json) -> Self {
        if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
            let target = name.strip_prefix('#').and_then(|path| root.pointer(path));
            return target.map_or_else(Self::anything, |target| Self::of(target, root));
        }
        if let Some(many) = alternatives(schema) {
            return Self::either(many, root);
        }
        let types: Vec<&str> = match schema.get("type") {
            Some(Json::String(one)) => vec![one],
            Some(Json::Array(many)) => many.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        };
        let kind = types
            .iter()
            .find(|one| **one != "null")
            .map_or(Kind::Anything, |one| Kind::of(one, schema, root));
        Self {
            kind,
            or_nothing: types.contains(&"null"),
        }
    }

    fn either(many: &[Json], root: &Json) -> Self {
        let is_null = |one: &Json| one.get("type").and_then(Json::as_str) == Some("null");
        let or_nothing = many.iter().any(is_null);
        let mut shapes: Vec<Self> = many
            .iter()
            .filter(|one| !is_null(one))
            .map(|one| Self::of(one, root))
            .collect();
        let kind = match (shapes.pop(), shapes.is_empty()) {
            (Some(only), true) => only.kind,
            (Some(last), false) => {
                shapes.push(last);
                Kind::Either(shapes)
            }
            (None, _) => Kind::Anything,
        };
        Self { kind, or_nothing }
    }

    const fn anything() -> Self {
        Self {
            kind: Kind::Anything,
            or_nothing: true,
        }
    }
}

impl Kind {
    fn of(name: &str, schema: &Json, root: &Json) -> Self {
        match name {
            "string" => words(schema).map_or(Self::Text, Self::Words),
            "boolean" => Self::Truth,
            "integer" => Self::Whole {
                natural: schema.get("minimum").and_then(Json::as_u64).is_some(),
            },
            "number" => Self::Number,
            "array" => schema.get("items").map_or(Self::Anything, |items| {
                Self::List(Box::new(Shape::of(items, root)))
            }),
            "object" => Self::of_object(schema, root),
            _ => Self::Anything,
        }
    }

    fn of_object(schema: &Json, root: &Json) -> Self {
        match schema.get("additionalProperties") {
            Some(Json::Bool(false)) => Self::Keys(keys(schema, root)),
            Some(Json::Bool(true)) | None => Self::Anything,
            Some(named) => Self::Names(Box::new(Shape::of(named, root))),
        }
    }

    /// What should have stood there, in a word or two.
    pub(super) const fn noun(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Words(_) => "a word",
            Self::Truth => "a truth value",
            Self::Whole { .. } => "a whole number",
            Self::Number => "a number",
            Self::List(_) => "a list",
            Self::Keys(_) => "a section",
            Self::Names(_) => "a section of names",
            Self::Either(_) | Self::Anything => "a setting",
        }
    }

    /// What a fault tells to write: a noun phrase.
    pub(super) fn phrase(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Words(words) => suggest::listed(words.iter().map(String::as_str)),
            Self::Truth => "`true` or `false`".to_owned(),
            Self::Whole { .. } => "a whole number such as `600`".to_owned(),
            Self::Number => "a number such as `50` or `12.5`".to_owned(),
            Self::List(_) => "a list such as `[one, two]`".to_owned(),
            Self::Keys(keys) => section(keys),
            Self::Names(_) => "a name and its settings below it".to_owned(),
            Self::Either(shapes) => {
                let phrases: Vec<String> = shapes.iter().map(|one| one.kind.phrase()).collect();
                suggest::joined(&phrases)
            }
            Self::Anything => "something else".to_owned(),
        }
    }
}

/// `{ env: ... }`, with the keys that must be there, or all where none must.
fn section(keys: &[Key]) -> String {
    let any_required = keys.iter().any(|key| key.required);
    let inside: Vec<String> = keys
        .iter()
        .filter(|key| key.required || !any_required)
        .map(|key| format!("{}: ...", key.name))
        .collect();
    format!("`{{ {} }}`", inside.join(", "))
}

fn alternatives(schema: &Json) -> Option<&[Json]> {
    let many = schema.get("anyOf").or_else(|| schema.get("oneOf"))?;
    many.as_array().map(Vec::as_slice)
}

fn words(schema: &Json) -> Option<Vec<String>> {
    let many = match (schema.get("const"), schema.get("enum")) {
        (Some(one), _) => std::slice::from_ref(one),
        (None, Some(many)) => many.as_array()?.as_slice(),
        (None, None) => return None,
    };
    many.iter()
        .map(|one| one.as_str().map(str::to_owned))
        .collect()
}

fn keys(schema: &Json, root: &Json) -> Vec<Key> {
    let required = |name: &str| {
        schema
            .get("required")
            .and_then(Json::as_array)
            .is_some_and(|names| names.iter().any(|one| one.as_str() == Some(name)))
    };
    let Some(properties) = schema.get("properties").and_then(Json::as_object) else {
        return Vec::new();
    };
    properties
        .iter()
        .map(|(name, property)| Key {
            name: name.clone(),
            about: about(property),
            required: required(name),
            shape: Shape::of(property, root),
        })
        .collect()
}

fn about(property: &Json) -> String {
    let text = property.get("description").and_then(Json::as_str);
    let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
    let text = words.join(" ");
    let sentence = text.split(". ").next().unwrap_or_default();
    let mut chars = sentence.trim_end_matches('.').chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => "a setting".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_understood(shape: &Shape, path: &str) -> Vec<String> {
        match &shape.kind {
            Kind::Anything => vec![path.to_owned()],
            Kind::List(inner) | Kind::Names(inner) => not_understood(inner, &format!("{path}[]")),
            Kind::Either(shapes) => shapes
                .iter()
                .flat_map(|one| not_understood(one, path))
                .collect(),
            Kind::Keys(keys) => keys
                .iter()
                .flat_map(|key| not_understood(&key.shape, &format!("{path}.{}", key.name)))
                .collect(),
            Kind::Text | Kind::Words(_) | Kind::Truth | Kind::Whole { .. } | Kind::Number => {
                Vec::new()
            }
        }
    }

    #[test]
    fn every_setting_has_a_shape_that_is_checked() {
        let shape = Shape::of_settings();
        assert!(matches!(shape.kind, Kind::Keys(_)));
        assert_eq!(not_understood(&shape, ""), Vec::<String>::new());
    }

    #[test]
    fn a_key_knows_what_it_is_for() {
        let Kind::Keys(keys) = Shape::of_settings().kind else {
            panic!("settings are a section");
        };
        let providers = keys.iter().find(|key| key.name == "providers").unwrap();
        assert_eq!(
            providers.about,
            "the upstreams, by the name that stands first in a path"
        );
    }
}
