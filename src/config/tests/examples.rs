//! Every example validates against the published schema, read by a validator
//! that shares nothing with the reader of configurations.

use std::fs;

use serde_json::Value;

use super::examples;
use crate::config::schema;

/// Why a value does not fit a schema; JSON Schema 2020-12, the keywords the
/// schema uses. An unknown keyword is a fault, so that none is passed over.
fn faults(value: &Value, schema: &Value, root: &Value, at: &str) -> Vec<String> {
    let Some(schema) = schema.as_object() else {
        return (*schema != Value::Bool(true))
            .then(|| at.to_owned())
            .into_iter()
            .collect();
    };
    let mut found = Vec::new();
    for (keyword, rule) in schema {
        let fits = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "format" => true,
            "$ref" => {
                let target = root
                    .pointer(rule.as_str().unwrap().trim_start_matches('#'))
                    .unwrap();
                found.extend(faults(value, target, root, at));
                true
            }
            "anyOf" | "oneOf" => {
                let fitting = |one: &&Value| faults(value, one, root, at).is_empty();
                rule.as_array().unwrap().iter().filter(fitting).count() >= 1
            }
            "type" => {
                let kinds = rule
                    .as_array()
                    .map_or(std::slice::from_ref(rule), Vec::as_slice);
                kinds.iter().any(|one| is(value, one.as_str().unwrap()))
            }
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value
                .as_i64()
                .is_none_or(|number| number >= rule.as_i64().unwrap()),
            "maximum" => value
                .as_i64()
                .is_none_or(|number| number <= rule.as_i64().unwrap()),
            "required" => rule.as_array().unwrap().iter().all(|name| {
                value
                    .as_object()
                    .is_none_or(|map| map.contains_key(name.as_str().unwrap()))
            }),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(faults(item, rule, root, &format!("{at}[{index}]")));
                }
                true
            }
            "properties" => {
                for (name, item) in value.as_object().into_iter().flatten() {
                    if let Some(rule) = rule.get(name) {
                        found.extend(faults(item, rule, root, &format!("{at}.{name}")));
                    }
                }
                true
            }
            "additionalProperties" => {
                for (name, item) in value.as_object().into_iter().flatten() {
                    let named = schema.get("properties").and_then(|known| known.get(name));
                    if named.is_none() {
                        found.extend(faults(item, rule, root, &format!("{at}.{name}")));
                    }
                }
                true
            }
            unknown => panic!("{at}: the schema uses `{unknown}`"),
        };
        if !fits {
            found.push(format!("{at}: {keyword}"));
        }
    }
    found
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("type {other}"),
    }
}

/// The file as JSON, by another reader than the configuration's.
fn json(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[test]
fn every_example_validates_against_the_schema() {
    let schema = schema();
    let mut seen = 0;
    for example in fs::read_dir(examples()).unwrap() {
        let path = example.unwrap().path();
        if path.extension().is_none_or(|one| one != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let found = faults(&json(&text), &schema, &schema, "");
        assert_eq!(found, Vec::<String>::new(), "{}", path.display());
        let hint = "# yaml-language-server: $schema=portcullis.schema.json\n";
        assert!(text.starts_with(hint), "{}", path.display());
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn the_schema_refuses_what_check_refuses() {
    let schema = schema();
    let text = fs::read_to_string(examples().join("sidecar.yaml")).unwrap();
    for (from, to) in [
        ("kind: openai", "knd: openai"),
        ("models: [openai/gpt-4o-mini]", "models: openai/gpt-4o-mini"),
        ("default: true", "default: maybe"),
        ("otlp: none", "otlp: all"),
        ("identity:", "identities:"),
    ] {
        assert!(text.contains(from), "{from}");
        let bent = json(&text.replacen(from, to, 1));
        assert!(!faults(&bent, &schema, &schema, "").is_empty(), "{to}");
    }
}

#[test]
fn every_setting_is_described() {
    fn undescribed(schema: &Value, at: &str, into: &mut Vec<String>) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if property["description"].as_str().is_none_or(str::is_empty) {
                into.push(format!("{at}.{name}"));
            }
        }
    }
    let (schema, mut found) = (schema(), Vec::new());
    undescribed(&schema, "", &mut found);
    for (name, part) in schema["$defs"].as_object().unwrap() {
        undescribed(part, name, &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
}
