//! `portcullis keys`: the keys callers log in with.
//!
//! A key is shown once, alone on standard output so that it can be piped into
//! a secret store; everything said about it goes to standard error.

use std::time::Duration;

use clap::Subcommand;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{
    ConfigFile, Exit,
    console::{Console, Stop},
    table::Table,
};
use crate::{
    config,
    identity::{self, KeyEntry, MintRequest},
    primitives::{CredentialId, Team, Tenant},
};

/// Makes, lists and revokes the keys callers log in with.
///
/// The keyring named by `identity.keys.file` holds tags of keys, never keys. A
/// running gateway follows every change of it within a second.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis keys mint --owner alice --team data-science --expires-in 30d
  portcullis keys list
  portcullis keys revoke ke28cu8nu2th2sb6")]
pub(super) struct Keys {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Makes a key and prints it once; it is kept nowhere.
    #[command(after_help = "\
Examples:
  portcullis keys mint -c portcullis.yaml --owner alice --team data-science
  portcullis keys mint --owner nightly-report --team finance --expires-in 365d > report.key

Standard output is the key and nothing else.")]
    Mint(Mint),
    /// Lists the keys there are: whose, until when, whether they are valid.
    List(List),
    /// Revokes a key: it is refused within a second, and stays listed.
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
struct Mint {
    #[command(flatten)]
    file: ConfigFile,
    /// Who will hold the key: a person or an application.
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// The team the owner works for; grants name teams.
    #[arg(long, value_name = "NAME", value_parser = Team::new)]
    team: Team,
    /// Whose data it is, where that is not the team.
    #[arg(long, value_name = "NAME", value_parser = Tenant::new)]
    tenant: Option<Tenant>,
    /// How long the key is valid: `12h`, `30d`, `8w`; 365 days at most.
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "90d")]
    expires_in: Duration,
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    file: ConfigFile,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Revoke {
    #[command(flatten)]
    file: ConfigFile,
    /// The key's public id, as `list` shows it.
    #[arg(value_name = "ID", value_parser = CredentialId::new)]
    id: CredentialId,
}

impl Keys {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let now = Timestamp::now();
        match self.action {
            Action::Mint(one) => one.run(now, console),
            Action::List(one) => one.run(now, console),
            Action::Revoke(one) => one.run(now, console),
        }
    }
}

impl Mint {
    fn run(self, now: Timestamp, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let places = config::places(&self.file.config)?;
        let master = identity::load_or_create_master(&places.master).map_err(Stop::said)?;
        let request = MintRequest {
            owner: self.owner,
            team: self.team,
            tenant: self.tenant,
            expires_in: Some(self.expires_in),
        };
        let (key, entry) =
            identity::mint(&places.keyring, &request, &master, now).map_err(Stop::said)?;
        console.note(format_args!(
            "key {} for {} of team {}, valid until {}; it is shown this once:",
            entry.id,
            entry.owner,
            entry.team,
            minute(entry.expires)
        ))?;
        console.line(key.expose())?;
        Ok(Exit::Done)
    }
}

impl List {
    fn run(self, now: Timestamp, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let places = config::places(&self.file.config)?;
        if !places.keyring.exists() {
            console.note(format_args!(
                "there is no keyring yet at {}; `portcullis keys mint` makes one",
                places.keyring.display()
            ))?;
            return Ok(Exit::Done);
        }
        let keys = identity::list(&places.keyring).map_err(Stop::said)?;
        if self.json {
            for key in &keys {
                let line = serde_json::to_string(&Line::of(key, now)).map_err(Stop::said)?;
                console.line(line)?;
            }
            return Ok(Exit::Done);
        }
        let mut table = Table::new([
            "ID",
            "OWNER",
            "TEAM",
            "TENANT",
            "MADE",
            "VALID UNTIL",
            "STATE",
        ]);
        for key in &keys {
            table.row([
                key.id.to_string(),
                key.owner.to_string(),
                key.team.to_string(),
                tenant_of(key).to_owned(),
                minute(key.created),
                minute(key.expires),
                state(key, now).to_owned(),
            ]);
        }
        console.put(table)?;
        Ok(Exit::Done)
    }
}

impl Revoke {
    fn run(self, now: Timestamp, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let places = config::places(&self.file.config)?;
        let entry = identity::revoke(&places.keyring, &self.id, now).map_err(Stop::said)?;
        console.note(format_args!(
            "key {} of {} is revoked since {}",
            entry.id,
            entry.owner,
            minute(entry.revoked.unwrap_or(now))
        ))?;
        Ok(Exit::Done)
    }
}

/// A key as `list --json` prints it.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    owner: &'a str,
    team: &'a str,
    tenant: &'a str,
    created: String,
    expires: String,
    revoked: Option<String>,
    state: &'static str,
}

impl<'a> Line<'a> {
    fn of(key: &'a KeyEntry, now: Timestamp) -> Self {
        Self {
            id: key.id.as_str(),
            owner: &key.owner,
            team: key.team.as_str(),
            tenant: tenant_of(key),
            created: key.created.to_string(),
            expires: key.expires.to_string(),
            revoked: key.revoked.map(|at| at.to_string()),
            state: state(key, now),
        }
    }
}

fn tenant_of(key: &KeyEntry) -> &str {
    key.tenant
        .as_ref()
        .map_or(key.team.as_str(), Tenant::as_str)
}

fn state(key: &KeyEntry, now: Timestamp) -> &'static str {
    if key.revoked.is_some() {
        "revoked"
    } else if key.is_valid(now) {
        "valid"
    } else {
        "expired"
    }
}

/// `2027-02-22 21:40Z`.
fn minute(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::UTC)
        .strftime("%Y-%m-%d %H:%MZ")
        .to_string()
}

/// A length of time; a day is 24 hours, whatever the clocks of a country do.
fn span(text: &str) -> Result<Duration, String> {
    let said = "write a number and a unit: `12h`, `30d`, `8w`";
    let span: Span = text.parse().map_err(|_form| said.to_owned())?;
    let length: SignedDuration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_months| said.to_owned())?;
    Duration::try_from(length).map_err(|_negative| said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_reads_as_people_write_it() {
        let hours = |text| span(text).map(|length| length.as_secs() / 3_600);
        for (text, expected) in [("12h", 12), ("90d", 2_160), ("8w", 1_344), ("1d 12h", 36)] {
            assert_eq!(hours(text), Ok(expected), "{text}");
        }
        for wrong in ["", "90", "90 apples", "-3d", "2mo"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
