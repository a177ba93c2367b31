//! A mistake in a configuration, before anybody knows on which line it stands.

/// What is wrong with one setting. `config` turns the path into a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingFault {
    /// Where, relative to the settings that were read: `models[1]`, `credential.env`.
    /// Empty means the settings as a whole.
    pub path: String,
    /// The offending value as written, where showing it is safe. Never a secret.
    pub value: Option<String>,
    /// What is wrong: lower case, no full stop.
    pub problem: String,
    /// What to write instead.
    pub instead: String,
}

impl SettingFault {
    /// A fault without a value to show.
    #[must_use]
    pub fn new(
        path: impl Into<String>,
        problem: impl Into<String>,
        instead: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            value: None,
            problem: problem.into(),
            instead: instead.into(),
        }
    }

    /// Adds the value as written.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// The same fault seen from an enclosing section.
    #[must_use]
    pub fn below(mut self, section: &str) -> Self {
        self.path = match self.path.as_str() {
            "" => section.to_owned(),
            path if path.starts_with('[') => format!("{section}{path}"),
            path => format!("{section}.{path}"),
        };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_grows_from_the_inside() {
        let fault = SettingFault::new("[1]", "x", "y")
            .below("models")
            .below("grants[0]");
        assert_eq!(fault.path, "grants[0].models[1]");
    }
}
