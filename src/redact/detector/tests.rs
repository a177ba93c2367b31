//! Promises of all detectors together: streams and joined findings.
#![expect(clippy::string_slice, reason = "a test knows its text")]

use super::*;
use proptest::prelude::*;

/// Pieces that meet in every way: values, their beginnings, what is between.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "ana.luz@contoso.com",
        "password: ",
        "tide-pool9",
        "API_KEY=",
        "\"token\": \"",
        "q7w2n9x4k1Zr8wQx2L",
        "--password ",
        "Authorization: Bearer ",
        "passport number ",
        "XK4471230",
        "12345678Z",
        "born on ",
        "9/20/1968",
        "Jessica Thornwood",
        "Mr. ",
        "Rossi",
        "12 Harbour Street",
        "Apt. 5",
        "Via Garofalo 75",
        "%40",
        "&#64;",
        "=40",
        "YW5hLmx1ekBjb250b3NvLmNvbQ==",
        "**",
        "<b>",
        "</b>",
        "\" + \"",
        "j o h n @ c o n t o s o . c o m",
        "\u{202e}",
        "moc.osotnoc@zul",
        "\u{202c}",
        "$2b$12$madeupmadeupmadeupmadeOuMadeUpHashThatIsLongEnoughToBe",
        "https://hooks.slack.com/services/T0MADEUP1/",
        "-u ana:tide9pool",
        "\\n",
        "ana@",
        "contoso",
        ".com",
        "+1 415-555-2671",
        "(415) ",
        "555-2671",
        "4539 1488 0343 6467",
        "4539",
        " 1488",
        "GB82 WEST 1234 5698 7654 32",
        "IBAN ",
        "219-09-9999",
        "SSN ",
        "8.8.4.4",
        "10.0.0.1",
        "2a00:1450::200e",
        "00:1a:2b:3c:4d:5e",
        "AKIA",
        "QYLPMN5HHHFPZAM2",
        "ghp_",
        "h7Yt2mQx9LpR4sWvB8nKcD3fGjZa6TeUoX1i",
        "sk-ant-",
        "api03-xyzzyXYZZYxyzzyXYZZY",
        "eyJhbGciOiJIUzI1NiJ9",
        ".eyJzdWIiOiJtYWRlLXVwIn0",
        ".bm90LWEtc2ln",
        "-----BEGIN PRIVATE KEY-----",
        "\nMIIEowIBAAKCAQEAmade0up",
        "\n-----END PRIVATE KEY-----",
        "https://ana:tide9@",
        "db:5432/x",
        " ",
        "\n",
        "\"",
        ".",
        ",",
        ":",
        "=",
        "word",
        "Call ",
        "ｊｏ",
        "é",
        "\u{200b}",
        "東京",
        "-",
        "_",
        "1",
        "12",
    ];
    prop_oneof![
        8 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => "[a-zA-Z0-9._:@+-]{1,40}",
        1 => "[0-9 ().-]{1,30}",
        1 => "\\PC{1,6}",
        1 => ("[a-z0-9]", 100..400_usize).prop_map(|(one, count)| one.repeat(count)),
    ]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(piece(), 1..24)
}

fn whole(detectors: &Detectors, text: &str) -> Vec<Detected> {
    let mut out = Vec::new();
    detectors.find(text, &Wanted::everything(), &mut out);
    out
}

/// As a stream would: parts arrive, decided text is let go, only the context
/// asked for is kept.
fn piecewise(detectors: &Detectors, parts: &[&str]) -> Vec<Detected> {
    let wanted = Wanted::everything();
    let (mut out, mut held, mut from, mut gone) = (Vec::new(), String::new(), 0, 0);
    for (number, part) in parts.iter().enumerate() {
        held.push_str(part);
        let more = number + 1 < parts.len();
        let mut new = Vec::new();
        let decided = detectors.scan(&held, from, more, &wanted, &mut new);
        for mut one in new {
            assert!(one.range.end <= decided.hold_from);
            one.range = one.range.start + gone..one.range.end + gone;
            out.push(one);
        }
        assert!(decided.keep_from <= decided.hold_from && decided.hold_from >= from);
        from = decided.hold_from - decided.keep_from;
        gone += decided.keep_from;
        held = held[decided.keep_from..].to_owned();
    }
    out
}

