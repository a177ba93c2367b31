use super::{super::floods::FAILURES_PER_SECOND, *};

fn fail(ledger: &Ledger) {
    let mut trail = ledger.begin(&arrived()).expect("begun");
    trail.keep::<()>(Err(refusal())).expect_err("refused");
    block_on(trail.finish(Outcome::Answered { status: 401 })).expect("counted or durable");
}

fn folded(entries: &[Entry]) -> u64 {
    entries
        .iter()
        .filter_map(|entry| entry.number(names::FLOOD_TOTAL))
        .sum()
}

#[test]
fn nothing_identified_is_ever_folded() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    let strangers = FAILURES_PER_SECOND * 3;
    let mut known = Vec::new();
    for round in 0..strangers {
        fail(&ledger);
        // callers with a key, in the middle of it, ending in every way
        let mut trail = ledger.begin(&arrived()).expect("begun");
        known.push(trail.request().uuid());
        trail.keep(Ok(caller())).expect("kept");
        match round % 3 {
            0 => block_on(trail.finish(Outcome::Answered { status: 200 })).expect("durable"),
            1 => drop(trail),
            _ => {
                trail.keep::<()>(Err(refusal())).expect_err("refused");
                block_on(trail.finish(Outcome::Answered { status: 403 })).expect("durable");
            }
        }
    }
    ledger.close();
    let all = entries(home.path());
    assert_chained(&all);
    let endings = endings(&all);
    for request in &known {
        assert_eq!(endings.get(request), Some(&(1, 1)));
    }
    assert!(
        endings.values().all(|one| *one == (1, 1)),
        "no half-written request"
    );
    let written = u64::try_from(endings.len() - known.len()).expect("few");
    assert!(
        written < strangers,
        "{written} of {strangers} were written one by one"
    );
    assert_eq!(
        written + folded(&all),
        strangers,
        "each stranger is written or counted"
    );
}

#[test]
fn a_caller_known_too_late_for_the_room_that_is_left_is_written_too() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    (0..=FAILURES_PER_SECOND).for_each(|_| fail(&ledger));
    let mut trail = ledger.begin(&arrived()).expect("begun");
    let request = trail.request().uuid();
    let room = &ledger.core.room;
    let rest = room.most() - room.taken();
    let everything = room.set_aside(rest).expect("room");
    let refusal = trail
        .keep(Ok(caller()))
        .expect_err("no room for `received`");
    assert_eq!(refusal.code(), Code::AuditUnavailable);
    let answer = Outcome::Answered { status: 503 };
    block_on(trail.finish(answer)).expect("in the room of the terminal record");
    drop(everything);
    assert_eq!(endings(&entries(home.path())).get(&request), Some(&(1, 1)));
}

#[test]
fn a_panic_is_written_even_in_a_flood() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    (0..=FAILURES_PER_SECOND).for_each(|_| fail(&ledger));
    let trail = ledger.begin(&arrived()).expect("begun");
    let request = trail.request().uuid();
    block_on(trail.finish(Outcome::Panicked { status: 500 })).expect("durable");
    assert_eq!(endings(&entries(home.path())).get(&request), Some(&(1, 1)));
}

#[test]
fn rejected_connections_are_written_or_counted() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    let many = FAILURES_PER_SECOND * 2;
    for _ in 0..many {
        ledger.connection_rejected(&ConnectionRejected {
            source: IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)),
            listener: "data",
            reason: "malformed head",
            code: Code::MalformedRequest,
            request: RequestId::new(),
        });
    }
    ledger.close();
    let all = entries(home.path());
    let name = Event::ConnectionRejected.name();
    let written = all.iter().filter(|one| one.event_name() == name).count();
    let written = u64::try_from(written).expect("few");
    assert!((1..many).contains(&written), "{written}");
    assert_eq!(written + folded(&all), many);
}
