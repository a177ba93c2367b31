//! The one thread that writes: takes what waits, writes it in one piece, waits
//! for the disk once, and wakes everybody whose record is there.
//!
//! INVARIANT: a segment in which anything failed is never written to or synced
//! again. Its group goes to a new one, with the same bytes at the same places
//! in the chain; a reader that meets a record twice drops the second. While
//! even that fails, the group stays in memory, later groups queue behind it,
//! and nobody new is let in.

use std::{
    collections::BTreeSet,
    fs, io,
    path::PathBuf,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Duration, Instant, SystemTime},
};

use uuid::Uuid;

use super::{
    Core, Parts, Position,
    chain::Chain,
    disk::Disk,
    frame,
    queue::Job,
    retain::{self, Retain},
    sealer::Sealer,
    segment::{self, Opening, Writing},
};
use crate::audit::{
    record::{Draft, Event, canonical::Attributes, names},
    seal::SigningKey,
};

/// Records of one group (TELEMETRY §4).
const GROUP: usize = 512;

/// How often age is looked at.
const SWEEP: Duration = Duration::from_secs(60);

/// The writer's state.
#[derive(Debug)]
pub(super) struct Writer {
    core: Arc<Core>,
    disk: Box<dyn Disk>,
    place: Place,
    tick: Duration,
    heartbeat: Duration,
    chain: Chain,
    open: BTreeSet<Uuid>,
    segment: Option<Writing>,
    next_segment: u64,
    unwritten: Option<Group>,
    sealer: Sealer,
    last_write: Instant,
    last_sweep: Option<Instant>,
    failed_at: Option<Instant>,
}

/// Where segments go, and when they go away.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) directory: PathBuf,
    pub(super) capacity: u64,
    pub(super) retain: Retain,
}

/// Records that have their place and are not on the disk.
#[derive(Debug)]
struct Group {
    /// The chain before them: what a new segment would begin with.
    before: Chain,
    frames: Vec<u8>,
    records: u64,
    changes: Vec<(Event, Uuid)>,
}

impl Group {
    /// Nothing yet, at the end of `chain`.
    fn after(chain: &Chain) -> Self {
        Self {
            before: chain.clone(),
            frames: Vec::new(),
            records: 0,
            changes: Vec::new(),
        }
    }
}

impl Writer {
    pub(super) fn new(
        core: Arc<Core>,
        parts: Parts,
        place: Place,
        sealer: Sealer,
        next_segment: u64,
    ) -> Self {
        Self {
            core,
            disk: parts.disk,
            place,
            tick: parts.tick,
            heartbeat: parts.heartbeat,
            chain: Chain::new(Uuid::now_v7()),
            open: BTreeSet::new(),
            segment: None,
            next_segment,
            unwritten: None,
            sealer,
            last_write: Instant::now(),
            last_sweep: None,
            failed_at: None,
        }
    }

    /// Goes on with a stream another process has left open.
    pub(super) fn resume(&mut self, chain: Chain, open: BTreeSet<Uuid>) {
        self.chain = chain;
        self.open = open;
    }

    /// Ends the stream; the next record begins a new one.
    pub(super) fn leave_stream(&mut self) -> io::Result<Chain> {
        if self.sealer.is_behind(&self.chain) {
            self.checkpoint(None)?;
        }
        self.sealer.restart();
        if let Some(segment) = self.segment.take() {
            segment.seal()?;
        }
        self.open.clear();
        Ok(std::mem::replace(
            &mut self.chain,
            Chain::new(Uuid::now_v7()),
        ))
    }

    /// Writes until the queue is closed, then ends the stream.
    pub(super) fn run(mut self) {
        let core = Arc::clone(&self.core);
        let _nobody_waits_in_vain = Stopped(&core);
        while let Some(mut jobs) = self.core.queue.take(GROUP, self.tick) {
            jobs.extend(self.chores());
            if !jobs.is_empty() || self.unwritten.is_some() {
                self.write(jobs).ok();
            }
            self.seal();
            self.sweep();
        }
        let mut last: Vec<Job> = self
            .core
            .flood_summary(Instant::now(), true)
            .into_iter()
            .collect();
        let mut closed = self.core.draft(Event::StreamClosed, Attributes::default());
        closed.end = true;
        last.push(job(closed));
        if self.write(last).is_ok() {
            self.leave_stream().ok();
        }
    }

    /// What is due besides what requests hand over.
    fn chores(&mut self) -> Vec<Job> {
        let now = Instant::now();
        let mut due: Vec<Job> = self.core.flood_summary(now, false).into_iter().collect();
        let quiet = now.saturating_duration_since(self.last_write);
        let probe = self
            .failed_at
            .is_some_and(|at| now.saturating_duration_since(at) >= self.tick);
        if quiet >= self.heartbeat || (probe && self.unwritten.is_none()) {
            due.push(job(self
                .core
                .draft(Event::Heartbeat, Attributes::default())));
        }
        due
    }

    /// Lets old segments go, now and then, and more often where room is short.
    fn sweep(&mut self) {
        let room = &self.core.room;
        let short = room.taken() > self.place.retain.bytes;
        let pause = if short { self.tick } else { SWEEP };
        if self.last_sweep.is_some_and(|at| at.elapsed() < pause) {
            return;
        }
        self.last_sweep = Some(Instant::now());
        let Some(writing) = self.segment.as_ref().map(Writing::number) else {
            return;
        };
        let delivered = self.core.delivered_segment();
        let (directory, retain) = (&self.place.directory, self.place.retain);
        let freed = retain::sweep(directory, retain, delivered, writing, SystemTime::now());
        // what cannot be deleted stays, and is counted as what it is
        room.give_back(freed.unwrap_or(0));
    }

