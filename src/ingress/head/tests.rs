//! The check against hostile heads, every cut of them, and hyper's reading.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "sizes of tests are small"
)]

use std::{collections::HashSet, convert::Infallible, sync::Arc, sync::Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::io::AsyncWriteExt;

use super::*;

fn rules() -> Rules {
    Rules {
        hosts: Hosts::of_loopback([127, 0, 0, 1].into()),
        fields: 12,
        bytes: 600,
        target: 100,
    }
}

fn verdict(raw: &[u8]) -> Result<Option<Head>, Fault> {
    Scan::default().on_bytes(raw, &rules())
}

/// A head with this request line and these lines behind a good `host`.
fn head(request: &str, lines: &[&str]) -> Vec<u8> {
    let mut text = format!("{request}\r\nhost: localhost\r\n");
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

const POST: &str = "POST /openai/v1/chat/completions HTTP/1.1";

/// The table that the tests over sockets use as well.
fn hostile() -> Vec<(Vec<u8>, &'static str)> {
    let table = include_str!("../../../tests/ingress/hostile.txt");
    let rows = table
        .lines()
        .filter(|row| !row.is_empty() && !row.starts_with('#'));
    rows.map(|row| {
        let (reason, payload) = row.split_once(' ').unwrap();
        (unescaped(payload.trim_start()), reason)
    })
    .collect()
}

/// Bytes of a payload: `\r`, `\n`, `\t`, `\0`, `\\`, `\xNN`, and `{text*times}`.
fn unescaped(payload: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = payload;
    while let Some(next) = rest.chars().next() {
        let taken = match (next, rest.as_bytes().get(1)) {
            ('\\', Some(b'x')) => {
                bytes.push(u8::from_str_radix(&rest[2..4], 16).unwrap());
                4
            }
            ('\\', Some(escape)) => {
                bytes.push(match escape {
                    b'r' => b'\r',
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'0' => 0,
                    other => *other,
                });
                2
            }
            ('{', _) => {
                let (group, _) = rest[1..].split_once('}').unwrap();
                let (text, times) = group.rsplit_once('*').unwrap();
                let text = unescaped(text);
                bytes.extend(text.repeat(times.parse().unwrap()));
                group.len() + 2
            }
            (plain, _) => {
                bytes.push(u8::try_from(plain).unwrap());
                1
            }
        };
        rest = &rest[taken..];
    }
    bytes
}

#[test]
fn hostile_heads_are_refused_each_for_its_reason() {
    let mut seen = HashSet::new();
    for (raw, reason) in hostile() {
        let shown = String::from_utf8_lossy(&raw);
        assert_eq!(
            verdict(&raw).map_err(Fault::reason),
            Err(reason),
            "{shown:?}"
        );
        seen.insert(reason);
    }
    let elsewhere = [
        Fault::ChunkSize,
        Fault::ChunkExtension,
        Fault::ChunkEnd,
        Fault::Trailer,
        Fault::Cut,
        Fault::Slow,
    ];
    for fault in Fault::ALL.iter().filter(|one| !elsewhere.contains(one)) {
        assert!(
            seen.contains(fault.reason()),
            "no head is refused for {fault:?}"
        );
    }
}

#[test]
fn heads_of_sdks_pass() {
    for (raw, framing) in [
        (
            head("GET /openai/v1/models HTTP/1.1", &["accept: */*"]),
            Framing::Length(0),
        ),
        (
            head("GET / HTTP/1.1", &["content-length: 0"]),
            Framing::Length(0),
        ),
        (head(POST, &["content-length: 17"]), Framing::Length(17)),
        (
            head(POST, &["transfer-encoding: chunked"]),
            Framing::Chunked,
        ),
        (
            head(POST, &["Expect: 100-Continue", "content-length:\t2 \t"]),
            Framing::Length(2),
        ),
        (
            head(
                POST,
                &["connection: keep-alive, TE", "te: trailers", "x-empty:"],
            ),
            Framing::Length(0),
        ),
        (
            head("GET /a%2Fb/c:d@e!$&'()*+,=~?q=%20//./.. HTTP/1.1", &[]),
            Framing::Length(0),
        ),
        (
            head("DELETE /a.b/...c/d/ HTTP/1.1", &[]),
            Framing::Length(0),
        ),
    ] {
        let shown = String::from_utf8_lossy(&raw);
        let bytes = raw.len();
        assert_eq!(
            verdict(&raw),
            Ok(Some(Head { bytes, framing })),
            "{shown:?}"
        );
    }
}

#[test]
fn the_limits_are_met_to_the_byte() {
    let target = format!("/{}", "a".repeat(99));
    assert!(verdict(&head(&format!("GET {target} HTTP/1.1"), &[])).is_ok());
    let fields: Vec<&str> = std::iter::repeat_n("a: b", 11).collect();
    assert!(verdict(&head(POST, &fields)).is_ok());
    let rest = head(POST, &["a: "]).len();
    let fill = |bytes: usize| head(POST, &[&format!("a: {}", "b".repeat(bytes))]);
    assert!(verdict(&fill(600 - rest)).is_ok());
    assert_eq!(verdict(&fill(601 - rest)), Err(Fault::HeadersTooLarge));
}

/// The verdict when the bytes come in pieces of this size.
fn verdict_in_pieces(raw: &[u8], size: usize) -> Result<Option<Head>, Fault> {
    let mut scan = Scan::default();
    let mut end = 0;
    while end < raw.len() {
        end = (end + size).min(raw.len());
        if let Some(head) = scan.on_bytes(&raw[..end], &rules())? {
            return Ok(Some(head));
        }
    }
    Ok(None)
}

#[test]
fn every_cut_gives_the_same_verdict() {
    let good = head(POST, &["content-length: 17", "x-a: b"]);
    for raw in hostile().into_iter().map(|(raw, _)| raw).chain([good]) {
        let whole = verdict(&raw);
        assert_eq!(verdict_in_pieces(&raw, 1), whole);
        for cut in 1..raw.len() {
            let mut scan = Scan::default();
            let early = scan.on_bytes(&raw[..cut], &rules());
            let verdict = match early {
                Ok(None) => scan.on_bytes(&raw, &rules()),
                early => early,
            };
            let shown = String::from_utf8_lossy(&raw);
            assert_eq!(verdict, whole, "{shown:?} cut at {cut}");
        }
    }
}

#[test]
fn reasons_are_words_of_their_own() {
    let reasons: HashSet<_> = Fault::ALL.iter().map(|one| one.reason()).collect();
    assert_eq!(reasons.len(), Fault::ALL.len());
}

/// A request as one reader has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    method: String,
    target: String,
    fields: Vec<(String, Vec<u8>)>,
}

/// What a head says, read by nothing but its line ends and first colons.
fn plainly(raw: &[u8]) -> Seen {
    let text = std::str::from_utf8(raw).unwrap();
    let mut lines = text.trim_end_matches("\r\n").split("\r\n");
    let mut request = lines.next().unwrap().split(' ');
    let mut seen = Seen {
        method: request.next().unwrap().to_owned(),
        target: request.next().unwrap().to_owned(),
        fields: lines
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().as_bytes().to_vec()))
            .collect(),
    };
    seen.fields.sort();
    seen
}

