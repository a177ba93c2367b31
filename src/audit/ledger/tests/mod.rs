//! What the ledger promises, shown on a real disk.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "counts of a test do not overflow"
)]

mod crash;
mod endings;
mod faults;
mod floods;
mod restart;

use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use uuid::Uuid;

use super::{retain::Retain, *};
use crate::{
    audit::{Entry, Outcome, read, settings::AuditSettings},
    primitives::{Caller, CredentialId, CredentialKind, RequestId, Team, Tenant},
};

pub(in crate::audit) const SIZE: u64 = 16 << 20;
/// Of the ledgers that are filled.
pub(in crate::audit) const SMALL: u64 = 4 << 20;

/// A directory that need not reach a disk, where there is one.
pub(in crate::audit) fn memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_none| tempfile::tempdir())
        .expect("a directory")
}

pub(in crate::audit) fn spool(directory: &Path, max_bytes: u64) -> Spool {
    Spool {
        directory: directory.to_owned(),
        max_bytes,
        origin: None,
        keys: directory.to_owned(),
        delivers: false,
        retain: Retain {
            age: Duration::from_secs(86_400),
            bytes: max_bytes,
        },
    }
}

pub(in crate::audit) fn master() -> Arc<MasterKey> {
    Arc::new(MasterKey::new(&[7; 32]).expect("32 bytes"))
}

pub(in crate::audit) fn open(directory: &Path) -> Ledger {
    open_on(directory, SIZE, Box::new(RealDisk)).expect("a ledger")
}

pub(in crate::audit) fn open_on(
    directory: &Path,
    max_bytes: u64,
    disk: Box<dyn Disk>,
) -> Result<Ledger, LedgerFault> {
    let parts = Parts {
        disk,
        tick: Duration::from_millis(20),
        heartbeat: HEARTBEAT,
    };
    Ledger::open_with(
        &spool(directory, max_bytes),
        &Instance::default(),
        master(),
        parts,
    )
}

/// With a collector: nothing goes before it was delivered, then soon.
pub(in crate::audit) fn open_delivering(directory: &Path) -> Ledger {
    let mut spool = spool(directory, SMALL);
    spool.delivers = true;
    spool.retain.bytes = SMALL / 4;
    let parts = Parts {
        disk: Box::new(RealDisk),
        tick: Duration::from_millis(20),
        heartbeat: HEARTBEAT,
    };
    Ledger::open_with(&spool, &Instance::default(), master(), parts).expect("a ledger")
}

pub(in crate::audit) fn wait_for(ledger: &Ledger, what: impl Fn(&Status) -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !what(&ledger.status()) {
        assert!(Instant::now() < until, "{:?}", ledger.status());
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(in crate::audit) fn arrived() -> Arrived {
    Arrived {
        request: RequestId::new(),
        at: Timestamp::now(),
        clock: Instant::now(),
        source: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
        listener: "data",
        method: "POST".to_owned(),
        user_agent: Some("test/1".to_owned()),
        tls: None,
        config_digest: "digest".into(),
        policy_version: "policy".into(),
        trace: None,
    }
}

pub(in crate::audit) fn caller() -> Caller {
    Caller {
        owner: "ada".into(),
        team: Team::new("data-science").expect("a team"),
        tenant: Tenant::new("data-science").expect("a tenant"),
        credential: CredentialId::new("key-1").expect("an id"),
        kind: CredentialKind::ApiKey,
    }
}

pub(in crate::audit) fn refusal() -> Refusal {
    Refusal::new(Code::InvalidCredential, "no")
}

pub(in crate::audit) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// One request that is answered, all of it durable.
pub(in crate::audit) fn one_request(ledger: &Ledger) -> RequestId {
    let mut trail = ledger.begin(&arrived()).expect("begun");
    let request = trail.request();
    trail.keep(Ok(caller())).expect("kept");
    block_on(trail.dispatched()).expect("durable");
    block_on(trail.finish(Outcome::Answered { status: 200 })).expect("durable");
    request
}

pub(in crate::audit) fn entries(directory: &Path) -> Vec<Entry> {
    read(directory)
        .expect("listed")
        .collect::<Result<_, _>>()
        .expect("read")
}

/// Every stream is numbered without a gap, and each record names the hash of
/// the one before.
pub(in crate::audit) fn assert_chained(entries: &[Entry]) {
    let mut ends: BTreeMap<Uuid, (u64, [u8; 32])> = BTreeMap::new();
    for entry in entries
        .iter()
        .filter(|one| one.event_name() != Event::Checkpoint.name())
    {
        let stream = entry.stream().expect("a stream");
        let number = entry.sequence().expect("a number");
        match ends.get(&stream) {
            None => assert_eq!((number, entry.previous_hash()), (1, None)),
            Some((last, hash)) => {
                assert_eq!(number, last + 1);
                assert_eq!(entry.previous_hash(), Some(*hash));
            }
        }
        ends.insert(stream, (number, entry.leaf()));
    }
}

/// Per request: how many `received`, how many terminal records.
pub(in crate::audit) fn endings(entries: &[Entry]) -> BTreeMap<Uuid, (u32, u32)> {
    let mut all: BTreeMap<Uuid, (u32, u32)> = BTreeMap::new();
    for entry in entries {
        let (Some(request), Some(event)) =
            (entry.request_id(), Event::from_name(entry.event_name()))
        else {
            continue;
        };
        let (received, terminal) = all.entry(request).or_default();
        *received += u32::from(event == Event::Received);
        *terminal += u32::from(event.is_terminal());
    }
    all
}

#[test]
fn two_processes_cannot_have_one_ledger() {
    let home = tempfile::tempdir().expect("a directory");
    let first = open(home.path());
    let second = open_on(home.path(), SIZE, Box::new(RealDisk));
    assert!(matches!(second, Err(LedgerFault::Locked(_))));
    drop(first);
    open(home.path());
}

#[test]
fn a_ledger_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().expect("a directory");
    let directory = home.path().join("state/audit");
    one_request(&open(&directory));
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&path(&directory, 1)), 0o600);
}

