//! Streamed answers.

use std::{thread, time::Duration};

use portcullis::{audit::Entry, primitives::Code};

use crate::desk::{Desk, terminal};

const CARD: &str = "4111 1111 1111 1111";

/// The text of all events, as a client puts it together.
fn text(wire: &str) -> String {
    let events = wire.lines().filter_map(|line| line.strip_prefix("data: "));
    events
        .filter_map(|data| serde_json::from_str::<serde_json::Value>(data).ok())
        .filter_map(|event| Some(event["choices"][0]["delta"]["content"].as_str()?.to_owned()))
        .collect()
}

fn terminal_of(records: &[Entry]) -> &Entry {
    let mut ends = records
        .iter()
        .filter(|one| one.event_name() == "portcullis.audit.response.complete");
    let end = ends.next().unwrap();
    assert!(ends.next().is_none());
    end
}

/// Until the head of an answer is on record.
fn wait_until_started(desk: &Desk) {
    while desk
        .ledger()
        .iter()
        .all(|one| !one.event_name().ends_with("started"))
    {
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_own_card_in_one_character_events_comes_back_whole() {
    let mut desk = Desk::open();
    let wire = desk.connect().stream("one", &format!("My card is {CARD}."));
    assert_eq!(text(&wire), format!("My card is {CARD}."), "{wire}");
    assert!(wire.contains("data: [DONE]"), "{wire}");
    let seen = desk.provider.seen.lock().unwrap().concat();
    assert!(!seen.contains(CARD), "{seen}");
    let records = desk.records();
    assert!(terminal(&records).values().all(|count| *count == 1));
    assert_eq!(
        terminal_of(&records).number("http.response.status_code"),
        Some(200)
    );
}

#[test]
fn a_stream_the_provider_cut_ends_with_an_error_and_no_final_marker() {
    let mut desk = Desk::open();
    let wire = desk.connect().stream("one", "cut here");
    assert!(wire.contains("upstream_reset"), "{wire}");
    assert!(
        !wire.contains("[DONE]") && !wire.ends_with("0\r\n\r\n"),
        "{wire}"
    );
    let records = desk.records();
    assert_eq!(
        terminal_of(&records).text("error.type"),
        Some("upstream_reset")
    );
}

#[test]
fn a_stream_that_is_told_to_stop_says_so_and_is_aborted() {
    let mut desk = Desk::open();
    desk.provider.think(Duration::from_secs(20));
    let mut caller = desk.connect();
    caller.ask("one", "hello", "\"stream\":true,");
    wait_until_started(&desk);
    desk.stop_answers(Code::Draining);
    let wire = caller.rest();
    assert!(wire.contains("draining"), "{wire}");
    assert!(
        !wire.contains("[DONE]") && !wire.ends_with("0\r\n\r\n"),
        "{wire}"
    );
    assert!(terminal(&desk.records()).values().all(|count| *count == 1));
}

#[test]
fn a_stream_somebody_left_is_recorded_as_left() {
    let mut desk = Desk::open();
    desk.provider.think(Duration::from_secs(2));
    let mut caller = desk.connect();
    caller.ask("one", "hello", "\"stream\":true,");
    wait_until_started(&desk);
    drop(caller);
    let records = desk.records();
    assert_eq!(
        terminal_of(&records).flag("portcullis.client.disconnected"),
        Some(true)
    );
}
