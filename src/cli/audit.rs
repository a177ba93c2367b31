//! `portcullis audit`: reading the record of every request.

use std::path::Path;

use clap::Subcommand;
use uuid::Uuid;

use super::{
    ConfigFile, Exit,
    console::{Console, Stop},
};
use crate::{
    audit::{
        self, Entry,
        show::{self, Filter},
    },
    config,
};

/// Reads the record of every request.
#[derive(Debug, clap::Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(Show),
}

/// Shows the records in the ledger, oldest first; the gateway may be running.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis audit show -c portcullis.yaml
  portcullis audit show -c portcullis.yaml --json | jq .attributes
  portcullis audit show -c portcullis.yaml --request 01890a5d-ac96-774b-bcce-b302099a8057

Exit codes:
  0  shown
  1  no such record
  2  the ledger cannot be read")]
struct Show {
    #[command(flatten)]
    file: ConfigFile,
    /// Only the records of one request.
    #[arg(long, value_name = "ID")]
    request: Option<Uuid>,
    /// One JSON object a line: the exact bytes of each record.
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        match self.command {
            Command::Show(one) => one.run(console),
        }
    }
}

impl Show {
    fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let filter = Filter {
            request: self.request,
        };
        let mut text = Vec::new();
        if !self.json {
            show::heading(&mut text)?;
        }
        let mut found = false;
        for entry in records(&config::places(&self.file.config)?.ledger)? {
            let entry = entry?;
            if !filter.wants(&entry) {
                continue;
            }
            found = true;
            if self.json {
                show::json(&entry, &mut text)?;
            } else {
                show::line(&entry, &mut text)?;
            }
            console.put(String::from_utf8_lossy(&text))?;
            text.clear();
        }
        if found {
            return Ok(Exit::Done);
        }
        console.note("there is no such record")?;
        Ok(Exit::No)
    }
}

/// The records of one request, in order.
pub(super) fn of_request(config: &Path, request: &str) -> Result<Vec<serde_json::Value>, Stop> {
    let Ok(request) = request.parse::<Uuid>() else {
        return Ok(Vec::new());
    };
    let filter = Filter {
        request: Some(request),
    };
    let mut found = Vec::new();
    for entry in records(&config::places(config)?.ledger)? {
        let entry = entry?;
        if filter.wants(&entry) {
            found.extend(serde_json::from_slice(entry.bytes()).ok());
        }
    }
    Ok(found)
}

fn records(directory: &Path) -> Result<impl Iterator<Item = std::io::Result<Entry>>, Stop> {
    audit::read(directory).map_err(|error| {
        Stop::said(format_args!(
            "the ledger in {} cannot be read: {error}",
            directory.display()
        ))
    })
}
