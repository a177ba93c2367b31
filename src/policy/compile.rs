//! Grants to Cedar text, and Cedar text to policy sets.

use std::{collections::BTreeMap, fmt::Write, str::FromStr};

use cedar_policy::{Effect, PolicyId, PolicySet, Schema, ValidationMode, Validator};

use super::grant::{Grant, Pattern};
use crate::primitives::{GrantName, Operation, SettingFault, Team};

/// The Cedar text of a grant, as `policy explain` shows it.
pub(super) fn text_of(grant: &Grant) -> String {
    let who = principals(grant);
    let mut text = String::new();
    let operations: Vec<_> = Operation::ALL
        .into_iter()
        .filter(|one| *one != Operation::ListModels)
        .map(action)
        .collect();
    let models: Vec<_> = grant.models.iter().map(resource).collect();
    let allow = capabilities(grant);
    // Writing to a string cannot fail.
    let _infallible = write!(
        text,
        "@id(\"grant:{name}\")\n@grant(\"{name}\")\npermit (\n    principal,\n    action in [{actions}],\n    resource\n)\nwhen {{\n    ({who}) &&\n    ({models}) &&\n    {allow}\n}};\n\n",
        name = grant.name,
        actions = operations.join(", "),
        models = models.join(" || "),
    );
    let mut providers: Vec<_> = grant
        .models
        .iter()
        .map(|one| provider(&one.provider))
        .collect();
    providers.sort();
    providers.dedup();
    let _infallible = write!(
        text,
        "@id(\"grant:{name}:models\")\n@grant(\"{name}\")\npermit (\n    principal,\n    action == {list},\n    resource\n)\nwhen {{\n    ({who}) &&\n    [{providers}].contains(resource)\n}};\n",
        name = grant.name,
        list = action(Operation::ListModels),
        providers = providers.join(", "),
    );
    text
}

fn principals(grant: &Grant) -> String {
    let teams = grant
        .teams
        .iter()
        .map(|team| format!("principal in Portcullis::Team::{}", quoted(team.as_str())));
    let owners = grant
        .owners
        .iter()
        .map(|owner| format!("principal.owner == {}", quoted(owner)));
    teams.chain(owners).collect::<Vec<_>>().join(" || ")
}

/// Cedar has no literal for an empty set: nobody could tell its type.
fn capabilities(grant: &Grant) -> String {
    let names: Vec<_> = grant.allow.iter().map(|one| quoted(one.name())).collect();
    if names.is_empty() {
        return "context.capabilities.isEmpty()".to_owned();
    }
    format!("[{}].containsAll(context.capabilities)", names.join(", "))
}

fn resource(pattern: &Pattern) -> String {
    if pattern.open {
        // `like` reads `*` as anything; a pattern has none but the trailing one.
        return format!(
            "resource.path like {}",
            quoted(&format!("{}*", pattern.text))
        );
    }
    format!("resource.path == {}", quoted(&pattern.text))
}

fn action(operation: Operation) -> String {
    format!("Portcullis::Action::{}", quoted(operation.name()))
}

fn provider(name: &crate::primitives::ProviderName) -> String {
    format!("Portcullis::Provider::{}", quoted(name.as_str()))
}

/// A Cedar string literal.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .flat_map(|one| match one {
            '"' | '\\' => vec!['\\', one],
            other => vec![other],
        })
        .collect();
    format!("\"{escaped}\"")
}

/// All policies, and which grant each inherits from.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    /// Each team has its own set; other teams use `rest`.
    pub(super) by_team: BTreeMap<Team, PolicySet>,
    pub(super) rest: PolicySet,
    pub(super) grant_of: BTreeMap<PolicyId, GrantName>,
}

