//! The folder of a demo: a configuration, keys and secrets like anybody's.
//!
//! Everything is written to disk and read back the way `serve` reads it, so
//! what the demo shows is what the files say.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use uuid::Uuid;

use super::provider::MODEL;
use crate::{
    cli::console::Stop,
    config,
    identity::{self, MintRequest},
    primitives::{Secret, Team},
};

/// A folder with everything a gateway needs. Removed when dropped, unless the
/// user named it.
#[derive(Debug)]
pub(super) struct Home {
    folder: PathBuf,
    named: bool,
    /// What the made-up provider wants to see.
    pub(super) credential: Secret,
}

impl Home {
    /// Makes the folder, which must be new or empty.
    pub(super) fn make(named: Option<PathBuf>) -> Result<Self, Stop> {
        let random = || Uuid::new_v4().simple().to_string();
        let folder = named
            .clone()
            .unwrap_or_else(|| std::env::temp_dir().join(format!("portcullis-demo-{}", random())));
        let said = |error: io::Error| {
            Stop::said(format_args!("{} cannot be made: {error}", folder.display()))
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(said)?;
        if fs::read_dir(&folder).map_err(said)?.next().is_some() {
            return Err(Stop::said(format_args!(
                "{} is not empty; name a new folder",
                folder.display()
            )));
        }
        let home = Self {
            folder,
            named: named.is_some(),
            credential: Secret::new(format!("demo-upstream-{}", random())),
        };
        home.write("provider.key", 0o400, home.credential.expose())?;
        Ok(home)
    }

    /// Writes the configuration.
    pub(super) fn configure(&self, gateway: SocketAddr, provider: SocketAddr) -> Result<(), Stop> {
        let text = CONFIG
            .replace("{gateway}", &gateway.to_string())
            .replace("{provider}", &provider.to_string())
            .replace("{model}", MODEL);
        self.write("portcullis.yaml", 0o600, &text)
    }

    /// Makes a key, as `keys mint` does.
    pub(super) fn mint(&self) -> Result<Secret, Stop> {
        let places = config::places(&self.config())?;
        let master = identity::load_or_create_master(&places.master).map_err(Stop::said)?;
        let request = MintRequest {
            owner: "you".to_owned(),
            team: Team::new("demo").map_err(Stop::said)?,
            tenant: None,
            expires_in: Some(A_DAY),
        };
        let minted = identity::mint(&places.keyring, &request, &master, Timestamp::now());
        let (key, _entry) = minted.map_err(Stop::said)?;
        Ok(key)
    }

    /// The configuration file.
    pub(super) fn config(&self) -> PathBuf {
        self.folder.join("portcullis.yaml")
    }

    /// The folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn write(&self, name: &str, mode: u32, text: &str) -> Result<(), Stop> {
        let path = self.folder.join(name);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| {
                Stop::said(format_args!(
                    "{} cannot be written: {error}",
                    path.display()
                ))
            })
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if !self.named {
            // Best effort: it is a temporary folder with nothing of value.
            fs::remove_dir_all(&self.folder).ok();
        }
    }
}

const A_DAY: Duration = Duration::from_secs(86_400);

/// What the gateway of the demo reads.
const CONFIG: &str = "\
# Written by `portcullis demo`. Nothing in it is special: `portcullis serve` and
# `portcullis check` take it as it is.

listen:
  data: { address: \"{gateway}\" }

state_dir: ./state

# The made-up provider, twice: once for each dialect it speaks.
providers:
  openai:
    kind: openai
    base_url: \"http://{provider}\"
    allow_networks: [\"127.0.0.0/8\"]       # loopback is refused unless it is named
    credential: { file: ./provider.key }
    default: true
  anthropic:
    kind: anthropic
    base_url: \"http://{provider}\"
    allow_networks: [\"127.0.0.0/8\"]
    credential: { file: ./provider.key }

identity:
  keys: { file: ./keys.yaml }

grants:
  - name: demo
    teams: [demo]
    models: [\"openai/{model}\", \"anthropic/{model}\"]
    limits: { per: caller, requests_per_minute: 600, concurrent: 20 }

audit:
  otlp: none
";
