//! A changed configuration.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::desk::{Desk, GRANTS, terminal};

const TWO: &str = "\
grants:
  - name: g
    teams: [t]
    models: [\"p/one\", \"p/two\"]
    limits: { requests_per_minute: 1000000 }
";

/// Waits for something that takes as long as it takes on a busy machine.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// How many records say that a configuration was loaded (or not).
fn loads(desk: &Desk, outcome: &str) -> usize {
    let loaded = |one: &&portcullis::audit::Entry| {
        one.event_name() == "portcullis.audit.config.loaded"
            && one.text("audit.outcome") == Some(outcome)
    };
    desk.ledger().iter().filter(loaded).count()
}

#[test]
fn a_changed_grant_is_in_force_without_a_restart() {
    let desk = Desk::open();
    assert_eq!(desk.connect().chat("two", "hello").0, 403);
    desk.configure(TWO);
    until("the new grant", || {
        desk.connect().chat("two", "hello").0 == 200
    });
    desk.configure(GRANTS);
    until("the old grant", || {
        desk.connect().chat("two", "hello").0 == 403
    });
}

#[test]
fn a_faulty_configuration_leaves_the_old_one_and_is_recorded() {
    let desk = Desk::open();
    until("the start's record", || loads(&desk, "success") == 1);
    desk.configure("grants: [{ name: g, teams: [t], models: [\"nowhere/x\"] }]\n");
    until("the fault's record", || loads(&desk, "failure") == 1);
    assert_eq!(desk.connect().chat("one", "hello").0, 200);
    desk.configure(TWO);
    until("the good one", || loads(&desk, "success") == 2);
    assert_eq!(desk.connect().chat("two", "hello").0, 200);
}

#[test]
fn what_cannot_be_taken_over_says_that_it_needs_a_restart() {
    let mut desk = Desk::open();
    desk.configure(&format!("state_dir: ./elsewhere\n{TWO}"));
    until("the fault's record", || loads(&desk, "failure") == 1);
    assert_eq!(
        desk.connect().chat("two", "hello").0,
        403,
        "nothing of it is in force"
    );
    let said = desk.records().iter().any(|one| {
        one.text("portcullis.decision.detail")
            .is_some_and(|text| text.contains("needs restart"))
    });
    assert!(said);
}

#[test]
fn a_request_ends_under_the_configuration_it_began_with() {
    let desk = Desk::open();
    desk.provider.think(Duration::from_secs(3));
    let mut caller = desk.connect();
    caller.send("one", "hello");
    until("the request", || {
        desk.provider.asked.load(Ordering::SeqCst) == 1
    });
    until("the start's record", || loads(&desk, "success") == 1);
    desk.configure("grants: []\n");
    until("the reload", || loads(&desk, "success") == 2);
    assert_eq!(caller.answer().0, 200);
    assert_eq!(desk.connect().chat("one", "hello").0, 403);
}

/// Reloads under load: nothing fails, and each record names the configuration
/// it ran under. `PORTCULLIS_LOAD=10000` makes it as long as one likes.
#[test]
fn reloads_under_load_fail_no_request() {
    let wanted: usize = std::env::var("PORTCULLIS_LOAD")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(400);
    let mut desk = Desk::open();
    let (done, stop) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let mut caller = desk.connect();
            let (done, stop) = (Arc::clone(&done), Arc::clone(&stop));
            thread::spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    let (status, body) = caller.chat("one", "hello");
                    assert_eq!(status, 200, "{body}");
                    done.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    until("the start's record", || loads(&desk, "success") == 1);
    let mut turn = 0_usize;
    while done.load(Ordering::SeqCst) < wanted || turn < 4 {
        let grants = match turn % 4 {
            0 => TWO.to_owned(),
            2 => GRANTS.to_owned(),
            _ => "grants: [nonsense\n".to_owned(),
        };
        let reloaded = loads(&desk, "success") + loads(&desk, "failure");
        desk.configure(&grants);
        until("a reload", || {
            loads(&desk, "success") + loads(&desk, "failure") > reloaded
        });
        turn += 1;
    }
    stop.store(true, Ordering::SeqCst);
    callers.into_iter().for_each(|one| one.join().unwrap());
    let records = desk.records();
    let digests: BTreeSet<_> = records
        .iter()
        .filter(|one| one.request_id().is_some())
        .map(|one| one.text("portcullis.config.digest").unwrap().to_owned())
        .collect();
    assert_eq!(digests.len(), 2, "two configurations without faults");
    let terminal = terminal(&records);
    assert!(terminal.len() >= wanted);
    assert!(terminal.values().all(|count| *count == 1));
}
