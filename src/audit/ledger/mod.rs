//! The write-ahead ledger: what happens is on the disk before it happens.
//!
//! Requests hand records to a queue; one thread gives each its place in the
//! chain, writes what waits in one piece and syncs once. Who must know that a
//! record is durable waits for that; everybody else goes on.
//!
//! INVARIANTS: the directory belongs to one process (`flock`). A request is let
//! in only while the ledger is healthy and the bytes of its terminal record are
//! set aside. No acknowledged record is ever rewritten, moved or lost; the next
//! start finds the requests this process did not end, and ends them as
//! `abandoned`.
//!
//! Left out on purpose: compression and encryption at rest, which the file
//! system does better, and any form of deleting a single record.

mod chain;
mod crc;
mod disk;
mod floods;
mod frame;
mod health;
mod queue;
mod recover;
mod room;
mod segment;
mod writer;

use std::{
    fmt,
    fs::{self, DirBuilder, File},
    io,
    net::IpAddr,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use rustix::fs::FlockOperation;
use thiserror::Error;
use uuid::Uuid;

pub(super) use disk::{Disk, RealDisk};
pub(super) use frame::Frame;
pub(super) use queue::Job;
pub(super) use room::SetAside;
pub(super) use segment::{Reading, list, path};

use super::{
    content::ContentKeys,
    facts::Arrived,
    hex,
    record::{
        Draft, Event, LARGEST_RECORD, Line, Resource,
        canonical::{Attributes, Value},
        canonical_address, longest, names,
    },
    settings::AuditSettings,
    trail::Trail,
};
use crate::primitives::{ByteSize, Code, MasterKey, Refusal, RequestId, SettingFault};
use floods::Floods;
use health::Health;
use queue::Queue;
use recover::Left;
use room::Room;
use writer::{Writer, job};

/// Where the ledger is and how large it may become, checked.
#[derive(Debug, Clone)]
pub struct Spool {
    directory: PathBuf,
    max_bytes: u64,
}

impl Spool {
    /// Takes settings whose paths are resolved.
    ///
    /// # Errors
    /// When there is no directory, or the size cannot hold a segment or two.
    pub fn load(settings: &AuditSettings) -> Result<Self, Vec<SettingFault>> {
        let spool = &settings.spool;
        let mut faults = Vec::new();
        let size = spool.max_bytes.unwrap_or(DEFAULT_SIZE);
        if size < SMALLEST_SIZE {
            let problem = "is too small to hold the requests of a minute";
            let fault = SettingFault::new("spool.max_bytes", problem, "write `16MiB` or more");
            faults.push(fault.with_value(size.0.to_string()));
        }
        let Some(directory) = &spool.directory else {
            faults.push(SettingFault::new(
                "spool.directory",
                "names no directory",
                "write one, or leave the line out",
            ));
            return Err(faults);
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            directory: directory.into(),
            max_bytes: size.0,
        })
    }
}

/// Which process writes: `service.instance.id` and its surroundings.
#[derive(Debug, Clone, Default)]
pub struct Instance {
    /// A name that stays the same over restarts; made and kept in the ledger's
    /// directory where absent.
    pub id: Option<String>,
    /// `deployment.environment.name`.
    pub environment: Option<String>,
}

/// Why the ledger cannot be opened.
#[derive(Debug, Error)]
pub enum LedgerFault {
    /// Another process has it.
    #[error("the ledger in {} belongs to another process that is running", .0.display())]
    Locked(PathBuf),
    /// The disk does not do what it is asked.
    #[error("the ledger in {} cannot be used: {}", .0.display(), .1)]
    Unusable(PathBuf, io::Error),
    /// No thread could be started.
    #[error("the ledger's thread cannot be started: {0}")]
    NoThread(io::Error),
}

/// A place in the ledger: everything before it has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// Number of the segment.
    pub segment: u64,
    /// Bytes into it.
    pub offset: u64,
}

