//! A grant as it runs: checked names, patterns and limits.

use std::collections::BTreeSet;

use super::{limit::GrantLimits, settings::GrantSettings};
use crate::primitives::{
    Capabilities, Capability, GrantName, ProfileName, ProviderName, SettingFault, Team,
};

/// Who may use which models, and how.
#[derive(Debug, Clone)]
pub struct Grant {
    pub(super) name: GrantName,
    pub(super) teams: Vec<Team>,
    pub(super) owners: Vec<String>,
    pub(super) models: Vec<Pattern>,
    pub(super) allow: Capabilities,
    pub(super) profile: ProfileName,
    pub(super) limits: GrantLimits,
}

/// `provider/model`, exact or with a trailing `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) provider: ProviderName,
    /// The whole text before the `*`, or the whole text.
    pub(super) text: String,
    pub(super) open: bool,
}

impl Grant {
    /// What the configuration calls it.
    #[must_use]
    pub const fn name(&self) -> &GrantName {
        &self.name
    }

    /// The redaction profile it asks for.
    #[must_use]
    pub const fn profile(&self) -> &ProfileName {
        &self.profile
    }

    /// Whether a model stands here letter by letter, as `provider/model`.
    pub(super) fn lists(&self, path: &str) -> bool {
        self.models.iter().any(|one| !one.open && one.text == path)
    }

    /// Checks one grant against the providers there are.
    ///
    /// # Errors
    /// Every fault, with paths below the grant.
    pub fn load(
        settings: &GrantSettings,
        providers: &BTreeSet<ProviderName>,
    ) -> Result<Self, Vec<SettingFault>> {
        let mut faults = Vec::new();
        let name = GrantName::new(&settings.name).map_err(|error| {
            faults.push(
                SettingFault::new("name", error.to_string(), "rename the grant")
                    .with_value(&settings.name),
            );
        });
        let teams = teams(settings, &mut faults);
        let models = models(settings, providers, &mut faults);
        let allow = capabilities(settings, &mut faults);
        let profile = settings.redaction.as_deref().unwrap_or("default");
        let profile = ProfileName::new(profile).map_err(|error| {
            faults.push(
                SettingFault::new(
                    "redaction",
                    error.to_string(),
                    "write the name of a profile",
                )
                .with_value(profile),
            );
        });
        let limits = name
            .as_ref()
            .ok()
            .map(|name| GrantLimits::load(name, settings.limits.as_ref(), &mut faults));
        match (name, profile, limits) {
            (Ok(name), Ok(profile), Some(limits)) if faults.is_empty() => Ok(Self {
                name,
                teams,
                owners: settings.callers.clone(),
                models,
                allow,
                profile,
                limits,
            }),
            _ => Err(faults),
        }
    }
}

fn teams(settings: &GrantSettings, faults: &mut Vec<SettingFault>) -> Vec<Team> {
    if settings.teams.is_empty() && settings.callers.is_empty() {
        faults.push(SettingFault::new(
            "",
            "is for nobody",
            "add `teams: [...]` or `callers: [...]`",
        ));
    }
    let mut out = Vec::new();
    for (at, team) in settings.teams.iter().enumerate() {
        match Team::new(team) {
            Ok(team) => out.push(team),
            Err(error) => faults.push(
                SettingFault::new(
                    format!("teams[{at}]"),
                    error.to_string(),
                    "write the team's name",
                )
                .with_value(team),
            ),
        }
    }
    out
}

fn models(
    settings: &GrantSettings,
    providers: &BTreeSet<ProviderName>,
    faults: &mut Vec<SettingFault>,
) -> Vec<Pattern> {
    if settings.models.is_empty() {
        faults.push(SettingFault::new(
            "models",
            "names no model",
            "write `provider/model` or `provider/*`",
        ));
    }
    let mut out = Vec::new();
    for (at, model) in settings.models.iter().enumerate() {
        match pattern(model, providers) {
            Ok(pattern) => out.push(pattern),
            Err(fault) => faults.push(
                SettingFault {
                    path: format!("models[{at}]"),
                    ..fault
                }
                .with_value(model),
            ),
        }
    }
    out
}

fn pattern(text: &str, providers: &BTreeSet<ProviderName>) -> Result<Pattern, SettingFault> {
    let fault = |problem: &str, instead: String| SettingFault::new("", problem, instead);
    let shape = || "write `provider/model`, exact or with one trailing `*`".to_owned();
    let (provider, model) = text
        .split_once('/')
        .ok_or_else(|| fault("names no provider", shape()))?;
    let provider = ProviderName::new(provider)
        .ok()
        .filter(|name| providers.contains(name))
        .ok_or_else(|| {
            let known: Vec<_> = providers.iter().map(|name| format!("`{name}`")).collect();
            fault(
                "names a provider that is not configured",
                format!("write one of {}", known.join(", ")),
            )
        })?;
    let (model, open) = model
        .strip_suffix('*')
        .map_or((model, false), |start| (start, true));
    if (model.is_empty() && !open)
        || !model
            .chars()
            .all(|one| one.is_ascii_graphic() && one != '*')
    {
        return Err(fault("is not the name of a model", shape()));
    }
    Ok(Pattern {
        text: format!("{provider}/{model}"),
        provider,
        open,
    })
}

fn capabilities(settings: &GrantSettings, faults: &mut Vec<SettingFault>) -> Capabilities {
    let Some(names) = &settings.allow else {
        return Capabilities::default_of_grants();
    };
    let mut out = Capabilities::NONE;
    for (at, name) in names.iter().enumerate() {
        if let Some(capability) = Capability::from_name(name) {
            out.insert(capability);
            continue;
        }
        let all: Vec<_> = Capability::ALL.iter().map(|one| one.name()).collect();
        faults.push(
            SettingFault::new(
                format!("allow[{at}]"),
                "is not a capability",
                format!("write any of {}", all.join(", ")),
            )
            .with_value(name),
        );
    }
    out
}
