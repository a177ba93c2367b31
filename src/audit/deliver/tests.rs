//! A collector with a plan of faults, one for each request.

use std::{
    collections::{BTreeSet, HashSet, VecDeque},
    fs,
    sync::Mutex,
};

use opentelemetry_proto::tonic::{
    collector::logs::v1::{
        ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
    },
    common::v1::any_value,
    logs::v1::LogRecord,
};
use prost::Message as _;

use http::{HeaderValue, header};

use super::{collector::PROTOBUF, *};
use crate::audit::{ledger::tests as made, verify};

/// What the collector does with a request.
#[derive(Debug, Clone, Copy)]
enum Plan {
    Status(u16),
    RetryAfter(&'static str),
    /// The connection is closed before there is an answer,
    Closes,
    /// or after everything was taken.
    LosesAnswer,
    /// Somebody else answers: a proxy, with a page.
    Page,
    Garbage,
    Hangs,
}

#[derive(Debug, Default)]
struct Receiver {
    plan: Mutex<VecDeque<Plan>>,
    taken: Mutex<Vec<LogRecord>>,
    sizes: Mutex<Vec<(usize, usize)>>,
    /// Records it will not have: answered with 400 or, if so told, as partial.
    dislikes: Mutex<HashSet<String>>,
    says_partial: bool,
}

fn attribute<'a>(log: &'a LogRecord, name: &str) -> Option<&'a any_value::Value> {
    let found = log.attributes.iter().find(|one| one.key == name)?;
    found.value.as_ref()?.value.as_ref()
}

fn text(log: &LogRecord, name: &str) -> String {
    match attribute(log, name) {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

impl Receiver {
    fn with_plan(plan: &[Plan]) -> Self {
        let plan = Mutex::new(plan.iter().copied().collect());
        Self {
            plan,
            ..Self::default()
        }
    }

    fn uids(&self) -> Vec<String> {
        let taken = self.taken.lock().expect("whole");
        taken
            .iter()
            .map(|log| text(log, "log.record.uid"))
            .collect()
    }

    fn take(&self, body: &Bytes) -> (u16, Vec<u8>) {
        let request = ExportLogsServiceRequest::decode(body.as_ref()).expect("a request");
        let logs: Vec<LogRecord> = request
            .resource_logs
            .into_iter()
            .flat_map(|resource| resource.scope_logs)
            .flat_map(|scope| scope.log_records)
            .collect();
        self.sizes
            .lock()
            .expect("whole")
            .push((logs.len(), body.len()));
        let dislikes = self.dislikes.lock().expect("whole");
        let bad = |log: &LogRecord| dislikes.contains(&text(log, "log.record.uid"));
        let rejected = logs.iter().filter(|log| bad(log)).count();
        if rejected > 0 && !self.says_partial {
            return (400, Vec::new());
        }
        let good = logs.into_iter().filter(|log| !bad(log));
        self.taken.lock().expect("whole").extend(good);
        let partial_success = (rejected > 0).then(|| ExportLogsPartialSuccess {
            rejected_log_records: i64::try_from(rejected).expect("few"),
            error_message: "no".to_owned(),
        });
        (
            200,
            ExportLogsServiceResponse { partial_success }.encode_to_vec(),
        )
    }
}

impl Post for Receiver {
    fn post(
        &self,
        uri: &Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> BoxFuture<'_, Result<(StatusCode, HeaderMap, Bytes), PostFault>> {
        assert_eq!(uri.path(), "/base/v1/logs");
        assert_eq!(headers["authorization"], "Bearer of-a-test");
        let mut answer = HeaderMap::new();
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROTOBUF));
        let closed = || Err(PostFault("connection closed".to_owned()));
        let plan = self.plan.lock().expect("whole").pop_front();
        let result = match plan {
            None => {
                let (status, body) = self.take(&body);
                Ok((status, body))
            }
            Some(Plan::Status(status)) => Ok((status, Vec::new())),
            Some(Plan::RetryAfter(value)) => {
                answer.insert(header::RETRY_AFTER, HeaderValue::from_static(value));
                Ok((503, Vec::new()))
            }
            Some(Plan::Closes) => closed(),
            Some(Plan::LosesAnswer) => {
                self.take(&body);
                closed()
            }
            Some(Plan::Page) => {
                answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
                Ok((200, b"<html>".to_vec()))
            }
            Some(Plan::Garbage) => Ok((200, vec![0xff; 100])),
            Some(Plan::Hangs) => return Box::pin(std::future::pending()),
        };
        Box::pin(async move {
            tokio::task::yield_now().await;
            let (status, body) = result?;
            Ok((
                StatusCode::from_u16(status).expect("a status"),
                answer,
                body.into(),
            ))
        })
    }
}

const QUICK: Pace = Pace {
    idle: Duration::from_millis(1),
    first: Duration::from_millis(2),
    longest: Duration::from_millis(8),
    hold: Duration::from_millis(8),
    answer: Duration::from_secs(20),
};