/// How the ledger is doing, for readiness and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether new requests are taken.
    pub accepting: bool,
    /// What last went wrong, while it matters.
    pub fault: Option<String>,
    /// Bytes on the disk, on their way there, and promised.
    pub bytes: u64,
    /// Bytes there may be.
    pub max_bytes: u64,
    /// Records made durable since the start.
    pub records: u64,
    /// Groups they were written in.
    pub commits: u64,
    /// Microseconds all commits took together.
    pub commit_micros: u64,
    /// Writes and syncs that failed.
    pub faults: u64,
    /// Requests refused because they could not be recorded.
    pub rejections: u64,
    /// Requests begun and not ended.
    pub open: u64,
}

/// A connection that ended before there was a request.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionRejected {
    /// The peer.
    pub source: IpAddr,
    /// Which of our ports.
    pub listener: &'static str,
    /// Why, in our own words.
    pub reason: &'static str,
    /// The code of the answer, if there was one.
    pub code: Code,
    /// The id the answer carried.
    pub request: RequestId,
}

/// What requests and the writing thread share.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) queue: Queue,
    pub(super) room: Arc<Room>,
    pub(super) floods: Floods,
    pub(super) keys: ContentKeys,
    pub(super) health: Health,
    resource: Resource,
}

/// The open ledger.
pub struct Ledger {
    core: Arc<Core>,
    thread: Mutex<Option<JoinHandle<()>>>,
    directory: PathBuf,
    instance: String,
    _lock: File,
}

/// What tests replace.
pub(super) struct Parts {
    pub(super) disk: Box<dyn Disk>,
    /// How often the writer looks around when nothing happens, and how long
    /// it distrusts a disk that failed.
    pub(super) tick: Duration,
}

impl Ledger {
    /// Opens the ledger, ends what an earlier process left open, begins a new
    /// stream.
    ///
    /// # Errors
    /// When another process has it, or its directory cannot be used.
    pub fn open(
        spool: &Spool,
        instance: &Instance,
        master: Arc<MasterKey>,
    ) -> Result<Self, LedgerFault> {
        let parts = Parts {
            disk: Box::new(RealDisk),
            tick: TICK,
        };
        Self::open_with(spool, instance, master, parts)
    }

