//! The one maker of [`Clean`].

use std::{collections::BTreeSet, fmt, ops::Range, sync::Arc};

use super::{
    Action, Cleanable, Confidence, Detectors, Entity, Exchange, Findings,
    budget::{Allowance, guarded, spent, unavailable},
    clean::Cleaner,
    detector::Detected,
    finder::{Finder, Look},
    placeholder::Placeholders,
    profile::Profile,
    profiles::Profiles,
    settings::RedactionSettings,
    stream::Caps,
};
use crate::{
    primitives::{Limits, MasterKey, ProfileName, Purpose, Refusal, SettingFault, Tenant},
    wire::{json::Bounds, splice::Edit},
};

/// Finds and replaces by profile; shared by all requests.
pub struct Redactor {
    look: Arc<dyn Look>,
    profiles: Profiles,
    master: Arc<MasterKey>,
    allowance: Allowance,
    held: Caps,
    bounds: Bounds,
}

/// A request that may be sent: whatever its profiles do not want out is out.
///
/// INVARIANT: made by [`Redactor::clean`] alone.
///
/// ```compile_fail,E0451
/// # use portcullis::redact::Clean;
/// # struct Call;
/// # fn take(call: Call, exchange: portcullis::redact::Exchange) -> Clean<Call> {
/// Clean { call, exchange, findings: Default::default() }   // its fields are private
/// # }
/// ```
///
/// The twin that compiles:
///
/// ```
/// # use std::sync::Arc;
/// # use portcullis::{primitives::*, redact::*, wire::{json::*, splice::*}};
/// struct Call;
/// impl Cleanable for Call {
///     fn document(&self) -> Option<&Document> { None }
///     fn treatment(&self, _: Node<'_>) -> Treatment { Treatment::Text }
///     fn edited(self, _: Vec<Edit>) -> Result<Self, Overlap> { Ok(self) }
/// }
/// # fn take(call: Call) -> Clean<Call> {
/// # let master = Arc::new(MasterKey::new(&[1; 32]).unwrap());
/// # let redactor = Redactor::load(&Default::default(), master, &Limits::default()).unwrap();
/// # let profiles = [ProfileName::new("default").unwrap()];
/// # let tenant = Tenant::new("a").unwrap();
/// redactor.clean(call, &profiles, &tenant).unwrap()
/// # }
/// # take(Call);
/// ```
pub struct Clean<T> {
    call: T,
    exchange: Exchange,
    findings: Findings,
}

impl<T> Clean<T> {
    /// The request.
    pub const fn get(&self) -> &T {
        &self.call
    }

    /// What was found in it.
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The request, what the way back needs, and what was found.
    pub fn into_parts(self) -> (T, Exchange, Findings) {
        (self.call, self.exchange, self.findings)
    }
}

impl<T> fmt::Debug for Clean<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Clean({:?}, {:?})", self.exchange, self.findings)
    }
}

/// A value in a text that was scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What it is.
    pub entity: Entity,
    /// The vendor or scheme, where there are several.
    pub subtype: Option<&'static str>,
    /// How sure the detector is.
    pub confidence: Confidence,
    /// What the profile does about it in a request.
    pub action: Action,
}

impl Redactor {
    /// Reads the profiles and compiles the detectors.
    ///
    /// # Errors
    /// Every fault, with paths below `redaction`.
    pub fn load(
        settings: &RedactionSettings,
        master: Arc<MasterKey>,
        limits: &Limits,
    ) -> Result<Self, Vec<SettingFault>> {
        let profiles = Profiles::load(settings)?;
        let detectors = Detectors::shipped().map_err(|_defect| {
            vec![SettingFault::new(
                "",
                "the detectors of this build cannot be used",
                "install another build and report this one",
            )]
        })?;
        Ok(Self::with(Arc::new(detectors), profiles, master, limits))
    }

