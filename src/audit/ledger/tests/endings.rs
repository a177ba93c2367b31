use super::*;
use proptest::prelude::*;

/// What may happen to a request, step by step; the last decides how it ends.
#[derive(Debug, Clone)]
enum Step {
    Identify,
    Refuse,
    Dispatch,
    /// The future is dropped before the record is durable.
    DispatchAndHangUp,
    Start,
    Answer,
    Break,
    HangUp,
    Panic,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        Just(Step::Identify),
        Just(Step::Refuse),
        Just(Step::Dispatch),
        Just(Step::DispatchAndHangUp),
        Just(Step::Start),
        Just(Step::Answer),
        Just(Step::Break),
        Just(Step::HangUp),
        Just(Step::Panic),
    ];
    prop::collection::vec(one, 0..8)
}

async fn walk(ledger: Arc<Ledger>, steps: Vec<Step>) -> RequestId {
    let request = RequestId::new();
    let begun = ledger.begin(&Arrived {
        request,
        ..arrived()
    });
    let mut trail = begun.expect("begun");
    for step in steps {
        match step {
            Step::Identify => drop(trail.keep(Ok(caller()))),
            Step::Refuse => drop(trail.keep::<()>(Err(refusal()))),
            Step::Dispatch => trail.dispatched().await.expect("durable"),
            Step::DispatchAndHangUp => {
                let mut waiting = Box::pin(trail.dispatched());
                drop(futures_util::poll!(&mut waiting));
            }
            Step::Start => trail.started(200),
            Step::Answer => {
                trail
                    .finish(Outcome::Answered { status: 200 })
                    .await
                    .expect("durable");
                return request;
            }
            Step::Break => {
                drop(trail.finish(Outcome::Broken {
                    status: 200,
                    code: Code::UpstreamReset,
                }));
                return request;
            }
            Step::HangUp => return request,
            Step::Panic => panic!("on purpose"),
        }
    }
    request
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn every_ending_has_exactly_one_terminal_record(
        requests in prop::collection::vec(steps(), 1..40)
    ) {
        let home = tempfile::tempdir().expect("a directory");
        let ledger = Arc::new(open(home.path()));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .expect("a runtime");
        let many = requests.len();
        let panics = requests
            .iter()
            .filter(|steps| {
                let ends = |one: &&Step| {
                    matches!(one, Step::Answer | Step::Break | Step::HangUp | Step::Panic)
                };
                matches!(steps.iter().find(ends), Some(Step::Panic))
            })
            .count();
        runtime.block_on(async {
            let walks: Vec<_> = requests
                .into_iter()
                .map(|steps| tokio::spawn(walk(Arc::clone(&ledger), steps)))
                .collect();
            for one in walks {
                drop(one.await);
            }
        });
        ledger.close();
        let all = entries(home.path());
        assert_chained(&all);
        let endings = endings(&all);
        prop_assert_eq!(endings.len(), many);
        prop_assert!(endings.values().all(|one| *one == (1, 1)), "{:?}", endings);
        let panicked = all.iter().filter(|one| one.event_name() == Event::Panic.name()).count();
        prop_assert_eq!(panicked, panics);
    }
}

#[test]
fn dispatched_is_on_disk_when_the_wait_is_over() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    let mut trail = ledger.begin(&arrived()).expect("begun");
    trail.keep(Ok(caller())).expect("kept");
    block_on(trail.dispatched()).expect("durable");
    let stages = |entries: &[Entry]| {
        entries
            .iter()
            .filter(|entry| entry.request_id().is_some())
            .map(|entry| entry.text(names::STAGE).unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        stages(&entries(home.path())),
        ["request.received", "request.dispatched"]
    );
    block_on(trail.finish(Outcome::Answered { status: 200 })).expect("durable");
    assert_eq!(
        stages(&entries(home.path())).last().map(String::as_str),
        Some("response.complete")
    );
}

#[test]
fn the_terminal_record_says_what_happened() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    let begin = || {
        let mut trail = ledger.begin(&arrived()).expect("begun");
        trail.keep(Ok(caller())).expect("kept");
        trail
    };
    block_on(begin().finish(Outcome::Answered { status: 200 })).expect("durable");
    let mut refused = begin();
    let no = Refusal::new(Code::RateLimited, "canary-sentence").with_detail("too fast");
    refused.keep::<()>(Err(no)).expect_err("refused");
    refused.keep::<()>(Err(refusal())).expect_err("refused");
    block_on(refused.finish(Outcome::Answered { status: 429 })).expect("durable");
    let broken = Outcome::Broken {
        status: 200,
        code: Code::UpstreamReset,
    };
    block_on(begin().finish(broken)).expect("durable");
    drop(begin());
    ledger.close();
    let all = entries(home.path());
    let said: Vec<_> = all
        .iter()
        .filter(|entry| entry.event_name() == Event::Complete.name())
        .map(|entry| {
            let text = |name| entry.text(name).unwrap_or("-");
            let status = entry.number(names::STATUS).unwrap_or(0);
            format!(
                "{} {status} {} {} {}",
                text(names::OUTCOME),
                text(names::ERROR_TYPE),
                text(names::DECISION),
                text(names::DECISION_REASON)
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "success 200 - - -",
            "failure 429 rate_limited rate_limit rate_limited",
            "failure 200 upstream_reset - -",
            "unknown 0 - - -",
        ]
    );
    assert!(!all.iter().any(|one| {
        one.bytes()
            .windows(15)
            .any(|part| part == b"canary-sentence")
    }));
}