    pub(super) fn open_with(
        spool: &Spool,
        instance: &Instance,
        master: Arc<MasterKey>,
        parts: Parts,
    ) -> Result<Self, LedgerFault> {
        let directory = spool.directory.clone();
        let unusable = |error| LedgerFault::Unusable(spool.directory.clone(), error);
        let lock = lock(&directory)?;
        let name = instance_name(&directory, instance).map_err(unusable)?;
        let survey = recover::survey(&directory).map_err(unusable)?;
        let core = Arc::new(Core {
            queue: Queue::default(),
            room: Arc::new(Room::new(spool.max_bytes, survey.bytes)),
            floods: Floods::new(Instant::now()),
            keys: ContentKeys::new(master),
            health: Health::default(),
            resource: Resource::new(&name, instance.environment.as_deref()),
        });
        let mut writer = Writer::new(
            Arc::clone(&core),
            parts.disk,
            directory.clone(),
            (spool.max_bytes / SEGMENTS).min(LARGEST_SEGMENT),
            parts.tick,
            survey.next_segment,
        );
        begin_stream(&core, &mut writer, survey.left).map_err(unusable)?;
        let thread = std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || writer.run())
            .map_err(LedgerFault::NoThread)?;
        Ok(Self {
            core,
            thread: Mutex::new(Some(thread)),
            directory,
            instance: name,
            _lock: lock,
        })
    }

    /// Records that a request has arrived and keeps room for how it ends.
    ///
    /// # Errors
    /// [`Code::AuditUnavailable`] where it cannot be recorded.
    pub fn begin(&self, arrived: &Arrived) -> Result<Trail, Refusal> {
        let now = Instant::now();
        Trail::begin(&self.core, arrived, now).inspect_err(|_refused| {
            self.core.health.rejections.fetch_add(1, Ordering::Relaxed);
            self.core.floods.fold(Code::AuditUnavailable.name(), now);
        })
    }

    /// Records that a connection ended before there was a request.
    pub fn connection_rejected(&self, rejected: &ConnectionRejected) {
        let now = Instant::now();
        self.core.floods.failed(now);
        let source = canonical_address(rejected.source);
        let mut all = Attributes::default();
        all.text(names::SOURCE_ID, &source);
        all.text(names::SOURCE_TYPE, "address");
        all.text(names::CLIENT_ADDRESS, &source);
        all.text(names::LISTENER, rejected.listener);
        all.text(names::REJECTED_REASON, rejected.reason);
        all.text(names::DECISION, "deny");
        all.text(names::DECISION_REASON, rejected.code.name());
        all.text(names::ERROR_TYPE, rejected.code.error_type());
        all.text(names::OUTCOME, "failure");
        let request = rejected.request.to_string();
        all.text(names::REJECTED_REQUEST, &request);
        let draft = self.core.draft(Event::ConnectionRejected, all);
        let flood = self.core.floods.is_flood(now);
        if flood || self.core.hand_over(draft).is_err() {
            self.core.floods.fold(rejected.code.name(), now);
        }
    }

    /// Records that a configuration is in force, or why another one is not.
    pub fn config_loaded(&self, digest: &str, fault: Option<&str>) {
        let digest = Line::outside(digest, longest::NAME);
        let fault = fault.map(|fault| Line::outside(fault, longest::SENTENCE));
        let mut all = Attributes::default();
        all.text(names::CONFIG_DIGEST, digest.as_str());
        all.text(
            names::OUTCOME,
            if fault.is_none() {
                "success"
            } else {
                "failure"
            },
        );
        all.line(names::DECISION_DETAIL, fault.as_ref());
        // without room for it the requests that follow are refused, and say so
        self.core
            .hand_over(self.core.draft(Event::ConfigLoaded, all))
            .ok();
    }

    /// How it is doing.
    #[must_use]
    pub fn status(&self) -> Status {
        let health = &self.core.health;
        let read = |number: &std::sync::atomic::AtomicU64| number.load(Ordering::Relaxed);
        Status {
            accepting: health.is_good() && self.core.room.taken() < self.core.room.most(),
            fault: health.fault(),
            bytes: self.core.room.taken(),
            max_bytes: self.core.room.most(),
            records: read(&health.records),
            commits: read(&health.commits),
            commit_micros: read(&health.commit_micros),
            faults: read(&health.faults),
            rejections: read(&health.rejections),
            open: read(&health.open),
        }
    }

    /// Everything before this is durable.
    #[must_use]
    pub fn durable(&self) -> Position {
        self.core.health.durable()
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// `service.instance.id` of every record.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Writes what waits, ends the stream and waits until that is durable.
    /// Blocks; called when no request is open any more. Later records are lost.
    pub fn close(&self) {
        self.core.queue.close();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // a panic over there has been noted in the health already
            thread.join().ok();
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Ledger({})", self.directory.display())
    }
}

impl Core {
    /// A record of the process itself.
    pub(super) fn draft(&self, event: Event, mut all: Attributes<'_>) -> Draft {
        all.text(names::ACTOR_TYPE, "system");
        Draft::new(event, None, Timestamp::now(), None, &self.resource, all)
    }

    pub(super) const fn resource(&self) -> &Resource {
        &self.resource
    }

    /// A summary of what was folded, once a second at most.
    fn flood_summary(&self, now: Instant, last: bool) -> Option<Job> {
        let folded = self.floods.take(now, last);
        if folded.is_empty() {
            return None;
        }
        let mut all = Attributes::default();
        let mut total = 0_u64;
        for (reason, many) in folded {
            all.put(format!("{}{reason}", names::FLOOD), Value::Number(many));
            total = total.saturating_add(many);
        }
        all.number(names::FLOOD_TOTAL, Some(total));
        Some(job(self.draft(Event::FloodSummary, all)))
    }

    /// Queues a record nobody waits for, if there is room for it.
    pub(super) fn hand_over(&self, draft: Draft) -> Result<(), Refusal> {
        let room = self.set_aside(draft.size())?;
        let job = Job {
            draft,
            done: None,
            room: Some(room),
        };
        self.queue
            .push(job)
            .map_err(|_full| unavailable("the queue is full"))
    }

    /// Sets bytes aside.
    pub(super) fn set_aside(&self, bytes: u64) -> Result<SetAside, Refusal> {
        if !self.health.is_good() {
            return Err(unavailable("the disk failed"));
        }
        self.room
            .set_aside(bytes)
            .ok_or_else(|| unavailable("the ledger is full"))
    }
}

