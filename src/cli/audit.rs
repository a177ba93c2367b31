//! `portcullis audit`: reading the record of every request.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use uuid::Uuid;

use super::{
    ConfigFile, Exit,
    console::{Console, Stop},
};
use crate::{
    audit::{self, Entry, show, verify::verify},
    config,
};

/// Reads the record of every request.
#[derive(Debug, clap::Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Show(Show),
    Verify(Verify),
    Export(Export),
}

/// Prints records, oldest first, also while the gateway writes.
///
/// A record says who, what, when, which rule decided and how many values of
/// which kind were replaced. It never holds prompts, answers or keys.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis audit show -c portcullis.yaml --last 20
  portcullis audit show --request 01890a5d-ac96-774b-bcce-b302099a8057
  portcullis audit show --ledger ./state/audit --json | jq .attributes

Exit codes:
  0  records were printed
  1  there is no such record
  2  the ledger cannot be read")]
struct Show {
    #[command(flatten)]
    file: ConfigFile,
    /// The ledger's directory, instead of the one the configuration names.
    #[arg(long, value_name = "FOLDER")]
    ledger: Option<PathBuf>,
    /// Records of one request: the id in `x-portcullis-request-id`.
    #[arg(long, value_name = "ID")]
    request: Option<Uuid>,
    /// The newest records alone, this many.
    #[arg(long, value_name = "NUMBER")]
    last: Option<usize>,
    /// One record a line, byte for byte as it was written.
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        match self.action {
            Action::Show(one) => one.run(console),
            Action::Verify(one) => one.run(console),
            Action::Export(one) => one.run(console),
        }
    }
}

/// Says whether records are whole and as they were written.
///
/// Reads ledgers, JSON lines and what a collector's file exporter wrote,
/// offline. Numbers, hashes, links, roots and signatures are checked, and that
/// every request has one terminal record. Whoever holds the signing key can
/// forge from now on; an intruder without it cannot change the past.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis audit verify -c portcullis.yaml
  portcullis audit verify --keys audit-keys.txt ./state/audit collected.jsonl --json

Exit codes:
  0  intact
  1  altered, missing or forked
  2  intact, with a tail no checkpoint covers yet
  3  something could not be read")]
struct Verify {
    #[command(flatten)]
    file: ConfigFile,
    /// The public keys; `audit-keys.txt` beside the ledger if left out.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Ledgers and files; the configuration's ledger if left out.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

impl Verify {
    fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let paths = match self.paths.as_slice() {
            [] => vec![config::places(&self.file.config)?.ledger],
            paths => paths.to_vec(),
        };
        let beside = paths.first().and_then(|one| one.parent());
        let keys = self.keys.clone().or(beside.map(|one| one.join(KEYS)));
        let keys = keys.unwrap_or_else(|| PathBuf::from(KEYS));
        let report = match verify(&keys, &paths) {
            Ok(report) => report,
            Err(error) => {
                console.note(format_args!("portcullis: {error}"))?;
                return Ok(Exit::Usage);
            }
        };
        if self.json {
            let mut line = Vec::new();
            report.write_json(&mut line)?;
            console.bytes(&line)?;
        } else {
            console.line(&report)?;
        }
        Ok(match report.exit_code() {
            0 => Exit::Done,
            1 => Exit::No,
            _ => Exit::Failed,
        })
    }
}

/// The public keys of a ledger, beside it.
const KEYS: &str = "audit-keys.txt";

/// Prints records with the proof that they are in the ledger, one line each.
///
/// Somebody else can check a line with the checkpoint in it, the public key
/// and a page of their own code; `deploy/check_record.py` is such a page.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis audit export -c portcullis.yaml > records.jsonl
  portcullis audit export --request 01890a5d-ac96-774b-bcce-b302099a8057

Exit codes:
  0  records were printed
  1  there is no such record
  2  the ledger cannot be read")]
struct Export {
    #[command(flatten)]
    file: ConfigFile,
    /// The ledger's directory, instead of the one the configuration names.
    #[arg(long, value_name = "FOLDER")]
    ledger: Option<PathBuf>,
    /// Records of one request: the id in `x-portcullis-request-id`.
    #[arg(long, value_name = "ID")]
    request: Option<Uuid>,
}

impl Export {
    fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let ledger = match self.ledger {
            Some(ledger) => ledger,
            None => config::places(&self.file.config)?.ledger,
        };
        let filter = show::Filter {
            request: self.request,
        };
        let mut lines = Vec::new();
        let many = audit::export(&ledger, &filter, &mut lines).map_err(|error| {
            Stop::said(format_args!("{} cannot be read: {error}", ledger.display()))
        })?;
        console.bytes(&lines)?;
        Ok(if many == 0 { Exit::No } else { Exit::Done })
    }
}

impl Show {
    fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let ledger = match &self.ledger {
            Some(ledger) => ledger.clone(),
            None => config::places(&self.file.config)?.ledger,
        };
        let mut shown = 0_usize;
        let mut newest = VecDeque::new();
        for entry in entries(&ledger, self.request)? {
            let entry = entry?;
            if self.last.is_none() {
                self.print(&entry, shown == 0, console)?;
                shown = shown.saturating_add(1);
                continue;
            }
            newest.push_back(entry);
            if self.last.is_some_and(|most| newest.len() > most) {
                newest.pop_front();
            }
        }
        for entry in newest {
            self.print(&entry, shown == 0, console)?;
            shown = shown.saturating_add(1);
        }
        if shown == 0 {
            console.note("there is no such record")?;
            return Ok(Exit::No);
        }
        Ok(Exit::Done)
    }

    fn print(&self, entry: &Entry, first: bool, console: &mut Console<'_>) -> Result<(), Stop> {
        let mut line = Vec::new();
        if self.json {
            show::json(entry, &mut line)?;
        } else {
            if first {
                show::heading(&mut line)?;
            }
            show::line(entry, &mut line)?;
        }
        console.bytes(&line)
    }
}

/// The records of one request as JSON, in order.
pub(super) fn of_request(ledger: &Path, request: &str) -> Result<Vec<serde_json::Value>, Stop> {
    let Ok(request) = request.parse::<Uuid>() else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for entry in entries(ledger, Some(request))? {
        found.push(serde_json::from_slice(entry?.bytes()).map_err(Stop::said)?);
    }
    Ok(found)
}

/// The records of one request, or all.
fn entries(
    ledger: &Path,
    request: Option<Uuid>,
) -> Result<impl Iterator<Item = Result<Entry, Stop>>, Stop> {
    let unreadable = |error| Stop::said(format_args!("the ledger cannot be read: {error}"));
    let records = audit::read(ledger).map_err(|error| {
        Stop::said(format_args!("{} cannot be read: {error}", ledger.display()))
    })?;
    let filter = show::Filter { request };
    let wanted =
        move |one: &std::io::Result<Entry>| one.as_ref().map_or(true, |one| filter.wants(one));
    Ok(records
        .filter(wanted)
        .map(move |one| one.map_err(unreadable)))
}
