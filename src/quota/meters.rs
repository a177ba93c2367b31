//! Which meter counts which allowance.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use super::{
    clock::{Began, Moment},
    meter::Meter,
};
use crate::{
    policy::{Dimension, GrantLimits, Limit, Permit, Scope, Window},
    primitives::CredentialId,
};

/// Who shares an allowance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Allowance {
    grant: Arc<str>,
    per: Scope,
    sharer: Arc<str>,
}

impl Allowance {
    pub(super) fn of_credential(credential: &CredentialId) -> Self {
        Self {
            grant: Arc::from(""),
            per: Scope::Key,
            sharer: Arc::from(credential.as_str()),
        }
    }

    pub(super) fn of_grant(limits: &GrantLimits, permit: &Permit) -> Self {
        let caller = permit.caller();
        let model = permit.model().map_or("", |model| model.as_str());
        let sharer = match limits.per {
            Scope::Key => Arc::from(caller.credential.as_str()),
            Scope::Caller => Arc::clone(&caller.owner),
            Scope::Team => Arc::from(caller.team.as_str()),
            Scope::Tenant => Arc::from(caller.tenant.as_str()),
            Scope::Model => Arc::from(format!("{}/{model}", permit.provider())),
            Scope::Provider => Arc::from(permit.provider().as_str()),
            Scope::Grant => Arc::from(""),
        };
        Self {
            grant: Arc::from(limits.grant.as_str()),
            per: limits.per,
            sharer,
        }
    }
}

/// A counter as an operator reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Whose limit it is.
    pub grant: String,
    /// How it is shared.
    pub per: Scope,
    /// Who shares it.
    pub sharer: String,
    /// The ceiling.
    pub limit: Limit,
    /// How much of it is taken or reserved.
    pub used: u64,
}

/// A ceiling is part of the key: where a reload changes it, counting begins
/// anew for minutes, and goes on for calendar windows (see `carry`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    allowance: Allowance,
    dimension: Dimension,
    window: Window,
    most: u64,
    began: Began,
}

/// Meters by allowance. One that nobody holds and that says nothing is forgotten.
#[derive(Debug, Default)]
pub(super) struct Meters(RwLock<Table>);

#[derive(Debug, Default)]
struct Table {
    meters: HashMap<Key, Arc<Meter>>,
    sweep_at: usize,
}

/// Meters there may be before the first sweep.
const FIRST_SWEEP: usize = 4_096;

impl Meters {
    /// The meter of a limit, and the time to the end of its window.
    pub(super) fn meter(
        &self,
        allowance: &Allowance,
        limit: Limit,
        now: &Moment,
    ) -> (Arc<Meter>, Duration) {
        let (began, ends) = now.window(limit.window);
        let key = Key {
            allowance: allowance.clone(),
            dimension: limit.dimension,
            window: limit.window,
            most: limit.most.get(),
            began,
        };
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(meter) = table.meters.get(&key) {
            return (Arc::clone(meter), ends);
        }
        drop(table);
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        table.sweep(now);
        let carried = table.carry(&key);
        let fresh = || {
            let meter = Meter::new(limit);
            meter.force(carried, now);
            Arc::new(meter)
        };
        let meter = Arc::clone(table.meters.entry(key).or_insert_with(fresh));
        (meter, ends)
    }

    /// What is counted, with whose and how much.
    pub(super) fn shown(&self, now: &Moment) -> Vec<Shown> {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut shown: Vec<_> = table
            .meters
            .iter()
            .filter(|(key, _)| now.window(key.window).0 == key.began)
            .filter_map(|(key, meter)| {
                Some(Shown {
                    grant: key.allowance.grant.to_string(),
                    per: key.allowance.per,
                    sharer: key.allowance.sharer.to_string(),
                    limit: Limit {
                        dimension: key.dimension,
                        window: key.window,
                        most: key.most.try_into().ok()?,
                    },
                    used: meter.used(now),
                })
            })
            .filter(|one| one.used > 0)
            .collect();
        shown.sort_by(|a, b| (&a.grant, &a.sharer).cmp(&(&b.grant, &b.sharer)));
        shown
    }
}

impl Table {
    /// What the same window counted under another ceiling: a changed budget
    /// does not forget what was spent.
    fn carry(&self, key: &Key) -> u64 {
        if key.window == Window::Minute {
            return 0;
        }
        let same = |other: &&Key| {
            other.allowance == key.allowance
                && other.dimension == key.dimension
                && other.window == key.window
                && other.began == key.began
        };
        let others = self.meters.iter().filter(|(other, _)| same(other));
        let spent = others.map(|(_, meter)| match &**meter {
            Meter::Sum { used, .. } => used.load(std::sync::atomic::Ordering::Acquire),
            Meter::Rate(_) => 0,
        });
        spent.max().unwrap_or(0)
    }

    /// Forgets what says nothing any more; twice as many may gather before the next time.
    fn sweep(&mut self, now: &Moment) {
        if self.meters.len() < self.sweep_at.max(FIRST_SWEEP) {
            return;
        }
        self.meters.retain(|key, meter| {
            let held = Arc::strong_count(meter) > 1;
            let past = now.window(key.window).0 != key.began;
            held || !(past || meter.is_idle(now))
        });
        self.sweep_at = self.meters.len().saturating_mul(2);
    }
}
