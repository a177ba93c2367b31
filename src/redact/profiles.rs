//! Settings in, running profiles out; every mistake at once.

use std::collections::{BTreeMap, HashMap};

use super::{
    Action, Confidence, Entity, Group,
    budget::unavailable,
    profile::{Entities, Profile, Shipped, Side},
    settings::{ProfileSettings, RedactionSettings},
};
use crate::primitives::{ProfileName, Refusal, SettingFault};

/// The profiles by name: the shipped ones, and what a user made of them.
#[derive(Debug, Clone)]
pub(super) struct Profiles(HashMap<ProfileName, Profile>);

impl Profiles {
    /// Reads the settings.
    ///
    /// # Errors
    /// Every fault, with paths below `redaction`.
    pub(super) fn load(settings: &RedactionSettings) -> Result<Self, Vec<SettingFault>> {
        let mut faults = Vec::new();
        let mut profiles = HashMap::new();
        for shipped in Shipped::ALL {
            if let Ok(name) = ProfileName::new(shipped.name()) {
                profiles.insert(name, shipped.profile());
            }
        }
        for (name, one) in &settings.profiles {
            let section = format!("profiles.{name}");
            let mut reader = Reader::default();
            let profile = reader.profile(name, one);
            match ProfileName::new(name) {
                Ok(name) => drop(profiles.insert(name, profile)),
                Err(error) => reader.fault("", name, error.to_string(), "rename the profile"),
            }
            let faulty = reader.faults.into_iter();
            faults.extend(faulty.map(|fault| fault.below(&section)));
        }
        if faults.is_empty() {
            Ok(Self(profiles))
        } else {
            Err(faults)
        }
    }

    pub(super) fn has(&self, name: &ProfileName) -> bool {
        self.0.contains_key(name)
    }

    /// The named profiles as one, at least as strict as each.
    ///
    /// # Errors
    /// Where none is named, or one that does not exist: no rules, no text.
    pub(super) fn combined(&self, names: &[ProfileName]) -> Result<Profile, Refusal> {
        let mut all: Option<Profile> = None;
        for name in names {
            let one = self.0.get(name);
            let one = one.ok_or_else(|| unavailable("a profile does not exist"))?;
            all = Some(match all {
                Some(others) => others.and(one),
                None => one.clone(),
            });
        }
        all.ok_or_else(|| unavailable("no profile is named"))
    }
}

impl RedactionSettings {
    /// The names of all profiles: the shipped ones, then those written here.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let shipped = Shipped::ALL.iter().map(|one| one.name());
        shipped.chain(self.profiles.keys().map(String::as_str))
    }
}

/// One profile being read.
#[derive(Default)]
struct Reader {
    faults: Vec<SettingFault>,
}

impl Reader {
    fn profile(&mut self, name: &str, settings: &ProfileSettings) -> Profile {
        let mut profile = self.start(name, settings.extends.as_deref());
        if let Some(word) = &settings.all
            && let Some(action) = self.action("all", word)
        {
            profile.requests.set(Entities::All, action);
            profile.answers.set(Entities::All, action);
        }
        self.side("requests", &settings.requests, &mut profile.requests);
        self.side("answers", &settings.answers, &mut profile.answers);
        for (entities, path, confidence) in self.keyed("confidence", &settings.confidence) {
            if *confidence > 100 {
                let problem = "is more than certain";
                self.fault(&path, &confidence.to_string(), problem, "write 0 to 100");
            }
            let confidence = Confidence::new(*confidence);
            profile.requests.set_confidence(entities, confidence);
            profile.answers.set_confidence(entities, confidence);
        }
        profile.restore = settings.restore.unwrap_or(profile.restore);
        profile
    }

    fn start(&mut self, name: &str, extends: Option<&str>) -> Profile {
        let usual = || Profile::shipped(name).unwrap_or_else(|| Shipped::Default.profile());
        let Some(word) = extends else {
            return usual();
        };
        Profile::shipped(word).unwrap_or_else(|| {
            let there = listed(Shipped::ALL.iter().map(|one| one.name()));
            let problem = "is not a shipped profile";
            self.fault("extends", word, problem, format!("write {there}"));
            usual()
        })
    }

    /// Groups first: an entity written by its own name wins over its group,
    /// wherever it stands.
    fn side(&mut self, section: &str, written: &BTreeMap<String, String>, side: &mut Side) {
        let mut read = Vec::new();
        for (entities, path, word) in self.keyed(section, written) {
            if let Some(action) = self.action(&path, word) {
                read.push((entities, action));
            }
        }
        for (entities, action) in read {
            side.set(entities, action);
        }
    }

    /// The entries whose key means something, groups first.
    fn keyed<'a, V>(
        &mut self,
        section: &str,
        written: &'a BTreeMap<String, V>,
    ) -> Vec<(Entities, String, &'a V)> {
        let mut groups = Vec::new();
        let mut single = Vec::new();
        for (key, value) in written {
            let path = format!("{section}.{key}");
            if let Some((_, group)) = GROUPS.iter().find(|(name, _)| name == key) {
                groups.push((Entities::Group(*group), path, value));
            } else if let Some(one) = Entity::named(key) {
                single.push((Entities::One(one), path, value));
            } else {
                self.fault(&path, key, "is neither an entity nor a group", rather(key));
            }
        }
        groups.append(&mut single);
        groups
    }

    fn action(&mut self, path: &str, word: &str) -> Option<Action> {
        let action = Action::named(word);
        if action.is_none() {
            let there = listed(Action::ALL.iter().map(|one| one.name()));
            self.fault(path, word, "is not an action", format!("write {there}"));
        }
        action
    }

    fn fault(
        &mut self,
        path: &str,
        value: &str,
        problem: impl Into<String>,
        instead: impl Into<String>,
    ) {
        let fault = SettingFault::new(path, problem, instead);
        self.faults.push(fault.with_value(value));
    }
}

