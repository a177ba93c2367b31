//! `portcullis serve`: the gateway, until it is told to stop.

use std::path::Path;

use tokio::{
    runtime::{Builder, Runtime},
    signal::unix::{SignalKind, signal},
};

use jiff::Timestamp;

use super::{
    ConfigFile, Exit,
    console::{Console, Stop},
    surroundings,
};
use crate::{
    config,
    gateway::{self, Running, Source, StartFault},
};

/// Starts the gateway and keeps it running until SIGTERM or SIGINT.
///
/// The first signal stops accepting and lets running requests end; a second
/// one ends at once. Changed files are read, checked and put in force together,
/// within seconds or on SIGHUP; one with faults leaves the old ones in force. Logs are JSON lines on standard error; `PORTCULLIS_LOG`
/// sets their level: `error`, `warn`, `info`, `debug` or `off`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis serve -c portcullis.yaml
  PORTCULLIS_LOG=debug portcullis serve -c portcullis.yaml 2> gateway.log

Exit codes:
  0  stopped, and every request had ended
  1  stopped, and requests were cut
  2  it could not be started")]
pub(super) struct Serve {
    #[command(flatten)]
    file: ConfigFile,
}

impl Serve {
    pub(super) fn run(self, _console: &mut Console<'_>) -> Result<Exit, Stop> {
        crate::telemetry::start_logging();
        runtime()?.block_on(async {
            let running = start(&self.file.config).await?;
            let cut = running.until_signalled().await.map_err(Stop::said)?;
            Ok(if cut == 0 { Exit::Done } else { Exit::No })
        })
    }
}

/// The runtime of a gateway.
pub(super) fn runtime() -> Result<Runtime, Stop> {
    let made = Builder::new_multi_thread().enable_all().build();
    made.map_err(|error| Stop::said(format_args!("threads cannot be started: {error}")))
}

/// Waits for SIGTERM, SIGINT, or the end of the terminal.
pub(super) async fn asked_to_stop() -> Result<(), Stop> {
    let said = |error| Stop::said(format_args!("signals cannot be received: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(said)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(said)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(said)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

/// Starts the gateway of a configuration, which follows its files.
pub(super) async fn start(config: &Path) -> Result<Running, Stop> {
    let source = Source {
        file: config.to_owned(),
        load: |file| config::load(file, &surroundings::of_process(Timestamp::now())),
    };
    gateway::start(source).await.map_err(|fault| match fault {
        StartFault::Configuration(faults) => faults.into(),
        fault @ (StartFault::Settings(_)
        | StartFault::Master(_)
        | StartFault::Keyring(_)
        | StartFault::Ledger(_)
        | StartFault::Signals(_)) => Stop::said(fault),
    })
}
