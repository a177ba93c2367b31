//! The decision: a permit with its reasons, or a refusal that says what to add.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use aws_lc_rs::digest;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicyId, PolicySet, Request,
    RestrictedExpression,
};

use super::{
    compile::{self, Compiled},
    grant::Grant,
    limit::GrantLimits,
    settings::GrantSettings,
};
use crate::primitives::{
    Caller, Capabilities, Capability, Code, GrantName, ModelName, Operation, ProfileName,
    ProviderName, Refusal, SettingFault,
};

/// What is asked of policy.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// What for.
    pub operation: Operation,
    /// Of whom.
    pub provider: &'a ProviderName,
    /// Which model; operations about the provider itself name none.
    pub model: Option<&'a ModelName>,
    /// What the request makes the provider do.
    pub capabilities: Capabilities,
}

/// Evidence that a request was allowed. One maker: [`Policy::decide`].
#[derive(Debug, Clone)]
pub struct Permit {
    caller: Caller,
    operation: Operation,
    provider: ProviderName,
    model: Option<ModelName>,
    listed: bool,
    capabilities: Capabilities,
    grants: Vec<GrantName>,
    policies: Vec<String>,
    profiles: Vec<ProfileName>,
    limits: Vec<GrantLimits>,
    version: std::sync::Arc<str>,
}

impl Permit {
    /// Who was allowed.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What was allowed.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// Of which provider.
    #[must_use]
    pub const fn provider(&self) -> &ProviderName {
        &self.provider
    }

    /// With which model.
    #[must_use]
    pub const fn model(&self) -> Option<&ModelName> {
        self.model.as_ref()
    }

    /// The model, where a grant names it letter by letter: a word of a closed
    /// set, fit for a metric's label.
    #[must_use]
    pub fn listed_model(&self) -> Option<&ModelName> {
        self.model.as_ref().filter(|_| self.listed)
    }

    /// With which capabilities.
    #[must_use]
    pub const fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// All grants that matched, in order of their names.
    #[must_use]
    pub fn grants(&self) -> &[GrantName] {
        &self.grants
    }

    /// The Cedar policies that decided.
    #[must_use]
    pub fn policies(&self) -> &[String] {
        &self.policies
    }

    /// The redaction profiles of all matching grants; the strictest wins.
    #[must_use]
    pub fn profiles(&self) -> &[ProfileName] {
        &self.profiles
    }

    /// The limits of all matching grants; all of them apply.
    #[must_use]
    pub fn limits(&self) -> &[GrantLimits] {
        &self.limits
    }

    /// Why, in a sentence.
    #[must_use]
    pub fn reason(&self) -> String {
        let names: Vec<_> = self.grants.iter().map(GrantName::as_str).collect();
        format!("allowed by {}", names.join(", "))
    }

    /// SHA-256 of the whole policy text, in hex.
    #[must_use]
    pub fn policy_version(&self) -> &str {
        &self.version
    }
}

/// All grants and policies of one configuration.
pub struct Policy {
    compiled: Compiled,
    grants: BTreeMap<GrantName, Grant>,
    text: String,
    version: std::sync::Arc<str>,
}

impl fmt::Debug for Policy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Policy({} grants, {})",
            self.grants.len(),
            self.version
        )
    }
}

/// What Cedar said.
struct Verdict {
    allowed: bool,
    reasons: Vec<PolicyId>,
}

