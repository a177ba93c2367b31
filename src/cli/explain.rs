//! `portcullis explain`: what a refusal's code means and what to do about it.

use serde::Serialize;

use super::{
    Exit,
    console::{Console, Stop},
    table::Table,
};
use crate::{config, primitives::Code};

/// Explains the code of a refusal: what happened, who can change it, the line to add.
///
/// Without a code, all of them are listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis explain model_not_granted
  portcullis explain")]
pub(super) struct Explain {
    /// The `code` of an error body, of a log line or of a record.
    code: Option<String>,
    /// JSON instead of text.
    #[arg(long)]
    json: bool,
}

impl Explain {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let codes: Vec<Code> = match &self.code {
            None => Code::ALL.to_vec(),
            Some(name) => vec![find(name)?],
        };
        if self.json {
            for code in &codes {
                let line = serde_json::to_string(&Page::of(*code)).map_err(Stop::said)?;
                console.line(line)?;
            }
        } else if self.code.is_some() {
            for code in codes {
                console.put(page(code))?;
            }
        } else {
            console.put(overview(&codes))?;
        }
        Ok(Exit::Done)
    }
}

fn find(name: &str) -> Result<Code, Stop> {
    let name = name.trim().trim_matches(['"', '`']);
    let known = Code::ALL.iter().copied().find(|one| one.name() == name);
    known.ok_or_else(|| {
        let names = Code::ALL.iter().map(|one| one.name());
        match config::closest(name, names) {
            Some(meant) => Stop::said(format_args!(
                "there is no such code; did you mean `{meant}`?"
            )),
            None => Stop::said("there is no such code; `portcullis explain` lists all of them"),
        }
    })
}

/// A page for a reader.
fn page(code: Code) -> String {
    let remedy = code.remedy();
    let retry = if code.may_retry() {
        "Trying again may help."
    } else {
        "Trying again without a change does not help; SDKs are told so."
    };
    let mut text = format!(
        "{} (HTTP {})\n\n{}\n{retry}\n\nWho can change it: {}.\n{}\n",
        code.name(),
        code.status().as_u16(),
        code.about(),
        remedy.who.name(),
        remedy.advice,
    );
    if !remedy.line.is_empty() {
        text.push('\n');
    }
    for one in remedy.line.lines() {
        text.push_str(&format!("    {one}\n"));
    }
    text
}

fn overview(codes: &[Code]) -> Table {
    let mut table = Table::new(["CODE", "HTTP", "WHAT HAPPENED"]);
    for code in codes {
        table.row([
            code.name().to_owned(),
            code.status().as_u16().to_string(),
            code.about().to_owned(),
        ]);
    }
    table
}

/// A page for a program.
#[derive(Serialize)]
struct Page {
    code: &'static str,
    status: u16,
    about: &'static str,
    may_retry: bool,
    who: &'static str,
    advice: &'static str,
    line: &'static str,
}

impl Page {
    fn of(code: Code) -> Self {
        let remedy = code.remedy();
        Self {
            code: code.name(),
            status: code.status().as_u16(),
            about: code.about(),
            may_retry: code.may_retry(),
            who: remedy.who.name(),
            advice: remedy.advice,
            line: remedy.line,
        }
    }
}
