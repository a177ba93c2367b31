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
mod core;
mod crc;
mod disk;
mod floods;
mod frame;
mod health;
mod place;
mod queue;
mod recover;
mod retain;
mod room;
mod sealer;
mod segment;
mod status;
mod writer;

use std::{
    fmt,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use uuid::Uuid;

pub(super) use self::core::{Core, unavailable};
pub(super) use chain::Chain;
pub(super) use disk::{Disk, RealDisk};
pub(super) use frame::Frame;
#[cfg(test)]
pub(super) use frame::write as write_frame;
pub(super) use queue::Job;
pub(super) use room::SetAside;
pub(super) use sealer::LOG;
pub(super) use segment::{MAGIC, Reading, list, path};

use super::{
    content::ContentKeys,
    deliver::Cursor,
    facts::Arrived,
    hex,
    record::{Draft, Event, LARGEST_RECORD, Line, Resource, canonical::Attributes, longest, names},
    seal::KeyFiles,
    trail::Trail,
};
use crate::primitives::{Code, MasterKey, Refusal};
use floods::Floods;
use health::Health;
pub use place::{Instance, LedgerFault, Spool};
use queue::Queue;
use recover::Left;
use room::Room;
use sealer::Sealer;
pub use status::{ConnectionRejected, Position, Status};
use writer::{Writer, job};

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
    /// How long nothing may happen before a record says so.
    pub(super) heartbeat: Duration,
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
            heartbeat: HEARTBEAT,
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
        let lock = place::lock(&directory)?;
        let name = place::instance_name(&directory, instance).map_err(unusable)?;
        let keys = KeyFiles::new(&spool.keys, spool.origin(&name));
        let key = keys.load_or_create().map_err(LedgerFault::NoKey)?;
        let survey = recover::survey(&directory).map_err(unusable)?;
        let delivered = match spool.delivers {
            true => Some(Cursor::load(&directory).map_err(unusable)?.position),
            false => None,
        };
        let core = Arc::new(Core {
            queue: Queue::default(),
            room: Arc::new(Room::new(spool.max_bytes, survey.bytes)),
            floods: Floods::new(Instant::now()),
            keys: ContentKeys::new(master),
            health: Health::default(),
            resource: Resource::new(&name, instance.environment.as_deref()),
            delivered: Mutex::new(delivered),
            rotation: Mutex::default(),
        });
        let sealer = Sealer::new(&directory, keys, key);
        let place = writer::Place {
            directory: directory.clone(),
            capacity: (spool.max_bytes / SEGMENTS).min(LARGEST_SEGMENT),
            retain: spool.retain,
        };
        let mut writer = Writer::new(Arc::clone(&core), parts, place, sealer, survey.next_segment);
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
        let floods = &self.core.floods;
        floods.failed(now);
        let reason = rejected.code.name();
        if floods.is_flood(now) || self.core.hand_over(self.core.rejection(rejected)).is_err() {
            floods.fold(reason, now);
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
            free_permille: disk::free_permille(&self.directory),
        }
    }

    /// Everything before this is durable.
    #[must_use]
    pub fn durable(&self) -> Position {
        self.core.health.durable()
    }

    pub(super) fn core(&self) -> Arc<Core> {
        Arc::clone(&self.core)
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

    /// Takes a new signing key and destroys the old one, so that nobody can
    /// sign the past again. Blocks until that is durable; returns the new vkey.
    ///
    /// # Errors
    /// When the disk fails or the ledger is closed; the old key stays then.
    pub fn rotate_key(&self) -> io::Result<String> {
        let (done, wait) = mpsc::channel();
        self.core.ask_for_rotation(Some(done));
        if self.core.queue.is_closed() {
            self.core.ask_for_rotation(None);
        }
        wait.recv()
            .unwrap_or_else(|_closed| Err(io::Error::other("the ledger is closed")))
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

/// TELEMETRY §4.
const LARGEST_SEGMENT: u64 = 64 << 20;
/// A ledger is at least this many segments, so that old ones can go one by one.
const SEGMENTS: u64 = 8;
/// See [`Parts::tick`].
const TICK: Duration = Duration::from_secs(1);
/// TELEMETRY §3: a stream that is silent is missing something.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// Bytes set aside for a terminal record.
pub(super) const TERMINAL_ROOM: u64 = LARGEST_RECORD;

#[cfg(test)]
pub(super) mod tests;
