//! What outlives a configuration: secrets, keys, counts, ledger.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;

use super::StartFault;
use crate::{
    audit::{Instance, Ledger},
    config::{Plan, same_keyring},
    egress::{Egress, SystemResolver},
    identity::{
        Identity, KeyringEvent, KeyringFault, load_or_create_master, settings::IdentitySettings,
    },
    ingress::Listeners,
    pipeline::{Stages, Stops},
    primitives::{Budget, Limits, MasterKey},
    provider::Upstreams,
    quota::{Quota, Unpriced},
    redact::Redactor,
    telemetry::{Metrics, events::Degraded, otlp::Service},
};

/// What every configuration of this process shares.
#[derive(Debug)]
pub(super) struct Fixtures {
    master: Arc<MasterKey>,
    identity: Mutex<Known>,
    quota: Arc<Quota>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) metrics: Arc<Metrics>,
    /// The memory for answers read as a whole.
    answers: Arc<Budget>,
    pub(super) limits: Limits,
    pub(super) stops: Stops,
}

/// The keyring in force and the settings it was opened with.
#[derive(Debug)]
struct Known {
    settings: IdentitySettings,
    identity: Arc<Identity>,
}

impl Fixtures {
    pub(super) fn open(plan: &Plan, limits: Limits) -> Result<Self, StartFault> {
        let master = Arc::new(load_or_create_master(&plan.master_file)?);
        let metrics = Arc::new(Metrics::default());
        metrics.build.set([Service::VERSION], 1);
        let ledger = Ledger::open(
            &plan.sections.audit,
            &Instance::default(),
            Arc::clone(&master),
        )?;
        let settings = plan.sections.identity.clone();
        let identity = open_keyring(&settings, &master, &limits)?;
        Ok(Self {
            identity: Mutex::new(Known { settings, identity }),
            quota: Arc::new(Quota::new(&limits, Timestamp::now())),
            ledger: Arc::new(ledger),
            master,
            metrics,
            answers: Budget::new(limits.all_answers),
            limits,
            stops: Stops::default(),
        })
    }

    /// One generation of the configuration, and the ports it asks for.
    pub(super) fn stages(&self, plan: Plan) -> Result<(Stages, Listeners), StartFault> {
        let sections = plan.sections;
        let upstreams = Upstreams::new(sections.providers);
        let stages = Stages {
            egress: Egress::new(
                upstreams.iter(),
                &self.limits,
                SystemResolver::new(),
                &self.answers,
            )?,
            redactor: Redactor::load(&sections.redaction, Arc::clone(&self.master), &self.limits)?,
            identity: self.identity(&sections.identity)?,
            upstreams,
            policy: sections.policy,
            quota: Arc::clone(&self.quota),
            prices: Arc::new(Unpriced),
            ledger: Arc::clone(&self.ledger),
            metrics: Arc::clone(&self.metrics),
            limits: self.limits.clone(),
            stops: self.stops.clone(),
            digest: plan.digest.into(),
        };
        Ok((stages, sections.listen))
    }

    /// The keyring of these settings: the one in force where it is the same,
    /// so that failed logins stay counted.
    fn identity(&self, settings: &IdentitySettings) -> Result<Arc<Identity>, KeyringFault> {
        let mut known = self.identity.lock().unwrap_or_else(PoisonError::into_inner);
        if !same_keyring(&known.settings, settings) {
            known.identity = open_keyring(settings, &self.master, &self.limits)?;
            known.settings = settings.clone();
        }
        Ok(Arc::clone(&known.identity))
    }
}

fn open_keyring(
    settings: &IdentitySettings,
    master: &MasterKey,
    limits: &Limits,
) -> Result<Arc<Identity>, KeyringFault> {
    let file = Path::new(&settings.keys.file);
    Identity::open(file, master, limits, report_keyring).map(Arc::new)
}

fn report_keyring(event: KeyringEvent) {
    if let KeyringEvent::Broken(fault) = event {
        Degraded {
            part: "keyring",
            fault: &fault,
        }
        .emit();
    }
}
