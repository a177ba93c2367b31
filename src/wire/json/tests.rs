#![expect(
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test that cuts a character in half should stop"
)]

use super::*;
use proptest::prelude::*;

const BOUNDS: Bounds = Bounds {
    depth: 8,
    nodes: 64,
};

fn read(text: &str) -> Result<Document, Fault> {
    Document::scan(Bytes::copy_from_slice(text.as_bytes()), BOUNDS)
}

fn reason(bytes: &'static [u8]) -> Reason {
    Document::scan(Bytes::from_static(bytes), BOUNDS)
        .unwrap_err()
        .reason
}

#[test]
fn a_node_knows_where_it_stands() {
    let document = read(r#" {"a": [1, {"b\u0062": "x\ny"}], "c": null} "#).unwrap();
    let leaf = document
        .get("a")
        .unwrap()
        .items()
        .nth(1)
        .unwrap()
        .get("bb")
        .unwrap();
    assert_eq!(leaf.text(), "x\ny");
    assert_eq!(leaf.raw(), r"x\ny");
    assert_eq!(leaf.path_by_position(), "/0/1/0");
    assert_eq!(&document.bytes()[leaf.span()], br#""x\ny""#);
    assert_eq!(leaf.name().unwrap().text(), "bb");
    assert_eq!(document.get("c").unwrap().kind(), Kind::Null);
    assert!(document.get("b").is_none());
}

#[test]
fn a_member_named_twice_is_refused_at_any_depth() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"[{"x":{"k":1,"j":2,"k":3}}]"#,
    ] {
        assert_eq!(read(text).unwrap_err().reason, Reason::Duplicate, "{text}");
    }
    let many: Vec<String> = (0..20).map(|n| format!("\"k{}\":0", n % 19)).collect();
    let text = format!("{{{}}}", many.join(","));
    assert_eq!(read(&text).unwrap_err().reason, Reason::Duplicate);
    assert!(read(r#"{"a":{"a":1},"b":[{"a":1},{"a":1}]}"#).is_ok());
}

#[test]
fn bounds_hold() {
    assert_eq!(
        read(&"[".repeat(100_000)).unwrap_err().reason,
        Reason::Depth
    );
    assert_eq!(
        read(&format!("[{}0]", "0,".repeat(64))).unwrap_err().reason,
        Reason::Nodes
    );
    assert!(read("[[[[[[[[]]]]]]]]").is_ok());
}

#[test]
fn other_encodings_are_refused() {
    assert_eq!(reason(b"\xEF\xBB\xBF{}"), Reason::ByteOrderMark);
    assert_eq!(
        reason(b"{\0\"\0"),
        Reason::Grammar("a member's name is missing")
    );
    assert_eq!(reason(b"\xFF\xFE{\0"), Reason::NotUtf8);
    assert_eq!(reason(b"\"\xC0\xAF\""), Reason::NotUtf8);
    assert_eq!(reason(b"{} {}"), Reason::Trailing);
}

#[test]
fn an_escape_leads_back_to_its_bytes() {
    let raw = r"a\u00e9b\ud83d\ude00\n\ud800c";
    let decoded = decode(raw);
    assert_eq!(decoded.text, "aéb😀\n\u{FFFD}c");
    for (at, one) in decoded.text.char_indices() {
        let span = decoded.raw_range(at..at + one.len_utf8());
        assert_eq!(decode(&raw[span]).text, one.to_string());
    }
    assert_eq!(decoded.raw_range(0..decoded.text.len()), 0..raw.len());
}

proptest! {
    /// The end of a string is found wherever it stands, whatever is before it.
    #[test]
    fn a_string_ends_where_it_ends(before in "[ -!#-\\[\\]-~\u{80}-\u{10ffff}]{0,200}", odd in prop::sample::select(vec!['\u{0}', '\u{1f}', '\n'])) {
        let good = format!("[\"{before}\",0]");
        let node = read(&good).unwrap().root().unwrap().items().next().map(|one| one.text().into_owned());
        prop_assert_eq!(node.as_deref(), Some(before.as_str()));
        let bad = read(&format!("[\"{before}{odd}\",0]")).unwrap_err();
        prop_assert_eq!(bad.at, before.len() + 2);
    }

    #[test]
    fn what_serde_json_writes_is_read_alike(value in json()) {
        let text = serde_json::to_string(&value).unwrap();
        let wide = Bounds { depth: 32, nodes: 10_000 };
        let document = Document::scan(Bytes::from(text.clone()), wide).unwrap();
        for node in document.nodes() {
            if node.kind() == Kind::String {
                let whole: String = serde_json::from_str(&text[node.span()]).unwrap();
                prop_assert_eq!(node.text(), whole);
            }
        }
    }

    #[test]
    fn what_is_accepted_serde_json_accepts(text in r#"[\[\]{}",:0-9eE+.\- atruefalsn\\/b]{0,24}"#) {
        if read(&text).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok()
                || text.contains('e') || text.contains('E'), "{}", text);
        }
    }

    #[test]
    fn escaped_text_comes_back(text in any::<String>()) {
        let escaped = escape(&text);
        let quoted = format!("\"{escaped}\"");
        let document = read(&quoted).unwrap();
        prop_assert_eq!(document.root().unwrap().text(), text);
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}
