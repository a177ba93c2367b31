//! Where the ledger lives, whose it is, and why it cannot be opened.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::fs::FlockOperation;
use thiserror::Error;
use uuid::Uuid;

use super::{disk, retain::Retain};
use crate::{
    audit::{
        seal::is_name,
        settings::{AuditSettings, OtlpSettings},
    },
    primitives::{ByteSize, SettingFault},
};

/// Where the ledger is and how large it may become, checked.
#[derive(Debug, Clone)]
pub struct Spool {
    pub(super) directory: PathBuf,
    pub(super) max_bytes: u64,
    pub(super) origin: Option<String>,
    /// Where the signing key is: beside the ledger's directory, not in it, so
    /// that whoever is given the ledger to read is not given the key.
    pub(super) keys: PathBuf,
    /// Whether a collector is to get everything.
    pub(super) delivers: bool,
    pub(super) retain: Retain,
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
        if let Some(origin) = settings.origin.as_ref().filter(|origin| !is_name(origin)) {
            let problem = "is empty, or has a space or a `+` in it";
            let instead = "write a name without a scheme, such as `audit.example.com/gateway`";
            faults.push(SettingFault::new("origin", problem, instead).with_value(origin));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            directory: directory.into(),
            max_bytes: size.0,
            origin: settings.origin.clone(),
            keys: directory_of(directory),
            delivers: matches!(settings.otlp, OtlpSettings::Collector(_)),
            retain: Retain {
                age: DAY.saturating_mul(settings.retain.days.unwrap_or(DAYS)),
                bytes: settings
                    .retain
                    .max_bytes
                    .map_or(u64::MAX, |bytes| bytes.0)
                    .min(three_quarters(size.0)),
            },
        })
    }

    /// The name checkpoints are signed under.
    pub(super) fn origin(&self, instance: &str) -> String {
        let own = || format!("portcullis/{instance}");
        self.origin.clone().unwrap_or_else(own)
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
    /// There is no key to sign with.
    #[error("the audit key cannot be used: {0}")]
    NoKey(io::Error),
    /// No thread could be started.
    #[error("the ledger's thread cannot be started: {0}")]
    NoThread(io::Error),
}

/// What is kept leaves room for what comes: with `otlp: none` a ledger that
/// keeps as much as it may hold would soon refuse every request.
const fn three_quarters(bytes: u64) -> u64 {
    bytes.saturating_sub(bytes / 4)
}

fn directory_of(path: &str) -> PathBuf {
    match Path::new(path).parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// Makes the directory, for its owner alone, and takes it.
pub(super) fn lock(directory: &Path) -> Result<File, LedgerFault> {
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
pub(super) fn instance_name(directory: &Path, instance: &Instance) -> io::Result<String> {
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
/// DESIGN §5.
const DAYS: u32 = 7;
/// 24 hours; leap seconds may keep a segment a second longer.
const DAY: Duration = Duration::from_secs(86_400);
