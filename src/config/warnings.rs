//! What is no fault and deserves a look: it works today, and will not tomorrow,
//! or for less than was meant, or for more.
//!
//! Each warning names its line like a fault; `check --strict` makes it one.
//! Left out on purpose: matters of taste. Whatever stands here has cost
//! somebody an outage or a secret.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{certificate, plan::Plan};
use crate::{
    identity::{self, KeyEntry},
    policy::settings::GrantSettings,
    primitives::{Limits, SettingFault},
    provider::{
        Scheme, Upstream,
        settings::{CredentialSettings, ProviderSettings},
    },
};

/// All warnings about a plan, at `now`.
pub(super) fn of(plan: &Plan, now: Timestamp) -> Vec<SettingFault> {
    let mut found = Vec::new();
    let keys = keys(plan, &mut found);
    found.extend(expiring(&keys, now));
    found.extend(listen(plan));
    found.extend(certificate(plan, now));
    found.extend(plan.sections.providers.iter().filter_map(unencrypted));
    for (name, provider) in &plan.settings.providers {
        let warnings = of_provider(provider, now);
        let section = format!("providers.{name}");
        found.extend(warnings.into_iter().map(|one| one.below(&section)));
    }
    found.extend(unreached(plan));
    for (index, grant) in plan.settings.grants.iter().enumerate() {
        let warning = unusable(grant, &keys, now);
        found.extend(warning.map(|one| one.below(&format!("grants[{index}]"))));
    }
    found.extend(small_ledger(plan, &keys, now));
    found
}

/// The keys there are; what keeps them from being read is a warning, since the
/// gateway says so itself when it starts.
fn keys(plan: &Plan, found: &mut Vec<SettingFault>) -> Vec<KeyEntry> {
    let file = &plan.settings.identity.keys.file;
    let warning = |problem: String, instead: &str| {
        SettingFault::new("identity.keys.file", problem, instead).with_value(file)
    };
    if !Path::new(file).exists() {
        found.push(warning(
            "does not exist yet, so nobody can log in".to_owned(),
            "make a key with `portcullis keys mint`",
        ));
        return Vec::new();
    }
    if let Some(mode) = mode(file).filter(|mode| mode & WRITERS != 0) {
        found.push(warning(
            format!("can be changed by others than its owner (mode {mode:04o})"),
            "run `chmod 0600` on it: who writes it decides whose key a key is",
        ));
    }
    identity::list(Path::new(file)).unwrap_or_else(|why| {
        found.push(warning(
            why.to_string(),
            "restore it, or move it away and mint new keys",
        ));
        Vec::new()
    })
}

fn expiring(keys: &[KeyEntry], now: Timestamp) -> Vec<SettingFault> {
    let valid = keys.iter().filter(|key| key.is_valid(now));
    let soon = valid.filter(|key| key.expires.duration_since(now) < SOON);
    soon.map(|key| {
        let day = day_of(key.expires);
        SettingFault::new(
            "identity.keys.file",
            format!("has key `{}` of {}, which ends on {day}", key.id, key.owner),
            "mint its owner a new one before that day",
        )
    })
    .collect()
}

fn listen(plan: &Plan) -> Option<SettingFault> {
    let data = &plan.settings.listen.data;
    let address: SocketAddr = data.address.parse().ok()?;
    if address.ip().is_loopback() || data.tls.is_some() {
        return None;
    }
    let warning = SettingFault::new(
        "listen.data.address",
        "takes keys and prompts unencrypted from other machines",
        "add `tls:`, or see to it that only a proxy that ends TLS can reach it",
    );
    Some(warning.with_value(&data.address))
}

fn certificate(plan: &Plan, now: Timestamp) -> Option<SettingFault> {
    let file = &plan.settings.listen.data.tls.as_ref()?.certificate;
    let end = certificate::end_of_chain(Path::new(file))?;
    (end.duration_since(now) < SOON).then(|| {
        let warning = SettingFault::new(
            "listen.data.tls.certificate",
            format!("ends on {}, and callers refuse it then", day_of(end)),
            "have it renewed before that day",
        );
        warning.with_value(file)
    })
}

/// What never leaves this machine needs no encryption.
fn unencrypted(upstream: &Upstream) -> Option<SettingFault> {
    let origin = upstream.origin();
    let address: Option<IpAddr> = origin.host.parse().ok();
    let stays = address.map_or(origin.host == "localhost", |one| one.is_loopback());
    (origin.scheme == Scheme::Http && !stays).then(|| {
        SettingFault::new(
            format!("providers.{}.base_url", upstream.name()),
            "is called unencrypted, credential and all",
            "write `https://` where the provider can do it",
        )
    })
}

