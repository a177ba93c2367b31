//! `portcullis scan`: what the gateway would find in a text, without a gateway.
//!
//! The detectors, profiles and confidences are those of the gateway. Found
//! values become `[TYPE]`, untagged: a tag is a keyed digest for a value's way
//! back, and here is no way back. The values themselves are never listed.

mod folder;
mod lines;
#[cfg(test)]
mod tests;
mod text;

use std::{
    fs::File,
    io::{self, BufReader, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use super::{
    Exit,
    console::{Console, Stop},
};
use crate::{
    config,
    primitives::{Limits, MASTER_BYTES, MasterKey, ProfileName},
    redact::{Redactor, settings::RedactionSettings},
};

use text::{Scanned, Tally};

/// Finds secrets and personal data in text, as the gateway would in a prompt.
///
/// The text goes to standard output with found values replaced, a summary to
/// standard error. Folders are read recursively, hidden files too; what
/// `.gitignore` and `.ignore` name is left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis scan notes.txt > clean.txt
  portcullis scan --list src/                   which types, where; never the values
  git diff | portcullis scan --list             in a commit hook
  portcullis scan --jsonl < texts.jsonl         {\"id\",\"text\"} in, {\"id\",\"spans\"} out
  portcullis scan --profile careful -c portcullis.yaml prompt.txt

Exit codes:
  0  nothing was found
  1  something was found
  2  something could not be read or checked")]
pub(super) struct Scan {
    /// The redaction profile: default, names, strict, report, secrets-only, or one of the configuration.
    #[arg(long, value_name = "NAME", value_parser = ProfileName::new, default_value = "default")]
    profile: ProfileName,
    /// The configuration that has the profile.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// List what is found instead: place, type, score.
    #[arg(long, conflicts_with = "jsonl")]
    list: bool,
    /// Read `{"id","text"}` lines; write `{"id","spans":[{"start","end","type","score"}]}` lines.
    /// Start and end count bytes.
    #[arg(long)]
    jsonl: bool,
    /// Files and folders; `-`, or nothing, is standard input.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Scan {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let redactor = self.redactor()?;
        let mut run = Run {
            scan: &self,
            redactor,
            tally: Tally::default(),
            faults: 0,
            watch: Watch::start(),
        };
        let input = [PathBuf::from("-")];
        let paths = if self.paths.is_empty() {
            &input[..]
        } else {
            &self.paths
        };
        for path in paths {
            run.path(path, console)?;
        }
        run.end(console)
    }

    fn redactor(&self) -> Result<Redactor, Stop> {
        let settings = match &self.config {
            Some(file) => config::redaction(file)?,
            None => RedactionSettings::default(),
        };
        let mut secret = Zeroizing::new([0_u8; MASTER_BYTES]);
        rand::fill(secret.as_mut_slice())
            .map_err(|_broken| Stop::said("there is no randomness"))?;
        let master = MasterKey::new(secret.as_slice()).map_err(Stop::said)?;
        // Nobody waits for this scan but the person who started it.
        let limits = Limits {
            scan_time: PATIENCE,
            scan_time_per_mib: PATIENCE,
            ..Limits::default()
        };
        let redactor = Redactor::load(&settings, Arc::new(master), &limits)
            .map_err(|faults| Stop::said(config::sentence(&faults)))?;
        if !redactor.has_profile(&self.profile) {
            return Err(Stop::said(format_args!(
                "there is no profile `{}`",
                self.profile
            )));
        }
        Ok(redactor)
    }
}

/// One scan of several places.
struct Run<'a> {
    scan: &'a Scan,
    redactor: Redactor,
    tally: Tally,
    /// What could not be read or checked.
    faults: usize,
    watch: Watch,
}

impl Run<'_> {
    fn path(&mut self, path: &Path, console: &mut Console<'_>) -> Result<(), Stop> {
        let is_input = path == Path::new("-");
        if self.scan.jsonl && is_input {
            let mut next =
                |console: &mut Console<'_>, into: &mut Vec<u8>| lines::next(console.input(), into);
            return self.json_lines(path, &mut next, console);
        }
        if self.scan.jsonl {
            let file = match File::open(path) {
                Ok(file) => file,
                Err(error) => return self.fault(path, &error.to_string(), console),
            };
            let mut file = BufReader::new(file);
            let mut next = |_: &mut Console<'_>, into: &mut Vec<u8>| lines::next(&mut file, into);
            return self.json_lines(path, &mut next, console);
        }
        if is_input {
            return self.input(console);
        }
        if !path.is_dir() {
            return match folder::read(path) {
                Ok(Some(text)) => self.text(path, &text, console),
                Ok(None) => self.fault(path, "is not UTF-8 text", console),
                Err(why) => self.fault(path, &why, console),
            };
        }
        for entry in folder::walk(path) {
            let file = match entry {
                Ok(file) => file,
                Err(why) => {
                    self.fault(path, &why, console)?;
                    continue;
                }
            };
            match folder::read(&file) {
                Ok(Some(text)) => self.text(&file, &text, console)?,
                Ok(None) => self.tally.skipped = self.tally.skipped.saturating_add(1),
                Err(why) => self.fault(&file, &why, console)?,
            }
            self.watch.show(&self.tally, console)?;
        }
        Ok(())
    }

    fn input(&mut self, console: &mut Console<'_>) -> Result<(), Stop> {
        let name = Path::new("-");
        let mut bytes = Vec::new();
        let input = console.input().take(folder::LARGEST.saturating_add(1));
        read_all(input, &mut bytes)?;
        match folder::text_of(bytes) {
            Ok(Some(text)) => self.text(name, &text, console),
            Ok(None) => self.fault(name, "is not UTF-8 text", console),
            Err(why) => self.fault(name, &why, console),
        }
    }

    fn text(&mut self, path: &Path, text: &str, console: &mut Console<'_>) -> Result<(), Stop> {
        let scanned = match Scanned::new(&self.redactor, &self.scan.profile, text) {
            Ok(scanned) => scanned,
            Err(refusal) => return self.fault(path, refusal.sentence(), console),
        };
        self.tally.add(&scanned, text.len());
        if self.scan.list {
            console.progress("")?;
            console.put(scanned.list(path))
        } else {
            console.put(scanned.redacted())
        }
    }

    /// Line by line: whoever feeds us may wait for each answer.
    fn json_lines(
        &mut self,
        path: &Path,
        next: &mut dyn FnMut(&mut Console<'_>, &mut Vec<u8>) -> io::Result<usize>,
        console: &mut Console<'_>,
    ) -> Result<(), Stop> {
        for number in 1_usize.. {
            let mut bytes = Vec::new();
            match next(console, &mut bytes) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return self.fault(path, &error.to_string(), console),
            }
            match folder::text_of(bytes) {
                Ok(Some(line)) => self.json_line(path, number, &line, console)?,
                Ok(None) => self.fault(path, &format!("line {number} is not text"), console)?,
                Err(why) => return self.fault(path, &format!("line {number} {why}"), console),
            }
        }
        Ok(())
    }

    fn json_line(
        &mut self,
        path: &Path,
        number: usize,
        line: &str,
        console: &mut Console<'_>,
    ) -> Result<(), Stop> {
        if line.trim().is_empty() {
            return Ok(());
        }
        match lines::answer(&self.redactor, &self.scan.profile, line, &mut self.tally) {
            Ok(answer) => console.line(answer)?,
            Err(why) => self.fault(path, &format!("line {number}: {why}"), console)?,
        }
        self.watch.show(&self.tally, console)
    }

    fn fault(&mut self, path: &Path, why: &str, console: &mut Console<'_>) -> Result<(), Stop> {
        self.faults = self.faults.saturating_add(1);
        console.progress("")?;
        console.note(format_args!("portcullis: {}: {why}", path.display()))
    }

    fn end(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        console.progress("")?;
        console.flush()?;
        console.note(self.tally.summary())?;
        Ok(match (self.faults, self.tally.found()) {
            (0, 0) => Exit::Done,
            (0, _) => Exit::No,
            _ => Exit::Failed,
        })
    }
}

/// Says how far it is, from the second second on.
struct Watch {
    last: Instant,
}

impl Watch {
    fn start() -> Self {
        Self {
            last: Instant::now(),
        }
    }

    fn show(&mut self, tally: &Tally, console: &mut Console<'_>) -> Result<(), Stop> {
        if self.last.elapsed() < EVERY {
            return Ok(());
        }
        self.last = Instant::now();
        console.progress(tally.so_far())
    }
}

fn read_all(mut input: impl std::io::Read, into: &mut Vec<u8>) -> Result<(), Stop> {
    input.read_to_end(into).map(drop).map_err(unreadable)
}

fn unreadable(error: std::io::Error) -> Stop {
    Stop::said(format_args!("standard input cannot be read: {error}"))
}

/// Thread time one text may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two words on how far it is.
const EVERY: Duration = Duration::from_secs(1);
