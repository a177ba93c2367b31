//! What is generated from the definitions: schema, completions, the manual.

use clap_complete::Shell;

use super::{
    Exit, command,
    console::{Console, Stop},
};
use crate::config;

/// Prints the JSON Schema of the configuration, for editors and pipelines.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis schema > portcullis.schema.json

An editor with the YAML language server checks a file as you type when its first line is
  # yaml-language-server: $schema=portcullis.schema.json")]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        console.line(serde_json::to_string_pretty(&config::schema()).map_err(Stop::said)?)?;
        Ok(Exit::Done)
    }
}

/// Prints the completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis completions bash > /etc/bash_completion.d/portcullis
  portcullis completions zsh > \"${fpath[1]}/_portcullis\"
  portcullis completions fish > ~/.config/fish/completions/portcullis.fish")]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "portcullis", &mut text);
        console.bytes(&text)?;
        Ok(Exit::Done)
    }
}

/// Prints the manual page, in roff.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis man | man -l -
  portcullis man keys mint | man -l -")]
pub(super) struct Man {
    /// The page of this command instead: `keys mint`.
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

impl Man {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let mut page = command();
        page.build();
        for name in &self.command {
            let Some(below) = page.find_subcommand(name) else {
                return Err(Stop::said(format_args!("there is no command `{name}`")));
            };
            page = below.clone();
        }
        let mut text = Vec::new();
        clap_mangen::Man::new(page).render(&mut text)?;
        console.bytes(&text)?;
        Ok(Exit::Done)
    }
}
