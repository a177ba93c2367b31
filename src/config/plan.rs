//! From what the user wrote to everything that runs.
//!
//! Each section is one short function: the room's own loader, its faults moved
//! below the section's name, and those checks between sections that belong to
//! no room. The plan exists only if nothing at all was wrong.

use std::{
    collections::{BTreeSet, HashMap},
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use jiff::civil::Date;

use super::{credential, draft::Draft, files::Files, settings::Settings, suggest};
use crate::{
    audit::{Collector, Spool, settings::OtlpSettings},
    identity::{MasterFault, load_master, settings::IdentitySettings},
    ingress::Listeners,
    policy::{Grant, Policy, settings::GrantSettings},
    primitives::{GrantName, ProviderName, SettingFault},
    provider::{Upstream, settings::ProviderSettings},
    quota::settings::QuotaSettings,
    redact::{Redactor, settings::RedactionSettings},
};

/// What a configuration refers to and does not contain.
pub struct Surroundings<'a> {
    /// Environment variables by name.
    pub environment: &'a dyn Fn(&str) -> Option<OsString>,
    /// The day, UTC: `until` of an `insecure_*` setting is compared with it.
    pub today: Date,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Surroundings(..)")
    }
}

/// A configuration without faults.
#[derive(Debug)]
pub struct Plan {
    /// SHA-256 of the configuration and its policy files, in lower-case hex:
    /// `portcullis.config.digest`.
    pub digest: String,
    /// The folder for what the gateway keeps.
    pub state_dir: PathBuf,
    /// The file of the master secret. It may not exist before the first start.
    pub master_file: PathBuf,
    /// What the user wrote, with paths resolved: a reload compares it with
    /// what runs, to say which change needs a restart.
    pub settings: Settings,
    /// One part per room.
    pub sections: Sections,
}

/// One field per room: what it loaded, or its checked settings with resolved
/// paths where more is needed to run it than the configuration says.
#[derive(Debug)]
pub struct Sections {
    /// `listen:`
    pub listen: Listeners,
    /// `providers:`
    pub providers: Vec<Upstream>,
    /// `identity:`
    pub identity: IdentitySettings,
    /// `grants:` and `policy:`
    pub policy: Policy,
    /// `redaction:`
    pub redaction: RedactionSettings,
    /// `quota:`
    pub quota: QuotaSettings,
    /// `audit:`
    pub audit: Spool,
    /// `audit.otlp`; `None` where it says `none`.
    pub collector: Option<Collector>,
}

/// Turns a draft into a plan; `None` where `faults` says why not.
pub(super) fn make(
    draft: Draft,
    mut files: Files,
    around: &Surroundings<'_>,
    faults: &mut Vec<SettingFault>,
) -> Option<Plan> {
    let listen = listen(&draft, faults);
    let providers = providers(&draft, around, faults);
    let identity = identity(&draft, faults);
    let redaction = redaction(&draft, faults);
    let policy = policy(&draft, &mut files, faults);
    let quota = quota(&draft, faults);
    let audit = audit(&draft, faults);
    let collector = collector(&draft, around, faults);
    let master_file = master(&draft, faults);
    let mut ignored = super::unavailable::unavailable(&draft);
    ignored.retain(|one| !faults.iter().any(|known| known.path.starts_with(&one.path)));
    faults.extend(ignored); // what a room refused itself needs no second sentence
    let sections = Sections {
        listen: listen?,
        providers: providers?,
        identity: identity?,
        policy: policy?,
        redaction: redaction?,
        quota: quota?,
        audit: audit?,
        collector: collector?,
    };
    Some(Plan {
        digest: files.digest(),
        state_dir: PathBuf::from(&draft.state_dir),
        master_file: master_file?,
        settings: draft.whole()?,
        sections,
    })
}