    /// Whether the settings can be used, without anything that has to exist
    /// first: what `check` asks.
    ///
    /// # Errors
    /// Every fault, with paths below `redaction`.
    pub fn check(settings: &RedactionSettings) -> Result<(), Vec<SettingFault>> {
        Profiles::load(settings).map(drop)
    }

    pub(super) fn with(
        look: Arc<dyn Look>,
        profiles: Profiles,
        master: Arc<MasterKey>,
        limits: &Limits,
    ) -> Self {
        Self {
            look,
            profiles,
            master,
            allowance: Allowance::new(limits),
            held: Caps {
                text: limits.held_text,
                events: limits.held_events,
            },
            bounds: Bounds {
                depth: limits.json_depth,
                nodes: limits.json_nodes,
            },
        }
    }

    /// Whether there is a profile of that name.
    #[must_use]
    pub fn has_profile(&self, name: &ProfileName) -> bool {
        self.profiles.has(name)
    }

    /// Cleans a request by the strictest of the profiles per entity and
    /// direction (DESIGN decision 9).
    ///
    /// # Errors
    /// `content_blocked`, `structure_refused`, `invalid_field` where the
    /// profile refuses hidden characters, `redaction_unavailable` where the
    /// text could not be checked: nothing may be sent then.
    pub fn clean<T: Cleanable>(
        &self,
        call: T,
        profiles: &[ProfileName],
        tenant: &Tenant,
    ) -> Result<Clean<T>, Refusal> {
        let profile = self.profiles.combined(profiles)?;
        let key = self
            .master
            .derive(Purpose::Placeholders, tenant.as_str())
            .map_err(|_weak| unavailable("the tenant has no key"))?;
        let mut placeholders = Placeholders::new(key);
        let (edits, findings) = guarded(|| self.edits(&call, &profile, &mut placeholders))?;
        let call = call
            .edited(edits)
            .map_err(|_overlap| unavailable("edits overlap"))?;
        Ok(Clean {
            call,
            exchange: Exchange::new(
                Arc::clone(&self.look),
                profile,
                placeholders,
                self.allowance,
                self.held,
            ),
            findings,
        })
    }

    /// What a profile finds in a text that is nobody's request.
    ///
    /// # Errors
    /// `redaction_unavailable` where there is no such profile or the text could
    /// not be checked.
    pub fn scan(&self, profile: &ProfileName, text: &str) -> Result<Vec<Finding>, Refusal> {
        let profile = self.profiles.combined(std::slice::from_ref(profile))?;
        let budget = self.allowance.start(text.len());
        let mut found = Vec::new();
        guarded(|| {
            let wanted = profile.requests.wanted();
            let mut go_on = || budget.is_left();
            self.look
                .find_while(text, wanted, &mut go_on, &mut found)
                .map_err(|_out_of_time| spent())
        })?;
        let finding = |one: Detected| Finding {
            action: profile.requests.action(one.entity),
            range: one.range,
            entity: one.entity,
            subtype: one.subtype,
            confidence: one.confidence,
        };
        Ok(found.into_iter().map(finding).collect())
    }

    fn edits<T: Cleanable>(
        &self,
        call: &T,
        profile: &Profile,
        placeholders: &mut Placeholders,
    ) -> Result<(Vec<Edit>, Findings), Refusal> {
        let Some(document) = call.document() else {
            return Ok((Vec::new(), Findings::default()));
        };
        let mut cleaner = Cleaner {
            finder: Finder {
                look: &*self.look,
                side: &profile.requests,
                examples: true,
                budget: self.allowance.start(document.bytes().len()),
            },
            placeholders,
            bounds: self.bounds,
            refuse_hidden: profile.refuse_hidden,
            findings: Findings::default(),
            blocked: BTreeSet::new(),
            stuck: None,
        };
        let edits = cleaner.document(document, &|node| call.treatment(node))?;
        Ok((edits, cleaner.findings))
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Redactor({:?})", self.profiles)
    }
}
