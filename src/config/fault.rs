//! What is wrong with a configuration, as somebody with an editor open needs it.
//!
//! A fault never shows a credential. People do paste keys where a variable's
//! name belongs, so a value that looks like one is left out, whoever reports it.

use std::fmt;

use serde::Serialize;

use crate::primitives::SettingFault;

/// A spot in the file. Both count from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Place {
    /// The very beginning.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// One mistake, where it is, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The setting: `grants[0].models[1]`. Empty where it is the file as a whole.
    pub path: String,
    /// The line, counted from 1; absent where the file could not be read.
    pub line: Option<usize>,
    /// The column, counted from 1.
    pub column: Option<usize>,
    /// The value as written, where showing it is safe.
    pub value: Option<String>,
    /// What is wrong: lower case, no full stop.
    pub problem: String,
    /// What to write instead.
    pub instead: String,
}

impl Fault {
    fn new(place: Option<Place>, fault: SettingFault) -> Self {
        Self {
            path: shown(&fault.path).unwrap_or_default(),
            line: place.map(|at| at.line),
            column: place.map(|at| at.column),
            value: fault.value.as_deref().and_then(shown),
            problem: fault.problem,
            instead: fault.instead,
        }
    }

    fn head(&self, file: &str) -> String {
        let mut head = file.to_owned();
        for number in [self.line, self.column].into_iter().flatten() {
            head.push_str(&format!(":{number}"));
        }
        if !self.path.is_empty() {
            head.push_str(&format!("  {}", self.path));
        }
        if let Some(value) = &self.value {
            head.push_str(&format!("  `{value}`"));
        }
        head
    }
}

/// Every fault of one configuration file, or every warning about one that has
/// no faults. `Display` is what `check` prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    file: String,
    severity: Severity,
    found: Vec<Fault>,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// Nothing starts.
    Fault,
    /// It starts, and somebody should have a look.
    Warning,
}

impl Severity {
    const fn word(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Warning => "warning",
        }
    }
}

impl Faults {
    /// No faults yet, in the file called this.
    pub(super) fn new(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            severity: Severity::Fault,
            found: Vec::new(),
        }
    }

    /// No warnings yet, about the file called this.
    pub(super) fn warnings(file: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::new(file)
        }
    }

    /// Adds a fault.
    pub(super) fn add(&mut self, place: impl Into<Option<Place>>, fault: SettingFault) {
        self.found.push(Fault::new(place.into(), fault));
    }

    /// Takes over what another reading of the same file found.
    pub(super) fn absorb(&mut self, other: Self) {
        self.found.extend(other.found);
    }

    /// Puts the faults in the order of the file, each once: two rooms may
    /// stumble over the same word.
    pub(super) fn sort(&mut self) {
        let key = |one: &Fault| (one.line, one.column, one.path.clone(), one.problem.clone());
        self.found.sort_by_cached_key(key);
        self.found.dedup();
    }

    /// The faults in the order of the file.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.found.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// One JSON object per line, for `check --json`.
    #[must_use]
    pub fn json_lines(&self) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            file: &'a str,
            severity: Severity,
            #[serde(flatten)]
            fault: &'a Fault,
        }
        let line = |fault| Line {
            file: &self.file,
            severity: self.severity,
            fault,
        };
        self.found
            .iter()
            .filter_map(|fault| serde_json::to_string(&line(fault)).ok())
            .fold(String::new(), |text, line| text + &line + "\n")
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.found {
            writeln!(out, "{}", fault.head(&self.file))?;
            writeln!(out, "  {}; {}\n", fault.problem, fault.instead)?;
        }
        let word = self.severity.word();
        match self.found.len() {
            1 => writeln!(out, "1 {word}"),
            many => writeln!(out, "{many} {word}s"),
        }
    }
}

impl std::error::Error for Faults {}

/// The text as a fault may show it, or nothing where it might be a secret.
pub(super) fn shown(text: &str) -> Option<String> {
    if looks_like_a_secret(text) {
        return None;
    }
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(LONGEST_SHOWN).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    Some(short.replace(char::is_control, "\u{fffd}"))
}

/// Errs on the side of hiding: a hidden word costs a glance at the line, a
/// shown key costs a rotation.
fn looks_like_a_secret(text: &str) -> bool {
    let starts = KEY_STARTS.iter().any(|start| begins_a_word(text, start));
    let login = text.contains("://") && text.contains('@');
    let long_run = text
        .split(|one: char| !one.is_ascii_alphanumeric())
        .filter(|run| run.len() >= LONG_RUN)
        .any(|run| {
            run.bytes().any(|byte| byte.is_ascii_digit())
                && run.bytes().any(|byte| byte.is_ascii_alphabetic())
        });
    starts || login || long_run
}

/// Whether `start` stands in the text and not in the middle of a word.
fn begins_a_word(text: &str, start: &str) -> bool {
    let before = |at: usize| text.get(..at).and_then(|head| head.chars().next_back());
    text.match_indices(start)
        .any(|(at, _)| !before(at).is_some_and(char::is_alphanumeric))
}

/// Characters of a value a fault shows.
const LONGEST_SHOWN: usize = 80;

/// Letters and digits in one run that no name, model or path here reaches.
const LONG_RUN: usize = 20;

/// How keys of the providers and of this gateway begin (DETECTION has the
/// full patterns; a beginning is enough to stay silent).
const KEY_STARTS: [&str; 10] = [
    "sk-",
    "sk_",
    "pc_",
    "ghp_",
    "github_pat_",
    "xox",
    "AIza",
    "AKIA",
    "eyJ",
    "-----BEGIN",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_a_key_is_never_shown() {
        for secret in [
            "sk-proj-abc",
            "sk-ant-api03-x",
            "https://user:pass@host",
            "0123456789abcdef0123456789abcdef",
            "prefix AKIAIOSFODNN7EXAMPLE",
        ] {
            assert_eq!(shown(secret), None, "{secret}");
        }
        for plain in [
            "opnai",
            "openai/gpt-4o-mini-2024-07-18",
            "risk_team",
            "127.0.0.1:8080",
        ] {
            assert_eq!(shown(plain).as_deref(), Some(plain));
        }
    }

    #[test]
    fn what_is_shown_is_short_and_cannot_drive_a_terminal() {
        let shown = shown(&format!("\u{1b}[2J{}", "-".repeat(200))).unwrap();
        assert!(!shown.contains('\u{1b}'));
        assert_eq!(shown.chars().count(), LONGEST_SHOWN + 1);
    }

    #[test]
    fn faults_can_be_read_by_a_program() {
        let mut faults = Faults::new("a.yaml");
        faults.add(
            Place { line: 3, column: 5 },
            SettingFault::new("listen", "is missing", "add `listen:`"),
        );
        assert_eq!(
            faults.json_lines(),
            "{\"file\":\"a.yaml\",\"severity\":\"fault\",\"path\":\"listen\",\"line\":3,\"column\":5,\"value\":null,\
             \"problem\":\"is missing\",\"instead\":\"add `listen:`\"}\n"
        );
    }
}