fn of_provider(provider: &ProviderSettings, now: Timestamp) -> Vec<SettingFault> {
    let mut found = Vec::new();
    let until = provider.insecure_plain_http.as_ref().map(|one| &one.until);
    if let Some(until) = until.filter(|until| ends_soon(until, now)) {
        let warning = SettingFault::new(
            "insecure_plain_http.until",
            "is less than 14 days away, and the gateway does not start after it",
            "have the provider encrypted by then, or decide anew",
        );
        found.push(warning.with_value(until));
    }
    found.extend(shared_credential(provider));
    found
}

/// The group may read a credential, as orchestrators have it; on a machine of
/// several people it is a leak.
fn shared_credential(provider: &ProviderSettings) -> Option<SettingFault> {
    let CredentialSettings::File(file) = &provider.credential else {
        return None;
    };
    let mode = mode(&file.file).filter(|mode| mode & GROUP != 0)?;
    let warning = SettingFault::new(
        "credential.file",
        format!("can be read by its whole group (mode {mode:04o})"),
        "run `chmod 0400` on it, unless the group is the gateway's alone",
    );
    Some(warning.with_value(&file.file))
}

/// Providers no grant names: their credential is kept for nothing.
fn unreached(plan: &Plan) -> Vec<SettingFault> {
    let grants = &plan.settings.grants;
    if grants.is_empty() {
        return vec![SettingFault::new(
            "grants",
            "gives nobody anything",
            "add a grant: `- { name: ..., teams: [...], models: [provider/model] }`",
        )];
    }
    let reached = |name: &str| {
        let mut models = grants.iter().flat_map(|grant| &grant.models);
        models.any(|model| model.split_once('/').is_some_and(|(one, _)| one == name))
    };
    let names = plan.settings.providers.keys();
    names
        .filter(|name| !reached(name))
        .map(|name| {
            SettingFault::new(
                format!("providers.{name}"),
                "has no model that any grant reaches",
                format!("add `{name}/*` to a grant's `models`, or remove the provider"),
            )
        })
        .collect()
}

/// A grant for teams and callers of whom none has a key.
fn unusable(grant: &GrantSettings, keys: &[KeyEntry], now: Timestamp) -> Option<SettingFault> {
    let holds = |key: &KeyEntry| {
        let team = grant.teams.iter().any(|team| team == key.team.as_str());
        team || grant.callers.iter().any(|owner| **owner == *key.owner)
    };
    let mut valid = keys.iter().filter(|key| key.is_valid(now)).peekable();
    // without any key there is one warning already
    let somebody = valid.peek().is_none() || valid.any(holds);
    (!somebody).then(|| {
        let warning = SettingFault::new(
            "name",
            "is a grant nobody can use: no valid key belongs to its teams or callers",
            "mint a key for one of them, or correct the names",
        );
        warning.with_value(&grant.name)
    })
}

/// Whether the ledger holds an hour of what the keys there are may send.
fn small_ledger(plan: &Plan, keys: &[KeyEntry], now: Timestamp) -> Option<SettingFault> {
    let room = plan.settings.audit.spool.max_bytes?.0;
    let valid = keys.iter().filter(|key| key.is_valid(now)).count().max(1);
    let an_hour = u64::from(Limits::default().requests_per_minute)
        .saturating_mul(60)
        .saturating_mul(u64::try_from(valid).unwrap_or(u64::MAX))
        .saturating_mul(BYTES_OF_A_REQUEST);
    (room < an_hour).then(|| {
        let mib = an_hour.div_ceil(1 << 20);
        SettingFault::new(
            "audit.spool.max_bytes",
            "is filled in less than an hour when every key is used as fast as it may be",
            format!("write `{mib}MiB` or more, or give keys less"),
        )
    })
}

fn ends_soon(until: &str, now: Timestamp) -> bool {
    let last: Option<Date> = until.parse().ok();
    let end = last
        .and_then(|day| day.tomorrow().ok())
        .and_then(|day| day.to_zoned_datetime(TimeZone::UTC).ok());
    end.is_some_and(|end| end.timestamp().duration_since(now) < SOON)
}

/// The day, UTC.
fn day_of(at: Timestamp) -> Date {
    at.to_zoned_datetime(TimeZone::UTC).date()
}

fn mode(file: &str) -> Option<u32> {
    let about = fs::metadata(file).ok()?;
    Some(about.permissions().mode() & 0o7777)
}

/// Long enough to notice on a Monday and act before the holidays.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Bytes the three records of one request take in the ledger: 5.6 to 6.1 KB
/// for the calls of `demo --once`, measured 2026-11-24.
const BYTES_OF_A_REQUEST: u64 = 6_144;

/// Permission bits of the group.
const GROUP: u32 = 0o070;

/// Permission bits to write of everybody but the owner.
const WRITERS: u32 = 0o022;
