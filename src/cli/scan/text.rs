//! One text and what was found in it; and the sum over many.

use std::{collections::BTreeMap, path::Path};

use crate::{
    cli::table::Table,
    primitives::{ProfileName, Refusal},
    redact::{Action, Entity, Finding, Redactor},
};

/// A text and its findings, in order and without overlaps.
pub(super) struct Scanned<'a> {
    text: &'a str,
    found: Vec<Finding>,
}

impl<'a> Scanned<'a> {
    /// Looks.
    pub(super) fn new(
        redactor: &Redactor,
        profile: &ProfileName,
        text: &'a str,
    ) -> Result<Self, Refusal> {
        let found = redactor.scan(profile, text)?;
        let counted = found.into_iter().filter(|one| one.action != Action::Off);
        Ok(Self {
            text,
            found: counted.collect(),
        })
    }

    /// The text with what the profile changes replaced by `[TYPE]`.
    pub(super) fn redacted(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut from = 0;
        for one in self.found.iter().filter(|one| one.action.changes()) {
            out.push_str(self.text.get(from..one.range.start).unwrap_or_default());
            out.push_str(&format!("[{}]", one.entity.placeholder()));
            from = one.range.end;
        }
        out.push_str(self.text.get(from..).unwrap_or_default());
        out
    }

    /// One line for each finding: `path:line:column  type  score`.
    pub(super) fn list(&self, path: &Path) -> String {
        let mut out = String::new();
        for one in &self.found {
            let before = self.text.get(..one.range.start).unwrap_or_default();
            let line = before.matches('\n').count().saturating_add(1);
            let last = before.rsplit('\n').next().unwrap_or_default();
            let column = last.chars().count().saturating_add(1);
            out.push_str(&format!(
                "{}:{line}:{column}  {}  {}\n",
                path.display(),
                one.entity.name(),
                one.confidence.percent()
            ));
        }
        out
    }

    /// Start, end, type and score in percent of each finding.
    pub(super) fn spans(&self) -> impl Iterator<Item = (usize, usize, &'static str, u8)> {
        self.found.iter().map(|one| {
            let percent = one.confidence.percent();
            (one.range.start, one.range.end, one.entity.name(), percent)
        })
    }
}

/// What was found in all texts together.
#[derive(Debug, Default)]
pub(super) struct Tally {
    texts: usize,
    bytes: usize,
    with_findings: usize,
    pub(super) skipped: usize,
    entities: BTreeMap<(Entity, Action), usize>,
}

impl Tally {
    /// Adds one text of so many bytes.
    pub(super) fn add(&mut self, scanned: &Scanned<'_>, bytes: usize) {
        self.texts = self.texts.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        let any = usize::from(!scanned.found.is_empty());
        self.with_findings = self.with_findings.saturating_add(any);
        for one in &scanned.found {
            let many = self.entities.entry((one.entity, one.action)).or_default();
            *many = many.saturating_add(1);
        }
    }

    /// How many values were found.
    pub(super) fn found(&self) -> usize {
        self.entities.values().sum()
    }

    /// In one line, while it goes on.
    pub(super) fn so_far(&self) -> String {
        let mib = self.bytes.div_euclid(1 << 20);
        format!("{} texts, {mib} MiB, {} values", self.texts, self.found())
    }

    /// The table at the end.
    pub(super) fn summary(&self) -> String {
        let mut text = String::new();
        if !self.entities.is_empty() {
            let mut table = Table::new(["TYPE", "ACTION", "FOUND"]);
            for ((entity, action), many) in &self.entities {
                let (entity, action) = (entity.name().to_owned(), action.name().to_owned());
                table.row([entity, action, many.to_string()]);
            }
            text = table.to_string();
        }
        text.push_str(&format!(
            "{} values in {} of {} texts",
            self.found(),
            self.with_findings,
            self.texts
        ));
        if self.skipped > 0 {
            text.push_str(&format!(", {} files skipped: not text", self.skipped));
        }
        text
    }
}
