//! When events leave, and in which form.

use super::*;
use crate::{
    primitives::Code,
    redact::{
        Action, Entity,
        settings::ProfileSettings,
        tests::{all, name, redactor, tenant},
    },
};

#[test]
fn untouched_events_leave_byte_for_byte_and_in_order() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let mut sent = Vec::new();
    for text in ["Hello", " wor", "ld, it", " is", "\u{1F600}", ". ", "End"] {
        let event = event(1, Carrier::Text, text);
        sent.push(event.raw.clone());
        stream.take(event, now(), &mut out).unwrap();
    }
    // Half a pair, in an escape nobody would write.
    let raw = Bytes::from_static(b"data: {\"t\":\"\\ud83d\\u0041\"}\n\n");
    sent.push(raw.clone());
    let piece = Piece {
        channel: ChannelId(1),
        carrier: Carrier::Text,
        span: 12..24,
    };
    let odd = Event {
        raw,
        pieces: vec![piece],
        ..Event::default()
    };
    stream.take(odd, now(), &mut out).unwrap();
    stream.finish(&mut out).unwrap();
    assert_eq!(out, sent);
    assert_eq!(stream.findings().edits(), 0);
}

#[test]
fn text_that_cannot_become_a_value_does_not_wait() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    for (count, text) in ["It is, ", "as you know, ", "late. "]
        .into_iter()
        .enumerate()
    {
        stream
            .take(event(1, Carrier::Text, text), now(), &mut out)
            .unwrap();
        assert_eq!(out.len(), count + 1, "{text}");
    }
}

#[test]
fn after_its_patience_the_head_leaves_with_what_is_decided() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let Case { mail, .. } = Case::new();
    let (one, other) = mail.split_at(9);
    stream
        .take(
            numbered(1, Carrier::Text, &format!("Write to {one}"), 1),
            now(),
            &mut out,
        )
        .unwrap();
    stream
        .take(numbered(2, Carrier::Text, "Other. ", 2), now(), &mut out)
        .unwrap();
    assert!(out.is_empty(), "a later event does not pass one that waits");
    stream.tick(now() + PATIENCE / 2, &mut out).unwrap();
    assert!(out.is_empty());
    assert_eq!(stream.due(), Some(now() + PATIENCE));
    let late = now() + PATIENCE;
    stream.tick(late, &mut out).unwrap();
    assert_eq!(
        (read(&out, 1).as_str(), read(&out, 2).as_str()),
        ("Write to ", "Other. ")
    );
    stream
        .take(
            numbered(
                1,
                Carrier::Text,
                &format!("{other}, and do it soon, before somebody else has had the time to ask. "),
                3,
            ),
            late,
            &mut out,
        )
        .unwrap();
    assert_eq!(
        read(&out, 1),
        format!("Write to {MAIL}, and do it soon, before somebody else has had the time to ask. ")
    );
    assert_eq!(out.len(), 3);
    assert!(out[2].starts_with(b"data: {\"n\":3,"));
}

#[test]
fn a_tail_without_a_next_event_leaves_before_the_end_and_numbers_rise() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let Case { mail, .. } = Case::new();
    stream
        .take(
            numbered(
                1,
                Carrier::Text,
                &format!("To {mail}, and then, once there is time for it, perhaps in some weeks, also to {}", &mail[..9]),
                4,
            ),
            now(),
            &mut out,
        )
        .unwrap();
    stream.tick(now() + PATIENCE, &mut out).unwrap();
    assert_eq!(
        read(&out, 1),
        format!("To {MAIL}, and then, once there is time for it, perhaps in some weeks, also to ")
    );
    let last = Event {
        raw: Bytes::from_static(b"data: {\"n\":5}\n\n"),
        ends: vec![ChannelId(1)],
        number: Some(11..12),
        ..Event::default()
    };
    stream.take(last, now() + PATIENCE, &mut out).unwrap();
    assert_eq!(
        read(&out, 1),
        format!(
            "To {MAIL}, and then, once there is time for it, perhaps in some weeks, also to {}",
            &mail[..9]
        )
    );
    assert!(
        out[1].starts_with(b"data: {\"n\":5,\"c\":1,"),
        "{:?}",
        out[1]
    );
    assert_eq!(out[2], Bytes::from_static(b"data: {\"n\":6}\n\n"));
    assert_eq!(stream.held(), Held::default());
}

