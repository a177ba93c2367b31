//! Our credential at a provider, fetched from where the configuration says.
//!
//! The value is never shown, not even in part. A sample value is refused
//! (THREATS ADM-02): a gateway that starts with one looks configured and is not.

use std::{ffi::OsString, path::Path};

use super::{files, plan::Surroundings};
use crate::{
    primitives::{Secret, SettingFault},
    provider::settings::{CredentialSettings, EnvSettings, FileSettings},
};

/// Fetches the credential; `Ok(None)` where the upstream asks for none.
pub(super) fn fetch(
    written: &CredentialSettings,
    around: &Surroundings<'_>,
) -> Result<Option<Secret>, SettingFault> {
    let secret = match written {
        CredentialSettings::Word(_) => return Ok(None),
        CredentialSettings::Env(settings) => {
            from_environment(settings, around).map_err(|fault| fault.below("env"))?
        }
        CredentialSettings::File(settings) => {
            from_file(settings).map_err(|fault| fault.below("file"))?
        }
    };
    Ok(Some(secret))
}

fn from_environment(
    settings: &EnvSettings,
    around: &Surroundings<'_>,
) -> Result<Secret, SettingFault> {
    let name = settings.env.as_str();
    if !is_variable(name) {
        return Err(SettingFault::new(
            "",
            "is not the name of an environment variable",
            "write the name, such as `OPENAI_API_KEY`, and keep the credential out of this file",
        ));
    }
    let problem = |problem: &str| {
        let instead = format!("set `{name}` for the user that runs the gateway");
        SettingFault::new("", problem, instead).with_value(name)
    };
    let value =
        (around.environment)(name).ok_or_else(|| problem("is not set in the environment"))?;
    let value = OsString::into_string(value)
        .map_err(|_bytes| problem("is set to something that is not text"))?;
    usable(&value).map_err(|what| problem(&format!("is set to {what}")))?;
    Ok(Secret::new(value))
}

fn from_file(settings: &FileSettings) -> Result<Secret, SettingFault> {
    let problem = |problem: String, instead: &str| {
        SettingFault::new("", problem, instead).with_value(&settings.file)
    };
    let bytes = files::secret(Path::new(&settings.file))
        .map_err(|why| problem(why.problem, &why.instead))?;
    let text = std::str::from_utf8(&bytes).unwrap_or("\u{fffd}");
    let text = text.trim_end_matches(['\r', '\n']);
    usable(text).map_err(|what| problem(format!("holds {what}"), "put the credential into it"))?;
    Ok(Secret::new(text.to_owned()))
}

/// Whether a value can be a credential; else what it is instead.
fn usable(value: &str) -> Result<(), &'static str> {
    if value.is_empty() {
        Err("nothing")
    } else if is_placeholder(value) {
        Err("a placeholder")
    } else if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        // RFC 9110 §5.5: such a value could not be sent in a header as it is.
        Err("text with a space, a line break or another character no credential has")
    } else {
        Ok(())
    }
}

/// Whether this is what stands in samples where the real value belongs.
fn is_placeholder(value: &str) -> bool {
    let folded: String = value
        .chars()
        .filter(|one| !matches!(one, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect();
    let in_brackets = [("<", ">"), ("${", "}"), ("{{", "}}"), ("[", "]")]
        .iter()
        .any(|(open, close)| value.starts_with(open) && value.ends_with(close));
    let tail = folded
        .strip_prefix("skant")
        .or_else(|| folded.strip_prefix("sk"));
    let tail = tail.unwrap_or(&folded);
    let one_letter = tail.chars().all(|one| tail.starts_with(one));
    in_brackets
        || one_letter
        || SAMPLE_WORDS.contains(&folded.as_str())
        || SAMPLE_PARTS.iter().any(|part| folded.contains(part))
}

/// POSIX.1-2017 §8.1, with the lower case shells also take.
fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars.next();
    first.is_some_and(|one| one.is_ascii_alphabetic() || one == '_')
        && chars.all(|one| one.is_ascii_alphanumeric() || one == '_')
        && super::fault::shown(name).is_some()
}

/// Whole values of samples, without `-`, `_` and spaces, in lower case.
const SAMPLE_WORDS: [&str; 11] = [
    "todo", "fixme", "tbd", "none", "null", "secret", "password", "example", "key", "apikey",
    "token",
];

/// Parts of samples, folded like the words.
const SAMPLE_PARTS: [&str; 12] = [
    "changeme",
    "changethis",
    "changeit",
    "replaceme",
    "replacethis",
    "yourkey",
    "yourapikey",
    "yoursecret",
    "keyhere",
    "placeholder",
    "...",
    "…",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_no_credential() {
        for sample in [
            "changeme",
            "CHANGE-ME",
            "your-key-here",
            "YOUR_API_KEY",
            "your-openai-key-here",
            "sk-...",
            "sk-xxxxxxxxxxxx",
            "sk-ant-...",
            "sk-",
            "<key>",
            "${OPENAI_API_KEY}",
            "xxxx",
            "TODO",
            "replace_me",
            "sk-your-key",
            "REPLACE-THIS-VALUE",
        ] {
            assert!(is_placeholder(sample), "{sample}");
        }
        for real in [
            "test-upstream-key",
            "sk-proj-4f9aQ",
            "pc_x_y",
            "upstream-secret-1",
            "k7",
        ] {
            assert_eq!(usable(real), Ok(()), "{real}");
        }
    }

    #[test]
    fn a_credential_in_place_of_a_variable_is_refused_and_not_shown() {
        let nothing = |_: &str| None;
        let around = Surroundings {
            environment: &nothing,
            today: jiff::civil::date(2027, 1, 1),
        };
        for pasted in [
            "sk-proj-4f9aQ",
            "AKIAIOSFODNN7EXAMPLE",
            "two words",
            "",
            "1A",
        ] {
            let settings = CredentialSettings::Env(EnvSettings { env: pasted.into() });
            let fault = fetch(&settings, &around).unwrap_err();
            assert_eq!(fault.value, None);
            assert_eq!(fault.problem, "is not the name of an environment variable");
        }
    }
}
