//! A disk that fails when told to.

use std::sync::atomic::{AtomicU8, Ordering};

use super::{super::disk::Appender, *};

/// What fails from now on.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(u8)]
enum Fault {
    None,
    /// `write` on segments that are open already, once half was written.
    Write,
    /// `fsync` on segments that are open already.
    Sync,
    /// Everything, new segments too: `ENOSPC`.
    NoSpace,
}

#[derive(Debug, Clone)]
struct BadDisk(Arc<AtomicU8>);

impl BadDisk {
    fn new() -> Self {
        Self(Arc::new(AtomicU8::new(Fault::None as u8)))
    }

    fn fail(&self, fault: Fault) {
        self.0.store(fault as u8, Ordering::SeqCst);
    }

    fn fails(&self, fault: Fault) -> bool {
        self.0.load(Ordering::SeqCst) == fault as u8
    }
}

impl Disk for BadDisk {
    fn create(&self, path: &Path, room: u64) -> io::Result<Box<dyn Appender>> {
        if self.fails(Fault::NoSpace) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let file = RealDisk.create(path, room)?;
        // the next segment is a good one
        if !self.fails(Fault::None) {
            self.fail(Fault::None);
        }
        Ok(Box::new(BadFile {
            file,
            disk: self.clone(),
            written_after_fault: false,
        }))
    }
}

#[derive(Debug)]
struct BadFile {
    file: Box<dyn Appender>,
    disk: BadDisk,
    written_after_fault: bool,
}

impl Appender for BadFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        assert!(
            !self.written_after_fault,
            "a poisoned segment is never written again"
        );
        if self.disk.fails(Fault::Write) || self.disk.fails(Fault::NoSpace) {
            self.written_after_fault = true;
            self.file
                .append(bytes.get(..bytes.len() / 2).expect("half"))?;
            return Err(io::Error::from_raw_os_error(28));
        }
        self.file.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        assert!(
            !self.written_after_fault,
            "a poisoned segment is never synced again"
        );
        if self.disk.fails(Fault::Sync) {
            self.written_after_fault = true;
            return Err(io::Error::from_raw_os_error(5));
        }
        self.file.sync()
    }

    fn shorten(&mut self, length: u64) -> io::Result<()> {
        self.file.shorten(length)
    }
}

#[test]
fn a_failed_write_or_sync_poisons_the_segment_and_requests_in_flight_go_on() {
    for fault in [Fault::Write, Fault::Sync] {
        let home = tempfile::tempdir().expect("a directory");
        let disk = BadDisk::new();
        let ledger = open_on(home.path(), SIZE, Box::new(disk.clone())).expect("a ledger");
        one_request(&ledger);
        let before = ledger.status().records;
        let mut trail = ledger.begin(&arrived()).expect("begun");
        // Otherwise the disk may fail under the record of the beginning, and
        // what comes in that moment is refused.
        wait_for(&ledger, |status| status.records > before);
        disk.fail(fault);
        block_on(trail.dispatched()).expect("durable, in a new segment");
        assert_eq!(list(home.path()).expect("listed"), [1, 2], "{fault:?}");
        block_on(trail.finish(Outcome::Answered { status: 200 })).expect("durable");
        wait_for(&ledger, |status| status.accepting);
        one_request(&ledger);
        assert!(ledger.status().faults > 0);
        ledger.close();
        let all = entries(home.path());
        assert_chained(&all);
        assert!(
            endings(&all).values().all(|one| *one == (1, 1)),
            "{fault:?}"
        );
    }
}

#[test]
fn a_full_disk_refuses_and_recovers_and_loses_nothing() {
    let home = tempfile::tempdir().expect("a directory");
    let disk = BadDisk::new();
    let ledger = open_on(home.path(), SIZE, Box::new(disk.clone())).expect("a ledger");
    let mut trail = ledger.begin(&arrived()).expect("begun");
    trail.keep(Ok(caller())).expect("kept");
    let hung_up = ledger.begin(&arrived()).expect("begun");
    let ids = [trail.request().uuid(), hung_up.request().uuid()];
    disk.fail(Fault::NoSpace);
    let refusal = block_on(trail.dispatched()).expect_err("not durable: nothing may be sent");
    assert_eq!(refusal.code(), Code::AuditUnavailable);
    assert!(!ledger.status().accepting);
    let refusal = ledger.begin(&arrived()).expect_err("refused");
    assert_eq!(refusal.code(), Code::AuditUnavailable);
    let answer = Outcome::Answered { status: 503 };
    block_on(trail.finish(answer)).expect_err("not durable: the last byte stays here");
    drop(hung_up);
    disk.fail(Fault::None);
    wait_for(&ledger, |status| status.accepting);
    one_request(&ledger);
    ledger.close();
    let all = entries(home.path());
    assert_chained(&all);
    let endings = endings(&all);
    for id in ids {
        assert_eq!(
            endings.get(&id),
            Some(&(1, 1)),
            "written once there was room"
        );
    }
    let counted = format!("{}audit_unavailable", names::FLOOD);
    let refused: u64 = all.iter().filter_map(|one| one.number(&counted)).sum();
    assert_eq!(refused, 1, "the refused request is counted");
}

#[test]
fn a_full_ledger_refuses_new_requests_and_still_ends_the_open_ones() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open_on(home.path(), SIZE, Box::new(RealDisk)).expect("a ledger");
    let mut open = Vec::new();
    let refusal = loop {
        match ledger.begin(&arrived()) {
            Ok(trail) => open.push(trail),
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(refusal.code(), Code::AuditUnavailable);
    assert_eq!(refusal.detail(), Some("the ledger is full"));
    let many = open.len();
    assert!(u64::try_from(many).expect("few") >= SIZE / (TERMINAL_ROOM * 2));
    for trail in open {
        block_on(trail.finish(Outcome::Answered { status: 200 })).expect("durable");
    }
    assert!(ledger.status().rejections > 0);
    one_request(&ledger); // there is room again
    ledger.close();
    assert!(ledger.status().bytes <= SIZE);
    let all = entries(home.path());
    assert_eq!(endings(&all).len(), many + 1);
}

#[test]
fn a_closed_ledger_lets_nobody_in() {
    let home = tempfile::tempdir().expect("a directory");
    let ledger = open(home.path());
    let late = ledger.begin(&arrived()).expect("begun");
    ledger.close();
    assert!(ledger.begin(&arrived()).is_err());
    assert!(ledger.rotate_key().is_err(), "and keeps nobody waiting");
    let answer = Outcome::Answered { status: 200 };
    block_on(late.finish(answer)).expect_err("nobody wrote it");
}