#[test]
fn time_never_releases_what_may_become_a_value() {
    for at in cuts(FOREIGN) {
        let mut stream = Case::stream();
        let mut out = Vec::new();
        let later = now() + PATIENCE * 10;
        stream
            .take(event(1, Carrier::Text, &FOREIGN[..at]), now(), &mut out)
            .unwrap();
        stream.tick(later, &mut out).unwrap();
        stream
            .take(event(1, Carrier::Text, &FOREIGN[at..]), later, &mut out)
            .unwrap();
        stream.tick(later, &mut out).unwrap();
        stream.finish(&mut out).unwrap();
        assert_eq!(read(&out, 1), "[EMAIL_ADDRESS]", "cut at {at}");
    }
}

#[test]
fn pings_pass_and_channels_do_not_mix() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    stream
        .take(event(1, Carrier::Text, "eve@turnip"), now(), &mut out)
        .unwrap();
    let ping = Event {
        raw: Bytes::from_static(b"data: {\"ping\":1}\n\n"),
        overtakes: true,
        ..Event::default()
    };
    stream.take(ping.clone(), now(), &mut out).unwrap();
    assert_eq!(out, [ping.raw]);
    stream
        .take(event(2, Carrier::Text, "-farm.org"), now(), &mut out)
        .unwrap();
    stream.finish(&mut out).unwrap();
    assert_eq!(read(&out, 2), "-farm.org");
    assert_eq!(read(&out, 1), "eve@turnip");
}

#[test]
fn a_key_is_masked_at_its_start_and_swallowed() {
    let body = "MIIEowIBAAKCAQEAmadeupmadeupmadeupmadeupmadeupmadeupmadeup12345\n".repeat(600);
    let text = format!(
        "k: -----BEGIN {0}-----\n{body}-----END {0}----- ok",
        "PRIVATE KEY"
    );
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let mut most = 0;
    for piece in text.as_bytes().chunks(50) {
        let piece = std::str::from_utf8(piece).unwrap();
        stream
            .take(event(1, Carrier::Text, piece), now(), &mut out)
            .unwrap();
        most = most.max(stream.held().most);
    }
    stream.finish(&mut out).unwrap();
    assert_eq!(read(&out, 1), "k: [PRIVATE_KEY_PEM] ok");
    assert!(most < 1024, "{most}");
}

#[test]
fn at_the_cap_the_stream_stops() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let mut stopped = None;
    for _ in 0..40 {
        let next = event(1, Carrier::JsonText, &"1".repeat(1024));
        if let Err(refusal) = stream.take(next, now(), &mut out) {
            stopped = Some(refusal);
            break;
        }
        assert!(stream.held().most <= Limits::default().held_text);
    }
    assert_eq!(stopped.unwrap().code(), Code::HoldLimit);
    assert!(out.is_empty());
}

#[test]
fn as_many_events_wait_as_may() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    stream
        .take(event(1, Carrier::Text, "eve@turnip"), now(), &mut out)
        .unwrap();
    let large = || Event {
        raw: Bytes::from(format!(
            "data: {{\"x\":\"{}\"}}\n\n",
            "y".repeat(600 * 1024)
        )),
        ..Event::default()
    };
    stream.take(large(), now(), &mut out).unwrap();
    let refused = stream.take(large(), now(), &mut out).unwrap_err();
    assert_eq!(refused.code(), Code::HoldLimit);
    assert!(out.is_empty());
}

