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
mod structure;
mod suggest;
#[cfg(test)]
mod tests;
mod unavailable;

use std::path::Path;

pub use fault::{Fault, Faults, Place};
pub use plan::{Plan, PolicySources, Sections, Surroundings};
pub use schema::schema;

use document::Node;
use draft::Draft;
use files::Files;
use schema::Shape;

use crate::primitives::SettingFault;

/// Reads the configuration at `file` and everything it refers to.
///
/// # Errors
/// Every fault in it, in the order of the file.
pub fn load(file: &Path, around: &Surroundings<'_>) -> Result<Plan, Faults> {
    let mut faults = Faults::new(file.display().to_string());
    match read(file, around, &mut faults) {
        Some(plan) if faults.is_empty() => Ok(plan),
        _ => {
            faults.sort();
            Err(faults)
        }
    }
}

fn read(file: &Path, around: &Surroundings<'_>, faults: &mut Faults) -> Option<Plan> {
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
    let plan = plan::make(draft, files, around, &mut found);
    for fault in found {
        add_located(&root, fault, faults);
    }
    plan
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
