//! What a user types: one file for each command, and the words all of them share.
//!
//! A command gets its arguments and a [`Console`], and returns how it ended.
//! It decides nothing the gateway decides: it asks the rooms and prints what
//! they say.

mod audit;
mod check;
mod console;
mod demo;
mod explain;
mod generate;
mod keys;
mod policy;
mod scan;
mod serve;
mod surroundings;
mod table;
#[cfg(test)]
mod tests;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use console::{Console, Look};

use console::Stop;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, and there is nothing to object to.
    Done,
    /// Done, and the answer is no: faults, findings, a denial, a failed check.
    No,
    /// It could not be done: a file, a port, a permission.
    Failed,
    /// The command line was not understood.
    Usage,
}

impl Exit {
    /// The number the shell sees.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Failed => 2,
            Self::Usage => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// Runs one command line, the program's name first.
pub fn run(args: impl IntoIterator<Item = OsString>, console: &mut Console<'_>) -> Exit {
    let ended = match parse(args) {
        Ok(cli) => cli.command.run(console),
        Err(error) => usage(&error, console),
    };
    match ended.and_then(|exit| console.flush().map(|()| exit)) {
        Ok(exit) => exit,
        Err(Stop::Unread) => Exit::Failed,
        Err(Stop::Said(sentence)) => {
            // Where even this cannot be said, the number still tells.
            console.flush().ok();
            console.note(format_args!("portcullis: {sentence}")).ok();
            Exit::Failed
        }
    }
}

/// The whole command line, for help pages, completions and the manual.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command().max_term_width(100)
}

fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&command().try_get_matches_from(args)?)
}

/// Help and version are answers; everything else was a mistake.
fn usage(error: &clap::Error, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let text = if console.look().colour {
        error.render().ansi().to_string()
    } else {
        error.render().to_string()
    };
    if error.use_stderr() {
        console.note(text.trim_end())?;
        return Ok(Exit::Usage);
    }
    console.put(text)?;
    Ok(Exit::Done)
}

/// A gateway between your people and the hosted model APIs they use.
///
/// Every request is authenticated, authorised, limited, redacted both ways and
/// recorded; what is not allowed by name is refused, with an error that says
/// which line to add.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, after_help = EXITS, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Check(check::Check),
    Keys(keys::Keys),
    Scan(scan::Scan),
    Policy(policy::Policy),
    Audit(audit::Audit),
    Explain(explain::Explain),
    Schema(generate::Schema),
    Completions(generate::Completions),
    Man(generate::Man),
}

impl Command {
    fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        match self {
            Self::Demo(one) => one.run(console),
            Self::Serve(one) => one.run(console),
            Self::Check(one) => one.run(console),
            Self::Keys(one) => one.run(console),
            Self::Scan(one) => one.run(console),
            Self::Policy(one) => one.run(console),
            Self::Audit(one) => one.run(console),
            Self::Explain(one) => one.run(console),
            Self::Schema(one) => one.run(console),
            Self::Completions(one) => one.run(console),
            Self::Man(one) => one.run(console),
        }
    }
}

/// The configuration a command works with.
#[derive(Debug, clap::Args)]
struct ConfigFile {
    /// The configuration file.
    #[arg(
        short,
        long,
        value_name = "FILE",
        default_value = "portcullis.yaml",
        env = "PORTCULLIS_CONFIG",
        hide_env_values = true
    )]
    config: PathBuf,
}

const EXITS: &str = "\
Exit codes:
  0  done, and there is nothing to object to
  1  done, and the answer is no: faults, findings, a denial, a failed check
  2  it could not be done: a file, a port, a permission
  3  the command line was not understood

Start here:
  portcullis demo
  portcullis check -c portcullis.yaml
  portcullis keys mint -c portcullis.yaml --owner alice --team data-science
  portcullis serve -c portcullis.yaml";