impl Policy {
    /// Compiles grants and Cedar files (name and text). Without any, the
    /// policy denies everything.
    ///
    /// # Errors
    /// Every fault, with paths from the top of the configuration.
    pub fn load(
        settings: &[GrantSettings],
        files: &[(String, String)],
        providers: &BTreeSet<ProviderName>,
    ) -> Result<Self, Vec<SettingFault>> {
        let mut faults = Vec::new();
        let mut grants: BTreeMap<GrantName, Grant> = BTreeMap::new();
        for (at, one) in settings.iter().enumerate() {
            let place = format!("grants[{at}]");
            match Grant::load(one, providers) {
                Ok(grant) => {
                    if grants.insert(grant.name.clone(), grant).is_some() {
                        let twin = SettingFault::new(
                            "name",
                            "is the name of an earlier grant",
                            "rename one of them",
                        );
                        faults.push(twin.with_value(&one.name).below(&place));
                    }
                }
                Err(found) => faults.extend(found.into_iter().map(|fault| fault.below(&place))),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let ordered: Vec<Grant> = grants.values().cloned().collect();
        let compiled = compile::compile(&ordered, files)?;
        let mut text: String = ordered
            .iter()
            .map(|grant| compile::text_of(grant) + "\n")
            .collect();
        for (name, file) in files {
            text.push_str(&format!("// {name}\n{file}\n"));
        }
        let version = digest::digest(&digest::SHA256, text.as_bytes());
        let version: String = version
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Self {
            compiled,
            grants,
            text,
            version: version.into(),
        })
    }

    /// The Cedar text of everything, as it decides.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of [`Self::text`], in hex.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Decides.
    ///
    /// # Errors
    /// [`Code::ModelNotGranted`], [`Code::CapabilityNotGranted`] or
    /// [`Code::PolicyDenied`], each with what the caller may know about it;
    /// [`Code::PolicyUnavailable`] where a policy could not be evaluated.
    pub fn decide(&self, question: &Question<'_>) -> Result<Permit, Refusal> {
        let verdict = self.ask(question, question.capabilities)?;
        if verdict.allowed {
            return Ok(self.permit(question, &verdict.reasons));
        }
        if !verdict.reasons.is_empty() {
            let ids: Vec<_> = verdict.reasons.iter().map(ToString::to_string).collect();
            return Err(
                Refusal::new(Code::PolicyDenied, "a policy forbids this request")
                    .with_detail(format!("forbidden by {}", ids.join(", "))),
            );
        }
        if self.ask(question, Capabilities::NONE)?.allowed {
            return Err(self.missing(question)?);
        }
        Err(not_granted(question))
    }

    /// Which of the capabilities no grant gives for this model.
    fn missing(&self, question: &Question<'_>) -> Result<Refusal, Refusal> {
        let mut missing = Vec::new();
        for one in question.capabilities.iter() {
            if !self.ask(question, [one].into_iter().collect())?.allowed {
                missing.push(one.name());
            }
        }
        if missing.is_empty() {
            missing.extend(question.capabilities.iter().map(Capability::name));
        }
        let names = missing.join(", ");
        Ok(Refusal::new(
            Code::CapabilityNotGranted,
            format!(
                "the request needs `{names}`, which no grant gives you for this model; an administrator can add it to the grant: `allow: [{names}, ...]`"
            ),
        ))
    }

    fn permit(&self, question: &Question<'_>, reasons: &[PolicyId]) -> Permit {
        let names: BTreeSet<&GrantName> = reasons
            .iter()
            .filter_map(|id| self.compiled.grant_of.get(id))
            .collect();
        let grants: Vec<&Grant> = names
            .into_iter()
            .filter_map(|name| self.grants.get(name))
            .collect();
        let mut profiles: Vec<_> = grants.iter().map(|grant| grant.profile.clone()).collect();
        profiles.sort();
        profiles.dedup();
        let mut policies: Vec<_> = reasons.iter().map(ToString::to_string).collect();
        policies.sort();
        let path = question
            .model
            .map(|model| format!("{}/{model}", question.provider));
        let listed = |grant: &&Grant| path.as_ref().is_some_and(|path| grant.lists(path));
        Permit {
            listed: grants.iter().any(listed),
            caller: question.caller.clone(),
            operation: question.operation,
            provider: question.provider.clone(),
            model: question.model.cloned(),
            capabilities: question.capabilities,
            grants: grants.iter().map(|grant| grant.name.clone()).collect(),
            policies,
            profiles,
            limits: grants.iter().map(|grant| grant.limits.clone()).collect(),
            version: self.version.clone(),
        }
    }

    /// Asks Cedar, with capabilities of our choice.
    fn ask(&self, question: &Question<'_>, capabilities: Capabilities) -> Result<Verdict, Refusal> {
        let slice = self.slice(question.caller);
        let (request, entities) =
            cedar_request(question, capabilities).map_err(|detail| unavailable(&detail))?;
        let answer = Authorizer::new().is_authorized(&request, slice, &entities);
        if let Some(error) = answer.diagnostics().errors().next() {
            return Err(unavailable(&error.to_string()));
        }
        Ok(Verdict {
            allowed: answer.decision() == Decision::Allow,
            reasons: answer.diagnostics().reason().cloned().collect(),
        })
    }

    fn slice(&self, caller: &Caller) -> &PolicySet {
        self.compiled
            .by_team
            .get(&caller.team)
            .unwrap_or(&self.compiled.rest)
    }
}

fn unavailable(detail: &str) -> Refusal {
    Refusal::new(
        Code::PolicyUnavailable,
        "the policy could not be evaluated, so the request is refused",
    )
    .with_detail(detail)
}

fn not_granted(question: &Question<'_>) -> Refusal {
    let Caller { team, .. } = question.caller;
    let provider = question.provider;
    let sentence = match question.model {
        Some(model) => format!(
            "no grant gives you the model `{model}`; an administrator can add \"{provider}/{model}\" to `models` of a grant for team `{team}`"
        ),
        None => format!("no grant gives you a model of `{provider}`"),
    };
    Refusal::new(Code::ModelNotGranted, sentence)
}

fn cedar_request(
    question: &Question<'_>,
    capabilities: Capabilities,
) -> Result<(Request, Entities), String> {
    let caller = question.caller;
    let principal = uid("Caller", caller.credential.as_str())?;
    let team = uid("Team", caller.team.as_str())?;
    let provider = uid("Provider", question.provider.as_str())?;
    let action = uid("Action", question.operation.name())?;
    let text = |value: &str| RestrictedExpression::new_string(value.to_owned());
    let attributes = [
        ("owner".to_owned(), text(&caller.owner)),
        ("tenant".to_owned(), text(caller.tenant.as_str())),
        ("credential".to_owned(), text(caller.credential.as_str())),
    ];
    let mut entities = vec![
        entity(principal.clone(), attributes.into(), &[team])?,
        entity(provider.clone(), Vec::new(), &[])?,
    ];
    let resource = match question.model {
        None => provider,
        Some(_) if question.operation == Operation::ListModels => provider,
        Some(model) => {
            let path = format!("{}/{model}", question.provider);
            let model = uid("Model", &path)?;
            entities.push(entity(
                model.clone(),
                vec![("path".to_owned(), text(&path))],
                &[provider],
            )?);
            model
        }
    };
    let names = capabilities.iter().map(|one| text(one.name()));
    let context = Context::from_pairs([(
        "capabilities".to_owned(),
        RestrictedExpression::new_set(names),
    )])
    .map_err(|error| error.to_string())?;
    let request = Request::new(principal, action, resource, context, None)
        .map_err(|error| error.to_string())?;
    let entities = Entities::from_entities(entities, None).map_err(|error| error.to_string())?;
    Ok((request, entities))
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, String> {
    let name = format!("Portcullis::{kind}")
        .parse()
        .map_err(|error: cedar_policy::ParseErrors| error.to_string())?;
    Ok(EntityUid::from_type_name_and_id(
        name,
        cedar_policy::EntityId::new(id),
    ))
}

fn entity(
    uid: EntityUid,
    attributes: Vec<(String, RestrictedExpression)>,
    parents: &[EntityUid],
) -> Result<Entity, String> {
    Entity::new(
        uid,
        attributes.into_iter().collect(),
        parents.iter().cloned().collect(),
    )
    .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