fn collector() -> Collector {
    let headers = [("authorization".to_owned(), "Bearer of-a-test".to_owned())];
    Collector::load("http://127.0.0.1:4318/base/", &headers).expect("a collector")
}

fn exporter(ledger: &Ledger, receiver: &Arc<Receiver>) -> Exporter {
    let post: Arc<dyn Post> = Arc::<Receiver>::clone(receiver);
    Exporter::with_pace(ledger, collector(), post, QUICK)
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("a runtime");
    let output = runtime.block_on(future);
    runtime.shutdown_background();
    output
}

/// `many` requests, ended.
fn requests(ledger: &Ledger, many: usize) {
    for _ in 0..many {
        let mut trail = ledger.begin(&made::arrived()).expect("begun");
        trail.keep(Ok(made::caller())).expect("kept");
    }
    made::one_request(ledger);
}

fn written(directory: &Path) -> Vec<String> {
    made::entries(directory)
        .iter()
        .map(|entry| entry.text(names::RECORD_ID).expect("an id").to_owned())
        .collect()
}

#[test]
fn everything_arrives_in_order_in_batches_of_the_size_allowed() {
    let home = made::memory();
    let ledger = made::open_delivering(home.path());
    requests(&ledger, 300);
    let receiver = Arc::new(Receiver::default());
    let exporter = exporter(&ledger, &receiver);
    block_on(exporter.flush()).expect("delivered");
    assert_eq!(receiver.uids(), written(home.path()));
    let sizes = receiver.sizes.lock().expect("whole");
    assert!(sizes.len() > 1);
    assert!(
        sizes
            .iter()
            .all(|(many, bytes)| *many <= 512 && *bytes <= 1 << 20),
        "{sizes:?}"
    );
    let status = exporter.watch().status();
    assert_eq!(usize::try_from(status.delivered), Ok(receiver.uids().len()));
}

#[test]
fn whatever_the_collector_does_nothing_is_lost_and_order_is_kept() {
    let home = made::memory();
    let ledger = made::open_delivering(home.path());
    requests(&ledger, 300);
    let plan = [
        Plan::Closes,
        Plan::Status(503),
        Plan::RetryAfter("0"),
        Plan::Status(429),
        Plan::Status(401),
        Plan::Status(404),
        Plan::Status(302),
        Plan::Page,
        Plan::Garbage,
        Plan::Status(500),
        Plan::LosesAnswer,
        Plan::Status(413),
        Plan::Status(413),
        Plan::Status(504),
    ];
    let receiver = Arc::new(Receiver::with_plan(&plan));
    let exporter = exporter(&ledger, &receiver);
    block_on(exporter.flush()).expect("delivered");
    assert!(
        receiver.plan.lock().expect("whole").is_empty(),
        "every fault was met"
    );
    let mut seen = BTreeSet::new();
    let mut once: Vec<String> = receiver.uids();
    once.retain(|uid| seen.insert(uid.clone()));
    assert_eq!(once, written(home.path()), "in order, repeats apart");
    let status = exporter.watch().status();
    assert!(status.retries > 10 && status.dead_lettered == 0 && status.fault.is_none());
}

#[test]
fn a_record_the_collector_will_not_have_is_kept_apart_and_recorded() {
    for says_partial in [false, true] {
        let home = made::memory();
        let ledger = made::open_delivering(home.path());
        requests(&ledger, 100);
        let all = made::entries(home.path());
        let bad: Vec<&Entry> = [3, 50, 51].into_iter().map(|at| &all[at]).collect();
        let receiver = Receiver {
            says_partial,
            ..Receiver::default()
        };
        let dislikes = bad
            .iter()
            .map(|one| one.record_id().expect("an id").to_string());
        receiver.dislikes.lock().expect("whole").extend(dislikes);
        let receiver = Arc::new(receiver);
        let exporter = exporter(&ledger, &receiver);
        block_on(exporter.flush()).expect("delivered");
        made::one_request(&ledger); // and with it, what was queued before
        block_on(exporter.flush()).expect("delivered");
        for entry in &bad {
            let id = entry.record_id().expect("an id");
            let file = home.path().join(format!("dead-letter/{id}.json"));
            assert_eq!(fs::read(file).expect("kept"), entry.bytes());
        }
        let status = exporter.watch().status();
        assert_eq!(status.dead_lettered, 3);
        let now = made::entries(home.path());
        let written = u64::try_from(now.len()).expect("few");
        assert_eq!(
            status.delivered + status.dead_lettered,
            written,
            "none unaccounted for"
        );
        let report = verify::verify(&home.path().join("audit-keys.txt"), &[home.path().into()]);
        let delivery = report.expect("readable").delivery.expect("a collector");
        assert_eq!(
            (delivery.delivered, delivery.waiting),
            (status.delivered, 0)
        );
        assert_eq!(delivery.dead_lettered, 3);
        let name = Event::DeadLetter.name();
        let noted: Vec<_> = now.iter().filter(|one| one.event_name() == name).collect();
        assert_eq!(noted.len(), 3);
        assert_eq!(noted[0].number(names::DEAD_NUMBER), bad[0].sequence());
        let taken: BTreeSet<String> = receiver.uids().into_iter().collect();
        assert_eq!(u64::try_from(taken.len()).expect("few") + 3, written);
    }
}

