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
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::{
    audit::{Entry, Outcome, read},
    primitives::{Caller, CredentialId, CredentialKind, Team, Tenant},
};

pub(super) const SIZE: u64 = 16 << 20;

pub(super) fn spool(directory: &Path, max_bytes: u64) -> Spool {
    Spool {
        directory: directory.to_owned(),
        max_bytes,
    }
}

pub(super) fn master() -> Arc<MasterKey> {
    Arc::new(MasterKey::new(&[7; 32]).expect("32 bytes"))
}

pub(super) fn open(directory: &Path) -> Ledger {
    open_on(directory, SIZE, Box::new(RealDisk)).expect("a ledger")
}

pub(super) fn open_on(
    directory: &Path,
    max_bytes: u64,
    disk: Box<dyn Disk>,
) -> Result<Ledger, LedgerFault> {
    let parts = Parts {
        disk,
        tick: Duration::from_millis(20),
    };
    Ledger::open_with(
        &spool(directory, max_bytes),
        &Instance::default(),
        master(),
        parts,
    )
}

pub(super) fn arrived() -> Arrived {
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

pub(super) fn caller() -> Caller {
    Caller {
        owner: "ada".into(),
        team: Team::new("data-science").expect("a team"),
        tenant: Tenant::new("data-science").expect("a tenant"),
        credential: CredentialId::new("key-1").expect("an id"),
        kind: CredentialKind::ApiKey,
    }
}

pub(super) fn refusal() -> Refusal {
    Refusal::new(Code::InvalidCredential, "no")
}

pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// One request that is answered, all of it durable.
pub(super) fn one_request(ledger: &Ledger) -> RequestId {
    let mut trail = ledger.begin(&arrived()).expect("begun");
    let request = trail.request();
    trail.keep(Ok(caller())).expect("kept");
    block_on(trail.dispatched()).expect("durable");
    block_on(trail.finish(Outcome::Answered { status: 200 })).expect("durable");
    request
}

pub(super) fn entries(directory: &Path) -> Vec<Entry> {
    read(directory)
        .expect("listed")
        .collect::<Result<_, _>>()
        .expect("read")
}

/// Every stream is numbered without a gap, and each record names the hash of
/// the one before.
pub(super) fn assert_chained(entries: &[Entry]) {
    let mut ends: BTreeMap<Uuid, (u64, [u8; 32])> = BTreeMap::new();
    for entry in entries {
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
pub(super) fn endings(entries: &[Entry]) -> BTreeMap<Uuid, (u32, u32)> {
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
    for _ in 0..40 {
        let trails: Vec<_> = (0..100)
            .map(|_| {
                let mut trail = ledger.begin(&arrived()).expect("begun");
                trail.keep(Ok(caller())).expect("kept");
                trail
            })
            .collect();
        drop(trails);
    }
    ledger.close();
    assert!(list(home.path()).expect("listed").len() > 1);
    let all = entries(home.path());
    assert_chained(&all);
    assert_eq!(
        all.last().and_then(|last| last.flag(names::SEQUENCE_END)),
        Some(true)
    );
    let endings = endings(&all);
    assert_eq!(endings.len(), 4_000);
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
fn settings_without_room_or_place_are_refused() {
    let settings = |text: &str| serde_saphyr::from_str::<AuditSettings>(text).expect("settings");
    let bad = settings("{otlp: none, spool: {max_bytes: 1MiB}}");
    let faults = Spool::load(&bad).expect_err("refused");
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["spool.max_bytes", "spool.directory"]);
    let good = settings("{otlp: none, spool: {directory: ./x}}");
    assert_eq!(Spool::load(&good).expect("good").max_bytes, 1 << 30);
}