/// Compiles and validates everything.
///
/// Policies are sliced by team at load: a decision then looks only at what
/// could matter to its principal.
pub(super) fn compile(
    grants: &[Grant],
    files: &[(String, String)],
) -> Result<Compiled, Vec<SettingFault>> {
    let mut faults = Vec::new();
    let mut all = Vec::new();
    for grant in grants {
        match parse(&text_of(grant)) {
            Ok(policies) => all.extend(policies.into_iter().map(|policy| (Some(grant), policy))),
            Err(problem) => faults.push(SettingFault::new(
                "grants",
                problem,
                "report this: a grant did not compile",
            )),
        }
    }
    for (at, (name, text)) in files.iter().enumerate() {
        match parse(text).and_then(|policies| check_file(name, policies, grants)) {
            Ok(policies) => all.extend(policies.into_iter().map(|policy| (None, policy))),
            Err(problem) => faults.push(
                SettingFault::new(
                    format!("policy.files[{at}]"),
                    problem,
                    "correct the Cedar file",
                )
                .with_value(name),
            ),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let teams = grants.iter().flat_map(|grant| grant.teams.clone());
    let rest = set(all
        .iter()
        .filter(|(grant, _)| grant.is_none_or(|one| !one.owners.is_empty())))?;
    let mut out = Compiled {
        rest,
        ..Compiled::default()
    };
    for team in teams {
        let mine = all.iter().filter(|(grant, _)| {
            grant.is_none_or(|one| one.teams.contains(&team) || !one.owners.is_empty())
        });
        let slice = set(mine)?;
        out.by_team.insert(team, slice);
    }
    for (_, policy) in &all {
        if let Some(grant) = policy
            .annotation("grant")
            .and_then(|name| GrantName::new(name).ok())
        {
            out.grant_of.insert(policy.id().clone(), grant);
        }
    }
    validate(&set(all.iter())?)?;
    Ok(out)
}

/// The policies of a text, each under its `@id` where it has one.
fn parse(text: &str) -> Result<Vec<cedar_policy::Policy>, String> {
    let parsed = PolicySet::from_str(text).map_err(|error| error.to_string())?;
    if parsed.templates().next().is_some() {
        return Err("has a template, and there is nothing to link it with".to_owned());
    }
    Ok(parsed
        .policies()
        .map(|policy| match policy.annotation("id") {
            Some(id) => policy.new_id(PolicyId::new(id)),
            None => policy.clone(),
        })
        .collect())
}

/// A `permit` in a file inherits a grant; ids carry the file's name unless given.
fn check_file(
    name: &str,
    policies: Vec<cedar_policy::Policy>,
    grants: &[Grant],
) -> Result<Vec<cedar_policy::Policy>, String> {
    let mut out = Vec::new();
    for policy in policies {
        let grant = policy.annotation("grant");
        let known = grant.is_some_and(|grant| grants.iter().any(|one| one.name.as_str() == grant));
        if policy.effect() == Effect::Permit && !known {
            return Err(format!(
                "has a `permit` (`{}`) without `@grant(\"name\")` of a grant in this configuration",
                policy.id()
            ));
        }
        let id = match policy.annotation("id") {
            Some(id) => PolicyId::new(id),
            None => PolicyId::new(format!("{name}:{}", policy.id())),
        };
        out.push(policy.new_id(id));
    }
    Ok(out)
}

fn set<'a>(
    policies: impl Iterator<Item = &'a (Option<&'a Grant>, cedar_policy::Policy)>,
) -> Result<PolicySet, Vec<SettingFault>> {
    PolicySet::from_policies(policies.map(|(_, policy)| policy.clone())).map_err(|error| {
        vec![SettingFault::new(
            "policy",
            error.to_string(),
            "give every policy an `@id` of its own",
        )]
    })
}

/// The schema policies are checked against.
pub(super) const SCHEMA: &str = include_str!("schema.cedarschema");

fn validate(all: &PolicySet) -> Result<(), Vec<SettingFault>> {
    let fault = |problem: String| {
        SettingFault::new(
            "policy",
            problem,
            "correct the policy; `portcullis policy explain` shows all of them",
        )
    };
    let (schema, _) =
        Schema::from_cedarschema_str(SCHEMA).map_err(|error| vec![fault(error.to_string())])?;
    let found = Validator::new(schema).validate(all, ValidationMode::Strict);
    let faults: Vec<_> = found
        .validation_errors()
        .map(|error| fault(error.to_string()))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}