/// The entities that begin like the word, or the groups.
fn rather(word: &str) -> String {
    let like = |one: &&Entity| {
        let mut pairs = one.name().chars().zip(word.chars());
        pairs.by_ref().take(ALIKE).filter(|(a, b)| a == b).count() == ALIKE
    };
    let alike: Vec<&str> = Entity::ALL
        .iter()
        .filter(like)
        .map(|one| one.name())
        .collect();
    if alike.is_empty() {
        let groups = listed(GROUPS.iter().map(|(name, _)| *name));
        return format!("write a group ({groups}) or an entity that `portcullis scan` reports");
    }
    format!("did you mean {}?", listed(alike))
}

/// What a group is called.
const GROUPS: [(&str, Group); 3] = [
    ("secrets", Group::Secrets),
    ("personal_data", Group::PersonalData),
    ("names", Group::Names),
];

/// Letters two words share at the start before one is offered for the other.
const ALIKE: usize = 3;

/// `` `a`, `b` or `c` ``.
fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|one| format!("`{one}`")).collect();
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => {
            format!("{} or {last}", others.join(", "))
        }
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(name: &str, settings: ProfileSettings) -> Result<Profiles, Vec<SettingFault>> {
        Profiles::load(&RedactionSettings {
            profiles: [(name.to_owned(), settings)].into(),
        })
    }

    fn words<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        pairs.into_iter().map(owned).collect()
    }

    fn one(profiles: &Profiles, name: &str) -> Profile {
        profiles
            .combined(&[ProfileName::new(name).unwrap()])
            .unwrap()
    }

    #[test]
    fn every_mistake_is_located() {
        let faults = load(
            "careful",
            ProfileSettings {
                extends: Some("stict".into()),
                all: Some("hide".into()),
                requests: words([("secrets", "block"), ("email", "mask"), ("jwts", "x")]),
                answers: words([("credit_card", "maks")]),
                confidence: [("secrets".to_owned(), 101)].into(),
                restore: None,
            },
        )
        .unwrap_err();
        let said: Vec<_> = faults
            .iter()
            .map(|one| (one.path.as_str(), one.value.as_deref().unwrap_or("")))
            .collect();
        assert_eq!(
            said,
            [
                ("profiles.careful.extends", "stict"),
                ("profiles.careful.all", "hide"),
                ("profiles.careful.requests.email", "email"),
                ("profiles.careful.requests.jwts", "jwts"),
                ("profiles.careful.answers.credit_card", "maks"),
                ("profiles.careful.confidence.secrets", "101"),
            ]
        );
        assert_eq!(faults[2].instead, "did you mean `email_address`?");
        assert!(faults[1].instead.ends_with("`mask` or `block`"));
        assert!(faults.iter().all(|one| !one.instead.is_empty()));
    }

    #[test]
    fn an_entity_wins_over_its_group_and_a_group_over_all() {
        let profiles = load(
            "own",
            ProfileSettings {
                all: Some("report".into()),
                requests: words([("credit_card", "off"), ("personal_data", "mask")]),
                ..ProfileSettings::default()
            },
        )
        .unwrap();
        let own = one(&profiles, "own");
        assert_eq!(own.requests.action(Entity::CreditCard), Action::Off);
        assert_eq!(own.requests.action(Entity::EmailAddress), Action::Mask);
        assert_eq!(own.requests.action(Entity::Password), Action::Report);
        assert_eq!(own.answers.action(Entity::EmailAddress), Action::Report);
    }

    #[test]
    fn a_profile_starts_from_the_shipped_one_it_is_called_like() {
        let strict = load("strict", ProfileSettings::default()).unwrap();
        assert_eq!(one(&strict, "strict"), Shipped::Strict.profile());
        let own = load("own", ProfileSettings::default()).unwrap();
        assert_eq!(one(&own, "own"), Shipped::Default.profile());
    }

    #[test]
    fn shipped_profiles_are_what_the_page_says() {
        let profiles = Profiles::load(&RedactionSettings::default()).unwrap();
        let actions = |name: &str, entity: Entity| {
            let profile = one(&profiles, name);
            (
                profile.requests.action(entity),
                profile.answers.action(entity),
            )
        };
        let (off, report, replace) = (Action::Off, Action::Report, Action::Replace);
        for (name, secret, mail, person) in [
            (
                "default",
                (replace, replace),
                (replace, replace),
                (off, off),
            ),
            (
                "names",
                (replace, replace),
                (replace, replace),
                (replace, off),
            ),
            (
                "strict",
                (Action::Block, replace),
                (replace, replace),
                (replace, off),
            ),
            (
                "report",
                (report, report),
                (report, report),
                (report, report),
            ),
            ("secrets-only", (replace, replace), (off, off), (off, off)),
        ] {
            assert_eq!(actions(name, Entity::Password), secret, "{name}");
            assert_eq!(actions(name, Entity::EmailAddress), mail, "{name}");
            assert_eq!(actions(name, Entity::PersonName), person, "{name}");
        }
        let strict = one(&profiles, "strict");
        assert!(strict.refuse_hidden && strict.drop_signed && strict.restore);
    }
}
