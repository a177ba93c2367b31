//! A changed configuration takes the place of the old one, or is told off.
//!
//! INVARIANT: all files are read, checked and swapped together. A fault, or a
//! change that needs a restart, leaves everything as it was; requests in
//! flight end under the configuration they began with.

use std::{sync::Arc, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};

use super::{Fixtures, Gate, Source, StartFault};
use crate::{
    config::{Fingerprint, Sources, needs_restart, sentence, settings::Settings},
    ingress::{Certificates, Stop},
    telemetry::events::{ConfigLoaded, ConfigRejected},
};

/// Follows the files of a configuration.
pub(super) struct Reloader {
    pub(super) source: Source,
    pub(super) fixtures: Arc<Fixtures>,
    pub(super) gate: Arc<Gate>,
    pub(super) certificates: Option<Certificates>,
    /// What runs.
    pub(super) settings: Settings,
    pub(super) sources: Sources,
    /// What the files said when they were last read, in force or not.
    pub(super) seen: Fingerprint,
}

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(500);

impl Reloader {
    /// Follows changes and SIGHUP until `stop`.
    pub(super) async fn follow(mut self, stop: Stop) -> Result<(), std::io::Error> {
        let mut hangup = signal(SignalKind::hangup())?;
        let mut look = interval(EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut settling = None;
        loop {
            let asked = tokio::select! {
                () = stop.stopping() => return Ok(()),
                signal = hangup.recv() => signal.is_some(),
                _ = look.tick() => false,
            };
            // reads files and may compile policies: not on an I/O worker
            let step = tokio::task::spawn_blocking(move || {
                self.look(asked, &mut settling);
                (self, settling)
            });
            let Ok(back) = step.await else {
                return Ok(()); // the process is stopping
            };
            (self, settling) = back;
        }
    }

    /// Reads the files. A change counts once they said the same twice, so that
    /// a file in the middle of being written is not judged.
    fn look(&mut self, asked: bool, settling: &mut Option<Fingerprint>) {
        let now = self.sources.fingerprint();
        let settled = settling.replace(now) == Some(now);
        if asked || (now != self.seen && settled) {
            self.seen = now;
            self.reload();
        }
    }

    fn reload(&mut self) {
        match self.take_over() {
            Ok(digest) => {
                self.fixtures.metrics.reloads.add(["loaded"], 1);
                self.fixtures.ledger.config_loaded(&digest, None);
                ConfigLoaded { digest: &digest }.emit();
            }
            Err(faults) => {
                self.fixtures.metrics.reloads.add(["rejected"], 1);
                let running = self.gate.current().digest.clone();
                self.fixtures.ledger.config_loaded(&running, Some(&faults));
                ConfigRejected { faults: &faults }.emit();
            }
        }
    }

    /// Puts what the files say in force, and returns its digest; or what is
    /// wrong with it.
    fn take_over(&mut self) -> Result<Arc<str>, String> {
        let plan = self.source.load().map_err(|faults| faults.to_string())?;
        let stuck = needs_restart(&self.settings, &plan.settings);
        if !stuck.is_empty() {
            return Err(sentence(&stuck));
        }
        let settings = plan.settings.clone();
        let sources = Sources::of(&self.source.file, &settings);
        let (stages, _ports) = self
            .fixtures
            .stages(plan)
            .map_err(|fault: StartFault| fault.to_string())?;
        if let Some(certificates) = &self.certificates {
            certificates.reload().map_err(|faults| sentence(&faults))?;
        }
        let digest = Arc::clone(&stages.digest);
        self.gate.swap(stages);
        self.seen = if sources == self.sources {
            self.seen
        } else {
            sources.fingerprint()
        };
        (self.settings, self.sources) = (settings, sources);
        Ok(digest)
    }
}