#[test]
fn delivery_goes_on_where_it_stopped() {
    let home = made::memory();
    let ledger = made::open_delivering(home.path());
    requests(&ledger, 20);
    let receiver = Arc::new(Receiver::default());
    block_on(exporter(&ledger, &receiver).flush()).expect("delivered");
    let first = receiver.uids().len();
    ledger.close();
    drop(ledger);
    let ledger = made::open_delivering(home.path());
    requests(&ledger, 20);
    let exporter = exporter(&ledger, &receiver);
    block_on(exporter.flush()).expect("delivered");
    assert_eq!(receiver.uids(), written(home.path()), "each once");
    assert!(receiver.uids().len() > first);
    let delivered = exporter.watch().status().delivered;
    assert_eq!(usize::try_from(delivered), Ok(receiver.uids().len()));
}

#[test]
fn a_hanging_collector_holds_up_nobody_but_delivery() {
    let home = made::memory();
    let ledger = made::open_delivering(home.path());
    let receiver = Arc::new(Receiver::with_plan(&[Plan::Hangs, Plan::Hangs]));
    let mut exporter = exporter(&ledger, &receiver);
    block_on(async {
        let hung = tokio::time::timeout(Duration::from_millis(50), exporter.run());
        hung.await.expect_err("still waiting");
    });
    made::one_request(&ledger);
    exporter.pace.answer = Duration::from_millis(30);
    block_on(exporter.flush()).expect("delivered");
    assert_eq!(receiver.uids(), written(home.path()));
}

#[test]
fn what_was_not_delivered_is_never_deleted_and_a_full_ledger_refuses_until_it_was() {
    let home = made::memory();
    let ledger = made::open_delivering(home.path());
    let mut first = None;
    loop {
        match ledger.begin(&made::arrived()) {
            Ok(mut trail) => {
                trail.keep(Ok(made::caller())).map(drop).ok();
                first.get_or_insert(trail.request().uuid());
            }
            Err(refusal) if refusal.detail() == Some("the ledger is full") => break,
            Err(_queue) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    made::wait_for(&ledger, |status| status.open == 0);
    std::thread::sleep(Duration::from_millis(100)); // several looks for what may go
    let all = made::entries(home.path());
    assert!(
        all.iter().any(|one| one.request_id() == first),
        "the oldest is still there"
    );
    while let Ok(mut trail) = ledger.begin(&made::arrived()) {
        trail.keep(Ok(made::caller())).map(drop).ok();
    }
    let receiver = Arc::new(Receiver::default());
    block_on(exporter(&ledger, &receiver).flush()).expect("delivered");
    made::wait_for(&ledger, |status| status.bytes < made::SMALL / 2);
    made::one_request(&ledger);
    let taken: BTreeSet<String> = receiver.uids().into_iter().collect();
    for entry in &all {
        assert!(taken.contains(entry.text(names::RECORD_ID).expect("an id")));
    }
}

#[test]
fn a_log_record_has_the_exact_bytes_and_typed_attributes() {
    let home = made::memory();
    let ledger = made::open_delivering(home.path());
    made::one_request(&ledger);
    let receiver = Arc::new(Receiver::default());
    block_on(exporter(&ledger, &receiver).flush()).expect("delivered");
    let entries = made::entries(home.path());
    let taken = receiver.taken.lock().expect("whole");
    for (log, entry) in taken.iter().zip(&entries) {
        assert_eq!(text(log, "log.record.original").as_bytes(), entry.bytes());
        assert_eq!(log.event_name, entry.event_name());
        assert_eq!(log.time_unix_nano, entry.nanoseconds());
        assert!(log.body.is_none() && log.time_unix_nano > 0);
    }
    let last = taken.last().expect("one");
    let status = attribute(last, "http.response.status_code");
    assert_eq!(status, Some(&any_value::Value::IntValue(200)));
    assert_eq!(last.severity_number, 9);
}

#[test]
fn a_collector_that_is_none_is_refused_and_its_secrets_are_not_shown() {
    for bad in [
        "",
        "collector:4318",
        "ftp://host",
        "http://",
        "http://u:p@host",
        "http://h?k=v",
    ] {
        assert!(Collector::load(bad, &[]).is_err(), "{bad}");
    }
    let header = [("x\n".to_owned(), "v".to_owned())];
    assert!(Collector::load("http://host", &header).is_err());
    let collector = collector();
    assert_eq!(collector.uri(), "http://127.0.0.1:4318/base/v1/logs");
    assert!(!format!("{collector:?}{:?}", collector.headers).contains("of-a-test"));
}

#[test]
fn waiting_is_jittered_between_half_and_whole() {
    let wait = Duration::from_secs(60);
    let waits: BTreeSet<Duration> = (0..100).map(|_| jittered(wait)).collect();
    assert!(waits.iter().all(|one| *one <= wait && *one * 2 >= wait));
    assert!(waits.len() > 10);
}