/// The one way to say that something could not be recorded.
pub(super) fn unavailable(detail: &'static str) -> Refusal {
    Refusal::new(
        Code::AuditUnavailable,
        "the request cannot be recorded at the moment, so it is refused: try again later",
    )
    .with_detail(detail)
    .with_retry_after(RETRY)
}

/// Ends the stream that was left open, if one was, and begins the new one.
fn begin_stream(core: &Core, writer: &mut Writer, left: Option<Left>) -> io::Result<()> {
    let mut before = None;
    let mut cut = 0;
    if let Some(left) = left {
        cut = left.cut;
        if left.closed {
            before = Some(left.chain);
        } else {
            let mut last: Vec<Job> = left.open.iter().map(|id| abandoned(core, *id)).collect();
            let mut all = Attributes::default();
            all.flag(names::RECOVERED, true);
            last.push(job(core.draft(Event::StreamClosed, all)));
            writer.resume(left.chain, left.open);
            writer.write(last)?;
            before = Some(writer.leave_stream()?);
        }
    }
    let mut all = Attributes::default();
    let mut texts = None;
    if let Some(chain) = &before {
        let stream = chain.stream().to_string();
        texts = Some((stream, hex::text(&chain.tree().root())));
        all.number(names::PREVIOUS_SIZE, Some(chain.tree().size()));
    }
    if let Some((stream, root)) = &texts {
        all.text(names::PREVIOUS_STREAM, stream);
        all.text(names::PREVIOUS_ROOT, root);
    }
    if cut > 0 {
        all.number(names::CUT_BYTES, Some(cut));
    }
    writer.write(vec![job(core.draft(Event::StreamOpened, all))])
}

/// The end of a request whose process ended first.
fn abandoned(core: &Core, request: Uuid) -> Job {
    let mut all = Attributes::default();
    all.text(names::OUTCOME, "unknown");
    all.text(names::ACTOR_TYPE, "system");
    let (event, now) = (Event::Abandoned, Timestamp::now());
    job(Draft::new(
        event,
        Some(request),
        now,
        None,
        core.resource(),
        all,
    ))
}

/// Makes the directory, for its owner alone, and takes it.
fn lock(directory: &Path) -> Result<File, LedgerFault> {
    let unusable = |error| LedgerFault::Unusable(directory.to_owned(), error);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(unusable)?;
    if let Some(parent) = directory.parent().filter(|parent| parent.is_dir()) {
        disk::sync_directory(parent).map_err(unusable)?;
    }
    let file = File::open(directory).map_err(unusable)?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(LedgerFault::Locked(directory.to_owned())),
        Err(errno) => Err(unusable(errno.into())),
    }
}

/// The name given, or the one made at the first start.
fn instance_name(directory: &Path, instance: &Instance) -> io::Result<String> {
    if let Some(id) = &instance.id {
        return Ok(id.clone());
    }
    let path = directory.join("instance");
    match fs::read_to_string(&path) {
        Ok(name) if !name.trim().is_empty() => return Ok(name.trim().to_owned()),
        Ok(_empty) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let name = Uuid::new_v4().to_string();
    let beside = directory.join("instance.new");
    fs::write(&beside, &name)?;
    File::open(&beside)?.sync_all()?;
    fs::rename(&beside, &path)?;
    disk::sync_directory(directory)?;
    Ok(name)
}

/// DESIGN §5.
const DEFAULT_SIZE: ByteSize = ByteSize(1 << 30);
/// Eight segments, each with room for a few records of the largest size.
const SMALLEST_SIZE: ByteSize = ByteSize(16 << 20);
/// TELEMETRY §4.
const LARGEST_SEGMENT: u64 = 64 << 20;
/// A ledger is at least this many segments, so that old ones can go one by one.
const SEGMENTS: u64 = 8;
/// See [`Parts::tick`].
const TICK: Duration = Duration::from_secs(1);
/// How long a caller should wait for a disk.
const RETRY: Duration = Duration::from_secs(5);
/// Bytes set aside for a terminal record.
pub(super) const TERMINAL_ROOM: u64 = LARGEST_RECORD;

#[cfg(test)]
mod tests;
