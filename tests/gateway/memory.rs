//! What answers take of the memory is bounded and comes back.

use std::{thread, time::Duration};

use portcullis::primitives::Limits;

use crate::desk::Desk;

/// Bytes the made-up provider repeats: too many to be checked on the spot.
const LARGE: usize = 100_000;

/// A desk with memory for one large answer: eight times its bytes, while it
/// is checked, and a little for what stands around the text.
fn desk() -> Desk {
    Desk::with(Limits {
        requests_per_minute: 1_000_000,
        concurrent_requests: 1_000,
        all_answers: 8 * (LARGE + 1_000),
        scan_time: Duration::from_secs(60),
        ..Limits::default()
    })
}

fn text(bytes: usize) -> String {
    "word ".repeat(bytes / 5)
}

/// Whether a large answer fits before long. What was written to a caller is
/// given back a moment after the caller has it.
fn fits_again(desk: &Desk) -> bool {
    (0..500).any(|_| {
        thread::sleep(Duration::from_millis(10));
        desk.connect().chat("one", &text(LARGE)).0 == 200
    })
}

#[test]
fn large_answers_at_once_stay_within_the_memory_for_answers() {
    let desk = desk();
    let (status, body) = desk.connect().chat("one", &text(2 * LARGE));
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("\"overloaded\""), "{body}");
    desk.provider.think(Duration::from_millis(100));
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let mut caller = desk.connect();
            caller.send("one", &text(LARGE));
            caller
        })
        .collect();
    for mut caller in asked {
        let (status, body) = caller.answer();
        assert!(matches!(status, 200 | 503), "{status}: {body}");
        assert_eq!(status == 503, body.contains("\"overloaded\""));
    }
    desk.provider.think(Duration::ZERO);
    assert!(fits_again(&desk));
}

#[test]
fn a_caller_that_hangs_up_gives_the_memory_of_its_answer_back() {
    let desk = desk();
    for pause in 0..8 {
        let mut caller = desk.connect();
        caller.send("one", &text(LARGE));
        // before the answer, while it is checked, or while it is sent
        thread::sleep(Duration::from_millis(pause * 20));
    }
    assert!(fits_again(&desk));
}