#[test]
fn a_passive_stream_holds_nothing_and_counts() {
    let text = format!("{{\"text\":\"{MAIL}\"}}");
    let mut stream = sent(&text, &["report"]).1.stream();
    let mut out = Vec::new();
    for (count, piece) in ["eve@tur", "nip-farm.org", " and"].into_iter().enumerate() {
        let event = event(1, Carrier::Text, piece);
        let raw = event.raw.clone();
        stream.take(event, now(), &mut out).unwrap();
        assert_eq!(out.len(), count + 1);
        assert_eq!(out[count], raw);
    }
    stream.finish(&mut out).unwrap();
    let counts: Vec<_> = stream.findings().iter().collect();
    assert_eq!(counts, [(Entity::EmailAddress, Action::Report, 1)]);
}

#[test]
fn signed_text_is_recorded_and_neither_held_nor_rewritten() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let Case { mail, .. } = Case::new();
    for piece in ["eve@tur", "nip-farm.org ", &mail] {
        let event = event(1, Carrier::Signed, piece);
        let raw = event.raw.clone();
        stream.take(event, now(), &mut out).unwrap();
        assert_eq!(out.last(), Some(&raw));
    }
    stream.finish(&mut out).unwrap();
    let signed: Vec<_> = stream.findings().signed().collect();
    assert_eq!(signed, [(Entity::EmailAddress, 1)]);
}

#[test]
fn unknown_events_are_masked_and_never_restored() {
    let Case { mail, .. } = Case::new();
    let text = format!("{mail} {FOREIGN} ");
    for at in cuts(&text) {
        let got = streamed(Carrier::Generic, &[&text[..at], &text[at..]]);
        assert_eq!(got, format!("{mail} [EMAIL_ADDRESS] "));
    }
}

#[test]
fn a_find_that_blocks_stops_the_stream_before_it_leaves() {
    let own = ProfileSettings {
        answers: [("email_address".to_owned(), "block".to_owned())].into(),
        ..all("replace")
    };
    let clean = redactor(own).clean(body("{}"), &[name("own")], &tenant("a"));
    let mut stream = clean.unwrap().into_parts().1.stream();
    let mut out = Vec::new();
    stream
        .take(event(1, Carrier::Text, "eve@turnip-"), now(), &mut out)
        .unwrap();
    let refused = stream.take(
        event(
            1,
            Carrier::Text,
            "farm.org, as she said the other day when she was asked whether it was hers. ",
        ),
        now(),
        &mut out,
    );
    assert_eq!(refused.unwrap_err().code(), Code::ContentBlocked);
    assert!(out.is_empty());
}

#[test]
fn an_event_of_several_channels_waits_for_all_of_them() {
    let mut stream = Case::stream();
    let mut out = Vec::new();
    let Case { mail, .. } = Case::new();
    let raw = format!(
        "data: {{\"c\":1,\"t\":\"a {}\",\"u\":\"well, \"}}\n\n",
        &mail[..9]
    );
    let second = raw.find("well, ").unwrap();
    let piece = |channel, span| Piece {
        channel: ChannelId(channel),
        carrier: Carrier::Text,
        span,
    };
    let both = Event {
        raw: Bytes::from(raw),
        pieces: vec![piece(1, 18..29), piece(2, second..second + 6)],
        ..Event::default()
    };
    stream.take(both, now(), &mut out).unwrap();
    assert!(out.is_empty());
    stream.tick(now() + PATIENCE, &mut out).unwrap();
    assert_eq!(
        out,
        [Bytes::from_static(
            b"data: {\"c\":1,\"t\":\"a \",\"u\":\"well, \"}\n\n"
        )]
    );
    stream.finish(&mut out).unwrap();
    let rest = format!("data: {{\"c\":1,\"t\":\"{}\",\"u\":\"\"}}\n\n", &mail[..9]);
    assert_eq!(out[1], Bytes::from(rest));
}