/// The ports of `ingress`, not yet open.
fn listen(draft: &Draft, faults: &mut Vec<SettingFault>) -> Option<Listeners> {
    let loaded = Listeners::load(draft.listen.as_ref()?);
    let found = loaded.map_err(|found| found.into_iter().map(|fault| fault.below("listen")));
    found.map_err(|found| faults.extend(found)).ok()
}

/// The upstreams of `provider`.
fn providers(
    draft: &Draft,
    around: &Surroundings<'_>,
    faults: &mut Vec<SettingFault>,
) -> Option<Vec<Upstream>> {
    if draft.has_providers && draft.providers.is_empty() {
        faults.push(SettingFault::new(
            "providers",
            "names no provider, so there is nothing to protect",
            "write a name and its settings below it",
        ));
    }
    one_default(&draft.providers, faults);
    let mut upstreams = Some(Vec::new());
    for (name, settings) in &draft.providers {
        let mut found = Vec::new();
        let upstream = upstream(name, settings.as_ref(), around, &mut found);
        faults.extend(
            found
                .into_iter()
                .map(|fault| fault.below(&format!("providers.{name}"))),
        );
        upstreams = upstreams.zip(upstream).map(|(mut all, one)| {
            all.push(one);
            all
        });
    }
    upstreams
}

fn upstream(
    name: &str,
    settings: Option<&ProviderSettings>,
    around: &Surroundings<'_>,
    faults: &mut Vec<SettingFault>,
) -> Option<Upstream> {
    let named = provider_name(name).map_err(|fault| faults.push(fault)).ok();
    let settings = settings?;
    let credential = credential::fetch(&settings.credential, around)
        .map_err(|fault| faults.push(fault.below("credential")))
        .ok();
    // The rest is checked under any name and without a credential, so that one
    // mistake does not hide another.
    let name = named
        .clone()
        .or_else(|| ProviderName::new("unnamed").ok())?;
    let secret = credential.clone().flatten();
    let upstream = Upstream::load(name, settings, secret, around.today)
        .map_err(|found| faults.extend(found))
        .ok();
    upstream.filter(|_| named.is_some() && credential.is_some())
}

/// A provider's name is the first segment of a path, so it must not be one
/// that means something else there.
fn provider_name(name: &str) -> Result<ProviderName, SettingFault> {
    let fault = |problem: String| SettingFault::new("", problem, "rename it").with_value(name);
    if name == UNNAMED {
        return Err(fault(format!(
            "is how paths of the default provider begin (`/{UNNAMED}/...`)"
        )));
    }
    if name.bytes().all(|byte| byte == b'.') {
        return Err(fault("is no name but a way up in a path".to_owned()));
    }
    ProviderName::new(name).map_err(|error| fault(format!("cannot be a name: {error}")))
}

fn one_default(providers: &[(String, Option<ProviderSettings>)], faults: &mut Vec<SettingFault>) {
    let marked =
        |settings: &Option<ProviderSettings>| settings.as_ref().is_some_and(|one| one.default);
    let mut defaults = providers.iter().filter(|(_, settings)| marked(settings));
    let Some((first, _)) = defaults.next() else {
        return;
    };
    for (name, _) in defaults {
        let fault = SettingFault::new(
            format!("providers.{name}.default"),
            format!("is one default too many, `{first}` is the default already"),
            "keep `default: true` on one provider",
        );
        faults.push(fault.with_value("true"));
    }
}

/// The keyring of `identity`, which is opened at start: it changes while the
/// gateway runs.
fn identity(draft: &Draft, _faults: &mut Vec<SettingFault>) -> Option<IdentitySettings> {
    draft.identity.clone()
}

/// The profiles of `redact`, which become a redactor once there is a master secret.
pub(super) fn redaction(
    draft: &Draft,
    faults: &mut Vec<SettingFault>,
) -> Option<RedactionSettings> {
    let settings = draft.redaction.as_ref()?;
    let checked = Redactor::check(settings);
    let found = checked.map_err(|found| found.into_iter().map(|one| one.below("redaction")));
    found.map_err(|found| faults.extend(found)).ok()?;
    Some(settings.clone())
}

