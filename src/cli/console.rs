//! Where a command reads and writes: handed in, so that tests hold both ends.
//!
//! Results go to standard output, everything said about them to standard
//! error. A reader that has gone away (`portcullis keys list | head -1`) ends
//! the command without a word; it is no fault, and no success either.

use std::{
    fmt::Display,
    io::{self, BufRead, IsTerminal as _, Write},
};

/// The three streams, and how output may look.
pub struct Console<'a> {
    input: &'a mut dyn BufRead,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    look: Look,
}

/// How output may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether standard output is a terminal that shows colours.
    pub colour: bool,
    /// Whether somebody watches standard error, so that progress is worth showing.
    pub watched: bool,
    /// Characters in a line.
    pub columns: usize,
}

impl Look {
    /// Plain text, as for a pipe or a file.
    pub const PLAIN: Self = Self {
        colour: false,
        watched: false,
        columns: 100,
    };

    /// What the streams of this process are. `NO_COLOR` is obeyed
    /// (no-color.org, 2026-11-24), and so is `TERM=dumb`.
    #[must_use]
    pub fn of_process() -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let size = rustix::termios::tcgetwinsize(io::stdout());
        let columns = size.map_or(0, |size| usize::from(size.ws_col));
        Self {
            colour: io::stdout().is_terminal() && !set("NO_COLOR") && !dumb,
            watched: io::stderr().is_terminal() && !dumb,
            columns: if columns == 0 {
                Self::PLAIN.columns
            } else {
                columns
            },
        }
    }
}

impl<'a> Console<'a> {
    /// Takes the streams.
    pub fn new(
        input: &'a mut dyn BufRead,
        out: &'a mut dyn Write,
        err: &'a mut dyn Write,
        look: Look,
    ) -> Self {
        Self {
            input,
            out,
            err,
            look,
        }
    }

    /// How output may look.
    pub(super) const fn look(&self) -> Look {
        self.look
    }

    /// Standard input.
    pub(super) fn input(&mut self) -> &mut dyn BufRead {
        self.input
    }

    /// Puts text on standard output as it is.
    pub(super) fn put(&mut self, text: impl Display) -> Result<(), Stop> {
        Ok(write!(self.out, "{text}")?)
    }

    /// Puts a line on standard output.
    pub(super) fn line(&mut self, text: impl Display) -> Result<(), Stop> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// Puts bytes on standard output.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        Ok(self.out.write_all(bytes)?)
    }

    /// Puts a line on standard error.
    pub(super) fn note(&mut self, text: impl Display) -> Result<(), Stop> {
        Ok(writeln!(self.err, "{text}")?)
    }

    /// Shows how far something is, in a line that replaces itself. Silent
    /// where nobody watches; an empty text clears the line.
    pub(super) fn progress(&mut self, text: impl Display) -> Result<(), Stop> {
        if self.look.watched {
            write!(self.err, "\r\x1b[K{text}")?;
            self.err.flush()?;
        }
        Ok(())
    }

    /// Sends what is buffered on its way.
    pub(super) fn flush(&mut self) -> Result<(), Stop> {
        self.out.flush()?;
        Ok(self.err.flush()?)
    }
}

impl std::fmt::Debug for Console<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Console(..)")
    }
}

/// Why a command ended before its work was done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Nobody reads the output any more.
    Unread,
    /// A sentence for standard error: lower case, no full stop.
    Said(String),
}

impl Stop {
    /// Ends a command with a sentence.
    pub(super) fn said(sentence: impl Display) -> Self {
        Self::Said(sentence.to_string())
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Unread
        } else {
            Self::Said(format!("the output cannot be written: {error}"))
        }
    }
}
