//! Values that must not be printed.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A credential. Wiped on drop; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The value itself. Each call site is a place to look at in a review.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(..)")
    }
}

/// Text of a caller or a provider. `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text(pub String);

impl fmt::Debug for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Text({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_secret_nor_text_is_printed() {
        let shown = format!(
            "{:?} {:?}",
            Secret::new("canary".into()),
            Text("canary".into())
        );
        assert!(!shown.contains("canary"), "{shown}");
    }
}