/// The decider. Cedar is asked once the grants themselves are in order: what
/// it would say about a broken one is an echo.
pub(super) fn policy(
    draft: &Draft,
    files: &mut Files,
    faults: &mut Vec<SettingFault>,
) -> Option<Policy> {
    let grants = grants(draft, faults);
    let files = policy_files(draft, files, faults);
    Policy::load(&grants?, &files?, &provider_names(draft)?)
        .map_err(|found| faults.extend(found))
        .ok()
}

fn grants(draft: &Draft, faults: &mut Vec<SettingFault>) -> Option<Vec<GrantSettings>> {
    let names = provider_names(draft);
    let mut seen = HashMap::new();
    let mut whole = true;
    for (index, grant) in draft.grants.iter().enumerate() {
        let Some(grant) = grant else { continue };
        let mut found = Vec::new();
        found.extend(GrantName::new(&grant.name).err().map(|error| {
            SettingFault::new("name", format!("cannot be a name: {error}"), "rename it")
                .with_value(&grant.name)
        }));
        found.extend(seen.insert(grant.name.as_str(), index).map(|first| {
            let problem = format!("is the name of `grants[{first}]` too");
            SettingFault::new("name", problem, "give each grant a name of its own")
                .with_value(&grant.name)
        }));
        unknown_providers(grant, draft, &mut found);
        unknown_profile(grant, draft, &mut found);
        let loaded = names.as_ref().map(|names| Grant::load(grant, names));
        for fault in loaded.and_then(Result::err).into_iter().flatten() {
            // two sentences about one word help nobody: the first knows more
            if !found.iter().any(|known| known.path == fault.path) {
                found.push(fault);
            }
        }
        whole &= found.is_empty();
        let section = format!("grants[{index}]");
        faults.extend(found.into_iter().map(|fault| fault.below(&section)));
    }
    let all = draft.grants.iter().cloned().collect::<Option<_>>();
    all.filter(|_| whole)
}

/// The providers a grant may name; `None` where one's name is at fault, which
/// is reported with it and not again with every grant.
fn provider_names(draft: &Draft) -> Option<BTreeSet<ProviderName>> {
    let names = draft.providers.iter().map(|(name, _)| name.as_str());
    let names: Option<BTreeSet<_>> = names.map(|name| ProviderName::new(name).ok()).collect();
    names.filter(|names| !names.is_empty())
}

/// A model pattern without a `/` is for `policy` to refuse.
fn unknown_providers(grant: &GrantSettings, draft: &Draft, faults: &mut Vec<SettingFault>) {
    if draft.providers.is_empty() {
        return; // reported where providers belong
    }
    let known = || draft.providers.iter().map(|(name, _)| name.as_str());
    for (index, model) in grant.models.iter().enumerate() {
        let Some((provider, _)) = model.split_once('/') else {
            continue;
        };
        if known().any(|name| name == provider) {
            continue;
        }
        let fault = SettingFault::new(
            format!("models[{index}]"),
            "names a provider that is not below `providers`",
            rather(provider, known()),
        );
        faults.push(fault.with_value(model));
    }
}

fn unknown_profile(grant: &GrantSettings, draft: &Draft, faults: &mut Vec<SettingFault>) {
    let (Some(profile), Some(redaction)) = (&grant.redaction, &draft.redaction) else {
        return;
    };
    let known = || redaction.names();
    if known().any(|one| one == profile) {
        return;
    }
    let fault = SettingFault::new(
        "redaction",
        "is not a redaction profile",
        rather(profile, known()),
    );
    faults.push(fault.with_value(profile));
}

/// The word that was meant, or all there are.
fn rather<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match suggest::closest(word, known.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there is {}", suggest::listed(known)),
    }
}