    /// Signs what is on the disk, when it is time, and takes a new key, when
    /// somebody asks. Waits while something is not there yet.
    fn seal(&mut self) {
        if self.unwritten.is_some() {
            return;
        }
        if self.sealer.is_due(&self.chain, Instant::now()) {
            self.checkpoint(None).ok();
        }
        let asked = self
            .core
            .rotation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(asked) = asked {
            asked.send(self.rotate()).ok();
        }
    }

    /// The new key is in the chain, under a checkpoint of both keys, before
    /// the old one is gone.
    fn rotate(&mut self) -> io::Result<String> {
        let next = self.sealer.prepare()?;
        let vkey = next.public().to_string();
        let mut all = Attributes::default();
        all.text(names::KEY, &vkey);
        self.write(vec![job(self.core.draft(Event::KeyRotated, all))])?;
        self.checkpoint(Some(&next))?;
        self.sealer.adopt(next)?;
        Ok(vkey)
    }

    /// INVARIANT: only what is on the disk is signed, so that no crash can
    /// leave a signature of a past that never was.
    fn checkpoint(&mut self, next: Option<&SigningKey>) -> io::Result<()> {
        let note = self.sealer.note(&self.chain, next);
        let mut all = Attributes::default();
        all.text(names::CHECKPOINT_NOTE, &note);
        let draft = self.core.draft(Event::Checkpoint, all);
        let mut group = Group::after(&self.chain);
        frame::write(&mut group.frames, &draft.aside(self.chain.stream()));
        let written = self.commit(&group);
        if written.is_err() {
            self.unwritten = Some(group);
        }
        written.and_then(|()| self.sealer.log(&note))
    }

    /// Gives records their places, makes them durable and tells who waits.
    pub(super) fn write(&mut self, jobs: Vec<Job>) -> io::Result<()> {
        let mut group = self
            .unwritten
            .take()
            .unwrap_or_else(|| Group::after(&self.chain));
        for job in &jobs {
            let bytes = self.chain.place(&job.draft);
            frame::write(&mut group.frames, &bytes);
            group.records = group.records.saturating_add(1);
            if let Some(request) = job.draft.request {
                group.changes.push((job.draft.event, request));
            }
        }
        let written = self.commit(&group);
        match &written {
            Ok(()) => self.account(&group),
            Err(_) => self.unwritten = Some(group),
        }
        for job in jobs {
            drop(job.room);
            if let Some(done) = job.done {
                // nobody waits where the request is gone already
                done.send(written.is_ok()).ok();
            }
        }
        written
    }

    /// One write, one sync; a second try on a new segment.
    fn commit(&mut self, group: &Group) -> io::Result<()> {
        let started = Instant::now();
        let size = u64::try_from(group.frames.len()).unwrap_or(u64::MAX);
        if let Some(mut segment) = self.segment.take() {
            let full = segment.length().saturating_add(size) > self.place.capacity;
            if full && segment.has_records() {
                self.observe(segment.seal());
            } else if self.observe(segment.append(&group.frames)).is_some() {
                self.committed(segment, size, started);
                return Ok(());
            }
        }
        let number = self.next_segment;
        self.next_segment = number.saturating_add(1);
        let opening = Opening::new(&group.before, &self.open);
        let made = Writing::create(
            &*self.disk,
            &self.place.directory,
            number,
            self.place.capacity,
            &opening,
        )
        .and_then(|mut segment| segment.append(&group.frames).map(|()| segment));
        match made {
            Ok(segment) => {
                let size = segment.length();
                self.committed(segment, size, started);
                Ok(())
            }
            Err(error) => {
                // nothing in it was acknowledged, and it may be in the way
                fs::remove_file(segment::path(&self.place.directory, number)).ok();
                self.failed(&error);
                Err(error)
            }
        }
    }

    /// Notes a failure; the segment it happened in is given up.
    fn observe(&mut self, result: io::Result<()>) -> Option<()> {
        result.map_err(|error| self.failed(&error)).ok()
    }

    fn failed(&mut self, error: &io::Error) {
        self.failed_at = Some(Instant::now());
        self.core.health.failed(error.to_string());
    }

    fn committed(&mut self, segment: Writing, size: u64, started: Instant) {
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let health = &self.core.health;
        health.commits.fetch_add(1, Ordering::Relaxed);
        health.commit_micros.fetch_add(micros, Ordering::Relaxed);
        self.core.room.charge(size);
        health.set_durable(Position {
            segment: segment.number(),
            offset: segment.length(),
        });
        self.segment = Some(segment);
        self.last_write = Instant::now();
        let rested = self.failed_at.is_some_and(|at| at.elapsed() >= self.tick);
        if rested {
            self.failed_at = None;
            health.recovered();
        }
    }

    fn account(&mut self, group: &Group) {
        for (event, request) in &group.changes {
            if *event == Event::Received {
                self.open.insert(*request);
            } else if event.is_terminal() {
                self.open.remove(request);
            }
        }
        let health = &self.core.health;
        health.records.fetch_add(group.records, Ordering::Relaxed);
        let open = u64::try_from(self.open.len()).unwrap_or(u64::MAX);
        health.open.store(open, Ordering::Relaxed);
    }
}

/// A record nobody waits for, which needs no permission.
pub(super) fn job(draft: Draft) -> Job {
    Job {
        draft,
        done: None,
        room: None,
    }
}

/// However the thread ends, whoever waits for it is told.
struct Stopped<'a>(&'a Core);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.0.queue.abandon();
        self.0.ask_for_rotation(None);
        self.0.health.failed("the ledger is closed".to_owned());
    }
}
