use proptest::prelude::*;

use super::*;

/// All frames of a stream that arrives in these chunks.
fn frames<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
    let mut decoder = Decoder::new(1 << 20);
    let mut out = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        while let Some(frame) = decoder.next_frame().unwrap() {
            out.push(frame);
        }
    }
    out.extend(decoder.finish());
    out
}

fn whole(text: &str) -> Vec<Frame> {
    frames([text.as_bytes()])
}

/// Name and data of the frames that have data.
fn events(frames: &[Frame]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let complete = frames.iter().filter(|one| one.is_complete());
    complete
        .filter_map(|one| {
            let name = one.name().map(text).unwrap_or_default();
            Some((name, text(&one.data()?.text)))
        })
        .collect()
}

/// The standard's own algorithm, line by line over the whole text.
fn by_the_book(text: &str) -> Vec<(String, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (mut out, mut name, mut data) = (Vec::new(), String::new(), None::<String>);
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.pop(); // what no line end follows is not a line
    for line in lines {
        if line.is_empty() {
            if let Some(data) = data.take() {
                out.push((name.clone(), data));
            }
            name.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = value.to_owned(),
            "data" => {
                let sofar = data.take().map(|one| one + "\n");
                data = Some(sofar.unwrap_or_default() + value);
            }
            _ => {}
        }
    }
    out
}

#[test]
fn every_line_end_ends_a_line() {
    for text in [
        "event: a\ndata: 1\n\n: x\n\ndata:2\ndata\n\n",
        "event: a\r\ndata: 1\r\n\r\n: x\r\n\r\ndata:2\r\ndata\r\n\r\n",
        "event: a\rdata: 1\r\r: x\r\rdata:2\rdata\r\r",
        "\u{feff}event: a\ndata: 1\r\n\r: x\n\rdata:2\rdata\n\n",
    ] {
        let events = events(&whole(text));
        let expected = [("a", "1"), ("", "2\n")].map(|(name, data)| (name.into(), data.into()));
        assert_eq!(events, expected, "{text:?}");
    }
}

#[test]
fn fields_are_read_as_the_standard_says() {
    let frames =
        whole("event: a\nevent:b\nid: 7\nretry: 9\n: note\nerror: {}\ndata:  x\ndata: y\n\n");
    let frame = &frames[0];
    assert_eq!(frame.name(), Some(&b"b"[..]));
    assert_eq!(frame.data().unwrap().text, " x\ny");
    let fields: Vec<_> = frame.lines().iter().map(|line| line.field).collect();
    use Field::{Comment, Data, Event, Other, Reconnection};
    assert_eq!(
        fields,
        [
            Event,
            Event,
            Reconnection,
            Reconnection,
            Comment,
            Other,
            Data,
            Data
        ]
    );
    assert_eq!(frame.value(&frame.lines()[5]), b"error: {}");
}

#[test]
fn a_cut_event_is_told_from_a_whole_one() {
    let frames = whole("data: 1\n\ndata: 2\n");
    assert_eq!(
        frames.iter().map(Frame::is_complete).collect::<Vec<_>>(),
        [true, false]
    );
    assert!(whole("data: 1\r\r").iter().all(Frame::is_complete));
    assert!(!whole("data: 1\r")[0].is_complete());
    assert!(!whole("data: 1")[0].is_complete());
    assert!(whole("").is_empty());
}

#[test]
fn a_frame_has_a_limit_complete_or_not() {
    let fed = |text: &str| {
        let mut decoder = Decoder::new(16);
        decoder.push(text.as_bytes());
        decoder.next_frame()
    };
    assert!(fed("data: 12345678\n\n").unwrap().is_some());
    assert_eq!(fed("data: 123456789\n\n"), Err(TooLarge));
    assert_eq!(fed("data: 123456789012345"), Err(TooLarge));
    assert_eq!(fed(": 1234567\n: 1234567\n"), Err(TooLarge));
}

#[test]
fn many_small_frames_are_no_large_one() {
    let mut decoder = Decoder::new(16);
    decoder.push("data: 1\n\n".repeat(1000).as_bytes());
    let mut count = 0;
    while decoder.next_frame().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 1000);
}

#[test]
fn a_span_of_the_data_is_a_span_of_the_frame() {
    let text = "event: a\r\ndata: {\"a\":\r\ndata:\"secret\",\r\ndata: \"b\":\"other\"}\r\n\r\n";
    let frame = &whole(text)[0];
    let data = frame.data().unwrap();
    for (word, with) in [
        ("secret", "[X]"),
        ("other", "longer than before"),
        ("a", "q"),
    ] {
        let at = std::str::from_utf8(&data.text).unwrap().find(word).unwrap();
        let span = data.raw_range(at..at + word.len());
        assert_eq!(&frame.raw()[span.clone()], word.as_bytes());
        let mut edits = [Edit {
            span,
            with: with.into(),
        }];
        let place = text
            .match_indices(word)
            .find(|(at, _)| *at > text.find('{').unwrap())
            .unwrap()
            .0;
        let mut expected = text.to_owned();
        expected.replace_range(place..place + word.len(), with);
        assert_eq!(frame.edited(&mut edits).unwrap(), expected);
    }
}

#[test]
fn our_own_frames_are_frames() {
    let text = [frame(Some("error"), "{}"), frame(None, "[DONE]")].concat();
    let events = events(&frames([&text[..]]));
    assert_eq!(
        events,
        [
            ("error".into(), "{}".into()),
            (String::new(), "[DONE]".into())
        ]
    );
}

/// Streams made of what matters: line ends, fields, colons, spaces.
fn stream() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "data",
        "data:",
        "data: ",
        "event: ",
        "event",
        ":",
        " ",
        "id: 1",
        "x",
        "é",
        "\u{feff}",
        "error: ",
        "{\"a\":1}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_frames(text in stream(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let bytes = text.as_bytes();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len().max(1))).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let chunks = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
        let split = frames(chunks);
        prop_assert_eq!(&split, &whole(&text));
        prop_assert_eq!(&split, &frames(bytes.chunks(1)));
    }

    #[test]
    fn frames_are_the_stream(text in stream()) {
        let all: Vec<u8> = whole(&text).iter().flat_map(|one| one.raw().to_vec()).collect();
        prop_assert_eq!(all, text.as_bytes());
    }

    #[test]
    fn events_are_those_of_the_standard(text in stream()) {
        prop_assert_eq!(events(&whole(&text)), by_the_book(&text));
    }
}
