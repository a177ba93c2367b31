//! From a configuration file to a plan, or to every fault in it at once.
//!
//! ```text
//! text -> tree with places -> shape checked -> sections read -> plan
//!         parse, document     structure        draft, read      plan
//! ```
//!
//! A stage does what it can with what the one before left whole, and all of
//! them report into one list: the misspelt key, the provider that does not
//! exist and the variable that is not set come out of the same run, each with
//! its line and what to write instead.
//!
//! INVARIANT: a [`Plan`] comes from a file without a single fault. Nothing is
//! guessed, and no default stands in for something unreadable.
//!
//! Left out on purpose: includes, variables inside the file, and environment
//! variables that override settings. What decides is what can be read in one
//! place.

mod certificate;
mod credential;
mod document;
mod draft;
mod fault;
mod files;
mod parse;
mod paths;
mod plan;
mod read;
mod schema;
pub mod settings;
mod sources;
mod structure;
mod suggest;
#[cfg(test)]
mod tests;
mod unavailable;
mod warnings;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub use fault::{Fault, Faults, Place};
pub use plan::{Plan, Sections, Surroundings};
pub use schema::schema;
pub use sources::{Fingerprint, Sources, needs_restart, same_keyring};
pub use suggest::closest;

use document::Node;
use draft::Draft;
use files::Files;
use schema::Shape;

use crate::{policy::Policy, primitives::SettingFault, redact::settings::RedactionSettings};

/// Reads the configuration at `file` and everything it refers to.
///
/// # Errors
/// Every fault in it, in the order of the file.
pub fn load(file: &Path, around: &Surroundings<'_>) -> Result<Plan, Faults> {
    let mut faults = Faults::new(file.display().to_string());
    let plan = read(file, &mut faults).and_then(|reading| reading.plan(around, &mut faults));
    whole(plan.map(|(_, plan)| plan), faults)
}

/// As [`load`], with what is no fault and deserves a look all the same.
///
/// # Errors
/// Every fault, in the order of the file.
pub fn review(
    file: &Path,
    around: &Surroundings<'_>,
    now: Timestamp,
) -> Result<(Plan, Faults), Faults> {
    let mut faults = Faults::new(file.display().to_string());
    let read = read(file, &mut faults).and_then(|reading| reading.plan(around, &mut faults));
    let (root, plan) = whole(read, faults)?;
    let mut warnings = Faults::warnings(file.display().to_string());
    for warning in warnings::of(&plan, now) {
        add_located(&root, warning, &mut warnings);
    }
    warnings.sort();
    Ok((plan, warnings))
}

/// Where a configuration keeps what the commands beside `serve` work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The keyring. It may not exist before the first key.
    pub keyring: PathBuf,
    /// The master secret. It may not exist before the first start.
    pub master: PathBuf,
    /// The ledger's directory.
    pub ledger: PathBuf,
}

/// Reads those places alone: whoever mints a key need not have the providers'
/// credentials at hand.
///
/// # Errors
/// Every fault of the file's form; those of other sections are `check`'s.
pub fn places(file: &Path) -> Result<Places, Faults> {
    let mut faults = Faults::new(file.display().to_string());
    let places = read(file, &mut faults).and_then(|reading| reading.places(&mut faults));
    places.ok_or_else(|| sorted(faults))
}

/// Reads grants and policies alone, as they decide.
///
/// # Errors
/// Every fault of the file's form and of its grants and policies.
pub fn policy(file: &Path) -> Result<Policy, Faults> {
    let mut faults = Faults::new(file.display().to_string());
    let policy = read(file, &mut faults).and_then(|reading| reading.policy(&mut faults));
    policy.ok_or_else(|| sorted(faults))
}

/// Reads the redaction profiles alone.
///
/// # Errors
/// Every fault of the file's form and of its profiles.
pub fn redaction(file: &Path) -> Result<RedactionSettings, Faults> {
    let mut faults = Faults::new(file.display().to_string());
    let redaction = read(file, &mut faults).and_then(|reading| reading.redaction(&mut faults));
    redaction.ok_or_else(|| sorted(faults))
}

/// Faults of settings that stand in no file, in a sentence.
#[must_use]
pub fn sentence(faults: &[SettingFault]) -> String {
    let said = |one: &SettingFault| format!("{} {}; {}", one.path, one.problem, one.instead);
    let all: Vec<String> = faults.iter().map(said).collect();
    all.join(", ")
}

fn whole<T>(read: Option<T>, faults: Faults) -> Result<T, Faults> {
    read.filter(|_| faults.is_empty())
        .ok_or_else(|| sorted(faults))
}

fn sorted(mut faults: Faults) -> Faults {
    faults.sort();
    faults
}

/// A file that was read and checked for its form.
struct Reading {
    root: Node,
    draft: Draft,
    files: Files,
}

fn read(file: &Path, faults: &mut Faults) -> Option<Reading> {
    let mut files = Files::new();
    let text = match files.text("", file) {
        Ok(text) => text,
        Err(why) => {
            faults.add(why.place, SettingFault::new("", why.problem, why.instead));
            return None;
        }
    };
    let mut root = parse::parse(&text, faults)?;
    structure::check(&mut root, &Shape::of_settings(), faults);
    let mut found = Vec::new();
    let mut draft = Draft::read(&root, &mut found);
    let folder = file.parent().unwrap_or(Path::new(""));
    paths::resolve(&mut draft, folder, &mut found);
    add_all(&root, found, faults);
    Some(Reading { root, draft, files })
}

impl Reading {
    fn plan(self, around: &Surroundings<'_>, faults: &mut Faults) -> Option<(Node, Plan)> {
        let mut found = Vec::new();
        let plan = plan::make(self.draft, self.files, around, &mut found);
        add_all(&self.root, found, faults);
        Some((self.root, plan?))
    }

    fn places(self, faults: &mut Faults) -> Option<Places> {
        let mut found = Vec::new();
        let keyring = self.draft.identity.as_ref().map(|one| &one.keys.file);
        let ledger = self.draft.audit.as_ref().map(|one| &one.spool.directory);
        let places = Some(Places {
            keyring: keyring?.into(),
            ledger: ledger?.as_ref()?.into(),
            master: plan::master(&self.draft, &mut found)?,
        });
        let harmless = found.is_empty();
        add_all(&self.root, found, faults);
        places.filter(|_| harmless)
    }

    fn redaction(self, faults: &mut Faults) -> Option<RedactionSettings> {
        let mut found = Vec::new();
        let redaction = plan::redaction(&self.draft, &mut found);
        add_all(&self.root, found, faults);
        redaction
    }

    fn policy(mut self, faults: &mut Faults) -> Option<Policy> {
        let mut found = Vec::new();
        let policy = plan::policy(&self.draft, &mut self.files, &mut found);
        add_all(&self.root, found, faults);
        policy
    }
}

fn add_all(root: &Node, found: Vec<SettingFault>, faults: &mut Faults) {
    for fault in found {
        add_located(root, fault, faults);
    }
}

/// Finds the line of a room's fault, and the value where the room left it out.
/// Below `credential` it was left out on purpose.
fn add_located(root: &Node, mut fault: SettingFault, faults: &mut Faults) {
    let (place, written) = root.locate(&fault.path);
    if !fault.path.contains(structure::CREDENTIAL) {
        fault.value = fault.value.or(written);
    }
    faults.add(place, fault);
}