fn policy_files(
    draft: &Draft,
    files: &mut Files,
    faults: &mut Vec<SettingFault>,
) -> Option<Vec<(String, String)>> {
    let mut texts = Some(Vec::new());
    for (index, path) in draft.policy.as_ref()?.files.iter().enumerate() {
        let at = format!("policy.files[{index}]");
        let text = files.text(&at, Path::new(path)).map_err(|why| {
            let fault = SettingFault::new(at, why.problem, why.instead);
            faults.push(fault.with_value(path));
        });
        texts = texts.zip(text.ok()).map(|(mut all, text)| {
            all.push((path.clone(), text));
            all
        });
    }
    texts
}

/// Where counts are kept: one place so far.
fn quota(draft: &Draft, faults: &mut Vec<SettingFault>) -> Option<QuotaSettings> {
    let quota = draft.quota.as_ref()?;
    if let Some(store) = quota.store.as_ref().filter(|store| *store != "local") {
        let fault = SettingFault::new("quota.store", "is not a place to count in", "write `local`");
        faults.push(fault.with_value(store));
    }
    Some(quota.clone())
}

/// The ledger of `audit`, which is opened at start.
fn audit(draft: &Draft, faults: &mut Vec<SettingFault>) -> Option<Spool> {
    let loaded = Spool::load(draft.audit.as_ref()?);
    let found = loaded.map_err(|found| found.into_iter().map(|fault| fault.below("audit")));
    found.map_err(|found| faults.extend(found)).ok()
}

/// The collector, with the values of its header fields fetched; the inner
/// `None` where records stay in the ledger.
fn collector(
    draft: &Draft,
    around: &Surroundings<'_>,
    faults: &mut Vec<SettingFault>,
) -> Option<Option<Collector>> {
    let OtlpSettings::Collector(settings) = &draft.audit.as_ref()?.otlp else {
        return Some(None);
    };
    let mut found = Vec::new();
    let mut headers = Vec::new();
    for (name, written) in &settings.headers {
        match credential::fetch(written, around) {
            Ok(Some(value)) => headers.push((name.clone(), value.expose().to_owned())),
            Ok(None) => {}
            Err(fault) => found.push(fault.below(&format!("otlp.headers.{name}"))),
        }
    }
    let collector = Collector::load(&settings.endpoint, &headers);
    let collector = collector.map_err(|more| found.extend(more)).ok();
    let whole = found.is_empty();
    faults.extend(found.into_iter().map(|fault| fault.below("audit")));
    collector.filter(|_| whole).map(Some)
}

/// The master secret is made at first start; one that is there must be one.
pub(super) fn master(draft: &Draft, faults: &mut Vec<SettingFault>) -> Option<PathBuf> {
    let master = draft.secrets.as_ref()?.master.as_ref()?;
    let path = PathBuf::from(&master.file);
    if path.exists()
        && let Err(why) = load_master(&path)
    {
        let (problem, instead) = broken_master(&why);
        let fault = SettingFault::new("secrets.master.file", problem, instead);
        faults.push(fault.with_value(&master.file));
    }
    Some(path)
}

fn broken_master(why: &MasterFault) -> (String, &'static str) {
    match why {
        MasterFault::Unreadable(error) | MasterFault::Unmade(error) => (
            format!("cannot be read: {}", error.kind()),
            "give the user that runs the gateway the right to read it",
        ),
        MasterFault::Exposed(mode) => (
            format!("can be read by others than its owner (mode {mode:04o})"),
            "run `chmod 0600` on it",
        ),
        MasterFault::NotAFile => ("is not an ordinary file".to_owned(), "name a file"),
        MasterFault::NotASecret => (
            "does not hold 64 or more random hexadecimal digits".to_owned(),
            "make one with `openssl rand -hex 32`, or remove it and have one made",
        ),
    }
}

/// The first segment of paths without a provider's name (DESIGN §3).
const UNNAMED: &str = "v1";
