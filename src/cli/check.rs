//! `portcullis check`: everything that is wrong with a configuration, at once.

use jiff::Timestamp;

use super::{
    ConfigFile, Exit,
    console::{Console, Stop},
    surroundings,
};
use crate::config::{self, Faults, Plan};

/// Says everything that is wrong with a configuration, at once.
///
/// Each fault has its line, the value and what to write instead. Everything the configuration refers to is read as well: credentials, keys,
/// certificates, Cedar files. Nothing is started and nothing is sent.
///
/// Warnings are about what works today and will not tomorrow, or for less or
/// for more than was meant.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis check -c portcullis.yaml
  portcullis check -c portcullis.yaml --strict --json   in a pipeline

Exit codes:
  0  no faults
  1  faults; with --strict also warnings")]
pub(super) struct Check {
    #[command(flatten)]
    file: ConfigFile,
    /// Take warnings for faults.
    #[arg(long)]
    strict: bool,
    /// One JSON object a line: file, severity, path, line, column, value, problem, instead.
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let now = Timestamp::now();
        let around = surroundings::of_process(now);
        let (plan, warnings) = match config::review(&self.file.config, &around, now) {
            Ok(reviewed) => reviewed,
            Err(faults) => {
                self.print(&faults, console)?;
                return Ok(Exit::No);
            }
        };
        if !warnings.is_empty() {
            self.print(&warnings, console)?;
        }
        if self.strict && !warnings.is_empty() {
            return Ok(Exit::No);
        }
        if !self.json {
            let file = self.file.config.display();
            console.line(format_args!("{file}: no faults; {}", summary(&plan)))?;
        }
        Ok(Exit::Done)
    }

    fn print(&self, found: &Faults, console: &mut Console<'_>) -> Result<(), Stop> {
        if self.json {
            console.put(found.json_lines())
        } else {
            console.put(found)
        }
    }
}

/// What a reader recognises their file by.
fn summary(plan: &Plan) -> String {
    let count = |many: usize, word: &str| match many {
        1 => format!("1 {word}"),
        many => format!("{many} {word}s"),
    };
    let short: String = plan.digest.chars().take(12).collect();
    format!(
        "{}, {}, digest {short}",
        count(plan.settings.providers.len(), "provider"),
        count(plan.settings.grants.len(), "grant"),
    )
}
