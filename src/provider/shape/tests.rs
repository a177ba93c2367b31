use std::collections::BTreeSet;

use super::{words::Address, *};
use crate::provider::{anthropic, openai};

#[test]
fn an_address_is_seen_through_case_and_space() {
    for text in [
        "https://a.example",
        "HTTPS://a.example",
        " \u{a0}https://a.example\n",
        "ht\ttps://a.example",
        "http:a.example",
        "http:/a.example",
        "https:\\\\a.example",
        "//a.example/x",
        "gopher://a.example",
        "file:///etc/passwd",
        "s3://bucket/key",
        "https://a.example/a b",
    ] {
        assert_eq!(words::address(text), Address::Remote, "{text:?}");
    }
    for text in [
        "",
        "hello",
        "note: see below",
        "a: b",
        "12:30",
        "data: is plural",
        "C++: a language",
        "https: is a scheme",
        "// a comment",
    ] {
        assert_eq!(words::address(text), Address::None, "{text:?}");
    }
    for (text, expected) in [
        ("data:image/png;base64,AAAA", Address::Inline),
        ("DATA:;BASE64,AA-_", Address::Inline),
        ("data:image/png;base64,not base64!", Address::InlineText),
        ("data:,hello", Address::InlineText),
        ("data:text/html,<b>", Address::InlineText),
    ] {
        assert_eq!(words::address(text), expected, "{text}");
    }
}

#[test]
fn names_fold_as_lenient_readers_fold_them() {
    for (name, folded) in [
        ("Model", "model"),
        ("me\u{17f}\u{17f}age", "message"),
        ("\u{212a}", "k"),
    ] {
        assert_eq!(words::fold(name), folded);
    }
}

#[test]
fn a_word_has_no_room_for_text() {
    for text in ["", "call_a-1", "org/model:v1.2", "reasoning.text"] {
        assert!(words::is_word(text), "{text}");
    }
    for text in ["a b", "a@b.example", "a,b", "a\"b", "ä", "a\\u0062"] {
        assert!(!words::is_word(text), "{text}");
    }
    assert!(!words::is_word(&"x".repeat(257)));
}

/// Every path of a table, with its row.
fn paths(rows: &'static [Row], before: &[String], out: &mut Vec<(String, &'static Row)>) {
    for row in rows {
        let mut ends = before.to_vec();
        for step in row.path.split('/').skip(1) {
            let names = step.trim_matches(['{', '}']).split(',');
            let longer = |name: &str| {
                let name = name.to_owned();
                ends.iter().map(move |end| format!("{end}/{name}"))
            };
            ends = names.flat_map(longer).collect();
        }
        paths(row.part, &ends, out);
        if row.part.is_empty() {
            out.extend(ends.into_iter().map(|end| (end, row)));
        }
    }
}

#[test]
fn no_medium_of_a_request_is_without_a_gate_of_its_own() {
    let endpoints = [openai::DIALECT.endpoints, anthropic::DIALECT.endpoints];
    let mut media = 0;
    for endpoint in endpoints.into_iter().flatten() {
        let mut all = Vec::new();
        paths(endpoint.request.rows, &[String::new()], &mut all);
        let gated = all.iter().filter(|(_, row)| row.gate.is_some());
        let gated: BTreeSet<&str> = gated.map(|(path, _)| path.as_str()).collect();
        for (path, row) in &all {
            if !matches!(row.rule, Rule::Blob | Rule::Url) {
                continue;
            }
            let ends = path.match_indices('/').map(|(at, _)| at).skip(1);
            let mut above = ends.chain([path.len()]).filter_map(|at| path.get(..at));
            assert!(
                above.any(|one| gated.contains(one)),
                "{} {path}",
                endpoint.route
            );
            media += 1;
        }
    }
    assert!(media > 20, "{media}");
}
