//! Whatever ends a request, it has one terminal record.

use std::{sync::atomic::Ordering, thread, time::Duration};

use crate::desk::{Desk, terminal};

#[test]
fn answers_refusals_and_hang_ups_have_one_terminal_record_each() {
    let mut desk = Desk::open();
    assert_eq!(desk.connect().chat("one", "hello").0, 200);
    assert_eq!(desk.connect().chat("unknown", "hello").0, 403);
    desk.provider.think(Duration::from_millis(500));
    let mut caller = desk.connect();
    caller.send("one", "hello");
    while desk.provider.asked.load(Ordering::SeqCst) < 2 {
        thread::sleep(Duration::from_millis(10));
    }
    drop(caller);
    let records = desk.records();
    let counts = terminal(&records);
    assert_eq!(counts.len(), 3);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    let hung_up = records
        .iter()
        .filter(|one| one.flag("portcullis.client.disconnected") == Some(true));
    assert_eq!(hung_up.count(), 1);
}

#[test]
fn a_card_leaves_as_a_placeholder_and_comes_back_whole() {
    let mut desk = Desk::open();
    let card = "4111 1111 1111 1111";
    let (status, body) = desk.connect().chat("one", &format!("My card is {card}."));
    assert_eq!(status, 200);
    assert!(body.contains(card), "{body}");
    let seen = desk.provider.seen.lock().unwrap().concat();
    assert!(
        !seen.contains(card) && seen.contains("[CREDIT_CARD_"),
        "{seen}"
    );
    let text: String = desk
        .records()
        .iter()
        .map(|one| String::from_utf8_lossy(one.bytes()).into_owned())
        .collect();
    assert!(
        !text.contains(card) && text.contains("redaction.request.credit_card\":1"),
        "{text}"
    );
}
