use super::{words::Address, *};

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