/// What hyper makes of the same bytes; empty where it refuses them.
fn by_hyper(raw: &[u8]) -> Vec<Seen> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&seen);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut one = Seen {
            method: request.method().to_string(),
            target: request.uri().to_string(),
            fields: request
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
                .collect(),
        };
        one.fields.sort();
        keep.lock().unwrap().push(one);
        async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        let (mut caller, gateway) = tokio::io::duplex(64 * 1024);
        caller.write_all(raw).await.unwrap();
        caller.shutdown().await.unwrap();
        let connection = http1::Builder::new()
            .half_close(true)
            .serve_connection(TokioIo::new(gateway), service);
        // a body that is announced and does not come is an error here
        drop(connection.await);
    });
    let seen = seen.lock().unwrap();
    seen.clone()
}

/// Heads that are mostly right.
fn nearly_good() -> impl Strategy<Value = Vec<u8>> {
    let method = prop_oneof![
        Just("GET"),
        Just("POST"),
        Just("DELETE"),
        "[A-Z]{1,8}".prop_map(|one| &*one.leak())
    ];
    let target = prop_oneof![
        "(/[a-zA-Z0-9:@!$&'()*+,=~._-]{0,6}){1,4}",
        "(/([a-z.]{1,3}|%2F|%41|%[0-9a-f]{2})){1,3}(\\?[a-z=&/?:.%2]{0,8})?",
        "[ -~]{0,12}",
    ];
    let line = prop_oneof![
        4 => "[a-zA-Z][a-zA-Z0-9!#$%&'*+.^`|~-]{0,8}:[ \t]{0,2}[ -~]{0,10}[ \t]{0,2}",
        1 => "(content-length|Content-Length): ?[0-9]{1,3}",
        1 => "(transfer-encoding|TE|connection|expect|origin|host): ?(chunked|trailers|close|100-continue|localhost)",
        1 => "[ -~]{0,12}",
    ];
    let lines = prop::collection::vec(line, 0..6);
    let flips = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..2);
    (method, target, lines, flips, prop::bool::weighted(0.3)).prop_map(
        |(method, target, lines, flips, damaged)| {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let mut raw = head(&format!("{method} {target} HTTP/1.1"), &lines);
            for (at, byte) in flips.into_iter().filter(|_| damaged) {
                let at = at.index(raw.len());
                raw[at] = byte;
            }
            raw
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_one_verdict_however_they_come(
        raw in prop_oneof![prop::collection::vec(any::<u8>(), 0..200), nearly_good()],
        size in 1_usize..40,
    ) {
        prop_assert_eq!(verdict(&raw), verdict_in_pieces(&raw, size));
    }

    #[test]
    fn what_passes_is_read_alike_by_hyper(raw in nearly_good()) {
        if let Ok(Some(head)) = verdict(&raw) {
            let raw = &raw[..head.bytes];
            prop_assert_eq!(by_hyper(raw), vec![plainly(raw)]);
        }
    }
}

#[test]
fn the_property_is_not_empty() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let passed = (0..500)
        .map(|_| nearly_good().new_tree(&mut runner).unwrap().current())
        .filter(|raw| matches!(verdict(raw), Ok(Some(_))))
        .count();
    assert!((50..450).contains(&passed), "{passed} of 500 pass");
}

#[test]
fn the_methods_are_hypers_words() {
    for method in METHODS {
        assert_eq!(method.parse::<Method>().unwrap().as_str(), method);
    }
}
