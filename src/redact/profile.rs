//! What runs: one action and one threshold per entity and direction.
//!
//! Several grants may name several profiles for one request. They combine to
//! something at least as strict as each of them (DESIGN decision 9).

use super::{Action, Confidence, Entity, Group, detector::Wanted};

/// What is done about one entity in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    /// What is done.
    pub(super) action: Action,
    /// How sure a detector has to be.
    pub(super) confidence: Confidence,
}

impl Rule {
    /// Strictest action, lower threshold. A rule that is off has no say in the
    /// threshold: it would find nothing at any.
    fn and(self, other: Self) -> Self {
        if self.action == Action::Off {
            return other;
        }
        if other.action == Action::Off {
            return self;
        }
        Self {
            action: self.action.max(other.action),
            confidence: self.confidence.min(other.confidence),
        }
    }
}

/// The rules of one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Side {
    /// In the order of [`Entity::ALL`].
    rules: Vec<Rule>,
    /// The same for detectors.
    wanted: Wanted,
}

impl Side {
    fn uniform(action: Action) -> Self {
        let rule = |one: &Entity| Rule {
            action,
            confidence: one.default_confidence(),
        };
        Self::new(Entity::ALL.iter().map(rule).collect())
    }

    fn new(rules: Vec<Rule>) -> Self {
        let mut side = Self {
            rules,
            wanted: Wanted::nothing(),
        };
        side.want();
        side
    }

    /// What is done about an entity.
    pub(super) fn action(&self, entity: Entity) -> Action {
        let rule = self.rules.get(entity.index());
        rule.map_or(Action::Off, |rule| rule.action)
    }

    /// What detectors are asked for.
    pub(super) const fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn want(&mut self) {
        for (entity, rule) in Entity::ALL.iter().zip(&self.rules) {
            let least = (rule.action != Action::Off).then_some(rule.confidence);
            self.wanted.set(*entity, least);
        }
    }

    fn each(&mut self, entities: Entities, change: impl Fn(&mut Rule)) {
        let all = Entity::ALL.iter().zip(&mut self.rules);
        for (_, rule) in all.filter(|(one, _)| entities.contain(**one)) {
            change(rule);
        }
        self.want();
    }

    pub(super) fn set(&mut self, entities: Entities, action: Action) {
        self.each(entities, |rule| rule.action = action);
    }

    pub(super) fn set_confidence(&mut self, entities: Entities, confidence: Confidence) {
        self.each(entities, |rule| rule.confidence = confidence);
    }

    /// Whether nothing is looked for.
    pub(super) fn is_off(&self) -> bool {
        self.rules.iter().all(|rule| rule.action == Action::Off)
    }

    /// Whether nothing can be changed.
    pub(super) fn changes_nothing(&self) -> bool {
        self.rules.iter().all(|rule| !rule.action.changes())
    }

    fn and(&self, other: &Self) -> Self {
        let pairs = self.rules.iter().zip(&other.rules);
        Self::new(pairs.map(|(one, other)| one.and(*other)).collect())
    }
}

/// Which entities a word of a profile means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entities {
    All,
    Group(Group),
    One(Entity),
}

impl Entities {
    fn contain(self, entity: Entity) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => entity.group() == group,
            Self::One(one) => entity == one,
        }
    }
}

/// One profile, or several combined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Profile {
    /// What callers send.
    pub(super) requests: Side,
    /// What providers answer.
    pub(super) answers: Side,
    /// Own values are put back into answers.
    pub(super) restore: bool,
    /// A string with a character nobody sees refuses the request (BDY-09).
    pub(super) refuse_hidden: bool,
    /// A signed block with a finding is dropped from streams.
    pub(super) drop_signed: bool,
}

impl Profile {
    /// The shipped profile of that name.
    pub(super) fn shipped(name: &str) -> Option<Self> {
        let shipped = Shipped::ALL.into_iter().find(|one| one.name() == name)?;
        Some(shipped.profile())
    }

    fn uniform(action: Action) -> Self {
        Self {
            requests: Side::uniform(action),
            answers: Side::uniform(action),
            restore: true,
            refuse_hidden: false,
            drop_signed: false,
        }
    }

    /// At least as strict as both.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            requests: self.requests.and(&other.requests),
            answers: self.answers.and(&other.answers),
            restore: self.restore && other.restore,
            refuse_hidden: self.refuse_hidden || other.refuse_hidden,
            drop_signed: self.drop_signed || other.drop_signed,
        }
    }
}

/// The profiles there are without writing any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shipped {
    /// Secrets and checkable personal data both ways.
    Default,
    /// That, and names and addresses in requests.
    Names,
    /// That; a secret in a request refuses it, and so do hidden characters.
    Strict,
    /// Everything is counted, nothing is changed.
    Report,
    /// Secrets both ways and nothing else.
    SecretsOnly,
}

impl Shipped {
    pub(super) const ALL: [Self; 5] = [
        Self::Default,
        Self::Names,
        Self::Strict,
        Self::Report,
        Self::SecretsOnly,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Names => "names",
            Self::Strict => "strict",
            Self::Report => "report",
            Self::SecretsOnly => "secrets-only",
        }
    }

    pub(super) fn profile(self) -> Profile {
        let mut profile = Profile::uniform(Action::Replace);
        let Profile {
            requests, answers, ..
        } = &mut profile;
        let (secrets, people) = (Group::Secrets, Group::PersonalData);
        let names = Entities::Group(Group::Names);
        match self {
            Self::Default => {
                requests.set(names, Action::Off);
                answers.set(names, Action::Off);
            }
            Self::Names => answers.set(names, Action::Off),
            Self::Strict => {
                answers.set(names, Action::Off);
                requests.set(Entities::Group(secrets), Action::Block);
                profile.refuse_hidden = true;
                profile.drop_signed = true;
            }
            Self::Report => return Profile::uniform(Action::Report),
            Self::SecretsOnly => {
                for side in [requests, answers] {
                    side.set(names, Action::Off);
                    side.set(Entities::Group(people), Action::Off);
                }
            }
        }
        profile
    }
}
