//! From settings to an upstream, with every mistake at once.

use std::path::PathBuf;

use http::HeaderValue;
use jiff::civil::Date;

use super::{
    Plain, Upstream,
    address::{self, Origin, Scheme},
};
use crate::{
    primitives::{ProviderName, Secret, SettingFault},
    provider::{
        DIALECTS,
        dialect::Dialect,
        network::Network,
        settings::{InsecureSettings, ProviderSettings},
    },
};

impl Upstream {
    /// Checks what a user wrote; `today` (UTC) is compared with the end of
    /// what is allowed for a while only.
    ///
    /// # Errors
    /// Every mistake, with paths relative to the provider's settings.
    pub fn load(
        name: ProviderName,
        settings: &ProviderSettings,
        credential: Option<Secret>,
        today: Date,
    ) -> Result<Self, Vec<SettingFault>> {
        let mut faults = Vec::new();
        let dialect = dialect(settings, &mut faults);
        let place = place(settings, dialect, &mut faults);
        let networks = networks(settings, &mut faults);
        let plain = place
            .as_ref()
            .map(|(origin, _)| plain(origin, &networks, settings, today, &mut faults));
        let fixed = fixed(settings, dialect, &mut faults);
        match (dialect, place, plain) {
            (Some(dialect), Some((origin, path)), Some(plain)) if faults.is_empty() => Ok(Self {
                name,
                dialect,
                origin,
                path,
                plain,
                networks,
                credential,
                fixed,
                ca_file: settings.ca_file.as_ref().map(PathBuf::from),
                default: settings.default,
            }),
            _ => Err(faults),
        }
    }
}

fn dialect(
    settings: &ProviderSettings,
    faults: &mut Vec<SettingFault>,
) -> Option<&'static Dialect> {
    let found = DIALECTS.iter().find(|one| one.kind == settings.kind);
    if found.is_none() {
        let listed: Vec<_> = DIALECTS
            .iter()
            .map(|one| format!("`{}`", one.kind))
            .collect();
        let instead = match listed.split_last() {
            Some((last, rest)) => format!("write {} or {last}", rest.join(", ")),
            None => String::new(),
        };
        let fault = SettingFault::new("kind", "is not a kind of provider", instead);
        faults.push(fault.with_value(&settings.kind));
    }
    found.copied()
}

fn place(
    settings: &ProviderSettings,
    dialect: Option<&Dialect>,
    faults: &mut Vec<SettingFault>,
) -> Option<(Origin, String)> {
    let vendor = dialect.and_then(|one| one.address);
    let Some(text) = settings.base_url.as_deref().or(vendor) else {
        if dialect.is_some() {
            faults.push(SettingFault::new(
                "base_url",
                "is missing, and providers of this kind can be anywhere",
                "write where it is, such as `base_url: \"http://127.0.0.1:8000\"`",
            ));
        }
        return None;
    };
    let (origin, path) = address::read(text)
        .map_err(|fault| faults.push(fault))
        .ok()?;
    let prefixes = dialect.map_or(&[][..], |one| one.prefixes);
    if let Some(prefix) = prefixes.iter().find(|one| path.ends_with(**one)) {
        let problem = format!("ends with `{prefix}`, which callers' paths bring along");
        let fault = SettingFault::new("base_url", problem, format!("leave `{prefix}` off"));
        faults.push(fault.with_value(text));
    }
    Some((origin, path))
}

fn networks(settings: &ProviderSettings, faults: &mut Vec<SettingFault>) -> Vec<Network> {
    let mut out = Vec::new();
    for (at, text) in settings.allow_networks.iter().enumerate() {
        match Network::parse(text) {
            Ok(network) => out.push(network),
            Err(why) => {
                let path = format!("allow_networks[{at}]");
                faults.push(SettingFault::new(path, why.problem, why.instead).with_value(text));
            }
        }
    }
    out
}

/// Whether prompts may travel there unencrypted, and where to.
fn plain(
    origin: &Origin,
    networks: &[Network],
    settings: &ProviderSettings,
    today: Date,
    faults: &mut Vec<SettingFault>,
) -> Plain {
    let insecure = settings.insecure_plain_http.as_ref();
    if origin.scheme == Scheme::Https {
        if insecure.is_some() {
            faults.push(SettingFault::new(
                "insecure_plain_http",
                "weakens nothing, the provider is reached by `https://`",
                "leave it out",
            ));
        }
        return Plain::Never;
    }
    if settings.ca_file.is_some() {
        faults.push(SettingFault::new(
            "ca_file",
            "has no use, the provider is reached by `http://`",
            "write `https://`, or leave it out",
        ));
    }
    let near = !networks.is_empty() && networks.iter().all(|one| one.is_private());
    match insecure {
        Some(settings) => {
            let found = agreed(settings, today);
            faults.extend(
                found
                    .into_iter()
                    .map(|one| one.below("insecure_plain_http")),
            );
            Plain::Anywhere
        }
        None if near => Plain::WithinNetworks,
        None => {
            // A network that could not be read is reported where it stands.
            if networks.len() == settings.allow_networks.len() {
                faults.push(SettingFault::new(
                    "base_url",
                    "would send prompts and the credential unencrypted",
                    "write `https://`; or, for a provider on this machine or network, `allow_networks` with loopback or private ranges only; or take the risk on with `insecure_plain_http: { reason: ..., until: YYYY-MM-DD }`",
                ).with_value(origin.to_string()));
            }
            Plain::Never
        }
    }
}

/// What is wrong with a risk somebody takes on.
fn agreed(settings: &InsecureSettings, today: Date) -> Vec<SettingFault> {
    let mut faults = Vec::new();
    if settings.reason.trim().is_empty() {
        faults.push(SettingFault::new(
            "reason",
            "is empty",
            "say why it has to be",
        ));
    }
    let fault = |problem: &str, instead: &str| {
        SettingFault::new("until", problem, instead).with_value(&settings.until)
    };
    match settings.until.parse::<Date>() {
        Ok(until) if until.to_string() != settings.until => {
            faults.push(fault("is not a day", "write it as YYYY-MM-DD"));
        }
        Ok(until) if until < today => faults.push(fault(
            "is over",
            "end the exception, or decide again and write a later day",
        )),
        Ok(_) => {}
        Err(_) => faults.push(fault("is not a day", "write it as YYYY-MM-DD")),
    }
    faults
}

/// Headers every request to this provider carries.
fn fixed(
    settings: &ProviderSettings,
    dialect: Option<&Dialect>,
    faults: &mut Vec<SettingFault>,
) -> Vec<(&'static str, HeaderValue)> {
    let booking = dialect.and_then(|one| one.booking);
    let written = [
        (
            "organization",
            &settings.organization,
            booking.map(|one| one.organization),
        ),
        ("project", &settings.project, booking.map(|one| one.project)),
    ];
    let mut out = Vec::new();
    for (path, value, header) in written {
        let Some(value) = value else { continue };
        let Some(header) = header else {
            if dialect.is_some() {
                let problem = "is nothing providers of this kind know";
                faults.push(SettingFault::new(path, problem, "leave it out").with_value(value));
            }
            continue;
        };
        let visible = !value.is_empty() && value.bytes().all(|one| one.is_ascii_graphic());
        match HeaderValue::from_str(value) {
            Ok(value) if visible => out.push((header, value)),
            _ => faults.push(SettingFault::new(
                path,
                "cannot be sent in a header",
                "write it in visible ASCII, without spaces",
            )),
        }
    }
    out
}
