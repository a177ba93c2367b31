//! What could be read of a configuration that may still have faults.
//!
//! One broken section must not hide the faults of the others, so each stands
//! on its own. A provider or grant that cannot be read keeps its place: its
//! name is known, and nobody is told it does not exist.

use serde::de::DeserializeOwned;

use super::{
    document::Node,
    read::read,
    settings::{SecretsSettings, Settings},
};
use crate::{
    audit::settings::AuditSettings,
    identity::settings::IdentitySettings,
    ingress::settings::ListenSettings,
    policy::settings::{GrantSettings, PolicySettings},
    primitives::SettingFault,
    provider::settings::ProviderSettings,
    quota::settings::QuotaSettings,
    redact::settings::RedactionSettings,
};

/// The settings, section by section; `None` where one cannot be read.
pub(super) struct Draft {
    pub(super) listen: Option<ListenSettings>,
    pub(super) state_dir: String,
    pub(super) secrets: Option<SecretsSettings>,
    /// In the order of the file, like the grants.
    pub(super) providers: Vec<(String, Option<ProviderSettings>)>,
    /// Whether `providers` stands there as a section at all.
    pub(super) has_providers: bool,
    pub(super) identity: Option<IdentitySettings>,
    pub(super) grants: Vec<Option<GrantSettings>>,
    pub(super) policy: Option<PolicySettings>,
    pub(super) redaction: Option<RedactionSettings>,
    pub(super) quota: Option<QuotaSettings>,
    pub(super) audit: Option<AuditSettings>,
}

impl Draft {
    /// Reads what is not broken.
    pub(super) fn read(root: &Node, faults: &mut Vec<SettingFault>) -> Self {
        let mut sections = Sections { root, faults };
        let quota = QuotaSettings {
            store: None,
            redis: None,
        };
        Self {
            listen: sections.required("listen"),
            state_dir: sections
                .or("state_dir", STATE_DIR.to_owned())
                .unwrap_or_else(|| STATE_DIR.to_owned()),
            secrets: sections.or("secrets", SecretsSettings::default()),
            providers: sections.providers(),
            has_providers: root.entry("providers").is_some_and(|one| !one.value.broken),
            identity: sections.required("identity"),
            grants: sections.grants(),
            policy: sections.or("policy", PolicySettings::default()),
            redaction: sections.or("redaction", RedactionSettings::default()),
            quota: sections.or("quota", quota),
            audit: sections.required("audit"),
        }
    }

    /// The settings as a whole, once every section could be read.
    pub(super) fn whole(self) -> Option<Settings> {
        let named = |(name, settings): (String, Option<_>)| Some((name, settings?));
        Some(Settings {
            listen: self.listen?,
            state_dir: Some(self.state_dir),
            secrets: self.secrets?,
            providers: self
                .providers
                .into_iter()
                .map(named)
                .collect::<Option<_>>()?,
            identity: self.identity?,
            grants: self.grants.into_iter().collect::<Option<_>>()?,
            policy: self.policy?,
            redaction: self.redaction?,
            quota: self.quota,
            audit: self.audit?,
        })
    }
}

struct Sections<'a> {
    root: &'a Node,
    faults: &'a mut Vec<SettingFault>,
}

impl Sections<'_> {
    fn required<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let entry = self.root.entry(name)?;
        read(&entry.value, name, self.faults)
    }

    fn or<T: DeserializeOwned>(&mut self, name: &str, absent: T) -> Option<T> {
        match self.root.entry(name) {
            None => Some(absent),
            Some(entry) => match read::<Option<T>>(&entry.value, name, self.faults)? {
                None => Some(absent),
                written => written,
            },
        }
    }

    fn providers(&mut self) -> Vec<(String, Option<ProviderSettings>)> {
        let Some(section) = self.root.entry("providers") else {
            return Vec::new();
        };
        let entries = section.value.entries().iter();
        entries
            .map(|entry| {
                let path = format!("providers.{}", entry.key);
                (entry.key.clone(), read(&entry.value, &path, self.faults))
            })
            .collect()
    }

    fn grants(&mut self) -> Vec<Option<GrantSettings>> {
        let Some(section) = self.root.entry("grants") else {
            return Vec::new();
        };
        let items = section.value.items().iter().enumerate();
        items
            .map(|(index, item)| read(item, &format!("grants[{index}]"), self.faults))
            .collect()
    }
}

/// Where the gateway keeps what it keeps, unless `state_dir` says otherwise.
const STATE_DIR: &str = "./state";