fn cut<'t>(text: &'t str, cuts: &[prop::sample::Index]) -> Vec<&'t str> {
    let mut places: Vec<usize> = cuts
        .iter()
        .map(|cut| text.floor_char_boundary(cut.index(text.len() + 1)))
        .chain([0, text.len()])
        .collect();
    places.sort_unstable();
    places
        .windows(2)
        .map(|pair| &text[pair[0]..pair[1]])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn any_chunking_finds_what_the_whole_text_does(
        parts in texts(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let detectors = super::testing::shipped();
        let text = parts.concat();
        prop_assert_eq!(piecewise(detectors, &cut(&text, &cuts)), whole(detectors, &text));
    }

    #[test]
    fn findings_are_sorted_disjoint_and_on_character_boundaries(parts in texts()) {
        let detectors = super::testing::shipped();
        let text = parts.concat();
        let mut last = 0;
        for one in whole(detectors, &text) {
            prop_assert!(one.range.start >= last && one.range.start < one.range.end);
            prop_assert!(text.get(one.range.clone()).is_some());
            last = one.range.end;
        }
    }
}

#[test]
fn a_value_is_found_whatever_the_cut() {
    let detectors = super::testing::shipped();
    let text = "Write to ana.luz@contoso.com or +1 415-555-2671, card 4539 1488 0343 6467 now.";
    let all = whole(detectors, text);
    assert_eq!(all.len(), 3, "{all:?}");
    for cut in 0..text.len() {
        let (a, b) = text.split_at(cut);
        assert_eq!(piecewise(detectors, &[a, b]), all, "cut at {cut}");
    }
}

#[test]
fn plain_prose_is_let_go_at_once() {
    let detectors = super::testing::shipped();
    let text = "The quick brown fox jumps over the lazy dog ";
    let decided = detectors.scan(text, 0, true, &Wanted::everything(), &mut Vec::new());
    assert!(text.len() - decided.hold_from <= 4, "{decided:?}");
}

#[test]
fn a_certain_start_can_be_swallowed_before_its_end_arrives() {
    let detectors = super::testing::shipped();
    let text = "key:\n-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEAmade0up\nMIIE";
    let decided = detectors.scan(text, 0, true, &Wanted::shipped(), &mut Vec::new());
    let swallow = decided.swallow.expect("a certain start");
    assert_eq!(decided.hold_from, 5);
    assert_eq!(swallow.entity, Entity::PrivateKeyPem);
    assert_eq!(&text[swallow.from..], "\nMIIE");
    let (done, end) = swallow.until.consume(
        "\nMIIEowIBAAKCAQEAmade0up\n-----END PRIVATE KEY----- x",
        true,
    );
    assert_eq!((done, end), (50, true));
}

#[test]
fn a_long_text_may_be_stopped_and_finds_the_same_in_windows() {
    let detectors = super::testing::shipped();
    let text = "Some words, ana.luz@contoso.com, and more of them. ".repeat(6000);
    let mut out = Vec::new();
    let wanted = Wanted::shipped();
    detectors
        .find_while(&text, &wanted, &mut || true, &mut out)
        .expect("time");
    let mut all = Vec::new();
    detectors.find(&text, &wanted, &mut all);
    assert_eq!(out, all);
    assert_eq!(out.len(), 6000);
    let stopped = detectors.find_while(&text, &wanted, &mut || false, &mut out);
    assert_eq!(stopped, Err(OutOfTime));
}

#[test]
fn keys_of_a_hundred_and_fifty_vendors_are_known() {
    let vendors = Detectors::vendors();
    assert!(vendors.len() >= 150, "{}", vendors.len());
    assert!(vendors.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn every_entity_states_its_reach() {
    for one in Entity::ALL {
        match one.reach() {
            Reach::Bounded(most) => assert!((1..=2048).contains(&most), "{}", one.name()),
            Reach::Swallows { start } => assert!(start <= 2048, "{}", one.name()),
        }
    }
}

#[test]
fn beginnings_said_over_and_over_are_read_once() {
    let wanted = Wanted::everything();
    for part in [
        "eyJhbGciOiJIUzI1NiJ9.eyJ",
        "A:-----BEGIN PRIVATE KEY-----\n",
        "ya29.",
        "$1$a",
        "<b></b>1",
        "1 ",
        "@a.a",
        "%41",
        "://",
        "password ",
        "&#64;",
        "1\n2",
        "\"token\": \"",
    ] {
        // Quadratic reading of a million bytes would take minutes.
        let text = part.repeat(100_000 / part.len());
        let mut asked = 0_usize;
        let mut go_on = || {
            asked += 1;
            true
        };
        let mut out = Vec::new();
        super::testing::shipped()
            .find_while(&text, &wanted, &mut go_on, &mut out)
            .expect("time");
        // It asks once in 4 KiB of work, and undone disguises are work too.
        let most = 48 * text.len() / 4096 + 16;
        assert!(asked < most, "{part:?}: {asked} times");
    }
}