#[test]
fn segments_follow_one_another_and_are_read_in_order() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    // 2 MiB a segment, about 1.3 KiB a request
    for _ in 0..20 {
        let trails: Vec<_> = (0..100)
            .map(|_| {
                let mut trail = ledger.begin(&arrived()).expect("begun");
                trail.keep(Ok(caller())).expect("kept");
                trail
            })
            .collect();
        drop(trails);
        one_request(&ledger);
    }
    ledger.close();
    assert!(list(home.path()).expect("listed").len() > 1);
    let all = entries(home.path());
    assert_chained(&all);
    let last = all
        .iter()
        .rfind(|one| one.sequence().is_some())
        .expect("a record");
    assert_eq!(last.flag(names::SEQUENCE_END), Some(true));
    let endings = endings(&all);
    assert_eq!(endings.len(), 2_020);
    assert!(endings.values().all(|one| *one == (1, 1)));
}

#[test]
fn a_live_ledger_can_be_read() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    let request = one_request(&ledger);
    let all = entries(home.path());
    assert_chained(&all);
    assert_eq!(endings(&all).get(&request.uuid()), Some(&(1, 1)));
}

#[test]
fn a_checkpoint_comes_after_a_thousand_records_and_not_with_each_group() {
    let home = memory();
    let ledger = open(home.path());
    for _ in 0..400 {
        one_request(&ledger);
    }
    let all = entries(home.path());
    let is_note = |entry: &&Entry| entry.event_name() == Event::Checkpoint.name();
    assert_eq!(all.iter().filter(is_note).count(), 1);
    let at = all.iter().position(|entry| is_note(&entry)).expect("there");
    assert!(at >= 1_000, "{at}");
}

#[test]
fn a_ledger_in_which_nothing_happens_says_so() {
    let home = memory();
    let parts = Parts {
        disk: Box::new(RealDisk),
        tick: Duration::from_millis(5),
        heartbeat: Duration::from_millis(10),
    };
    let spool = spool(home.path(), SIZE);
    let instance = Instance {
        id: Some("gateway-1".to_owned()),
        environment: Some("test".to_owned()),
    };
    let ledger = Ledger::open_with(&spool, &instance, master(), parts).expect("a ledger");
    wait_for(&ledger, |status| status.records >= 3);
    ledger.close();
    let all = entries(home.path());
    assert_chained(&all);
    let beats = all
        .iter()
        .filter(|one| one.event_name() == Event::Heartbeat.name());
    assert!(beats.count() >= 2);
    let first = all.first().expect("one");
    assert_eq!(first.resource("service.instance.id"), Some("gateway-1"));
    assert_eq!(first.resource("deployment.environment.name"), Some("test"));
}

#[test]
fn a_configuration_in_force_is_a_record() {
    let home = memory();
    let ledger = open(home.path());
    ledger.config_loaded("d1", None);
    ledger.config_loaded("d2", Some("grants[0] names no model\n"));
    ledger.close();
    let all = entries(home.path());
    let said: Vec<_> = all
        .iter()
        .filter(|one| one.event_name() == Event::ConfigLoaded.name())
        .map(|one| {
            let text = |name| one.text(name).unwrap_or("-").to_owned();
            [
                text(names::CONFIG_DIGEST),
                text(names::OUTCOME),
                text(names::DECISION_DETAIL),
            ]
        })
        .collect();
    assert_eq!(said[0], ["d1", "success", "-"]);
    assert_eq!(said[1], ["d2", "failure", "grants[0] names no model"]);
}

#[test]
fn settings_without_room_or_place_are_refused() {
    let settings = |text: &str| serde_saphyr::from_str::<AuditSettings>(text).expect("settings");
    let bad = settings("{otlp: none, spool: {max_bytes: 1MiB}}");
    let faults = Spool::load(&bad).expect_err("refused");
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["spool.max_bytes", "spool.directory"]);
    let good = settings("{otlp: none, spool: {directory: ./x}}");
    assert_eq!(Spool::load(&good).expect("good").max_bytes, 1 << 30);
}
