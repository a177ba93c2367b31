//! `portcullis policy explain`: what the grants become, and what they decide.

use clap::Subcommand;
use serde::Serialize;

use super::{
    ConfigFile, Exit,
    console::{Console, Stop},
};
use crate::{
    config,
    identity::{self, KeyEntry},
    policy::{Dimension, GrantLimits, Permit, Policy as Decider, Question},
    primitives::{
        Caller, Capabilities, Capability, CredentialId, CredentialKind, MicroUsd, ModelName,
        Operation, ProviderName, Refusal, Team, Tenant,
    },
};

/// Shows what the grants become and what they decide.
#[derive(Debug, clap::Args)]
pub(super) struct Policy {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Explain(Box<Explain>),
}

/// Prints the Cedar text the grants become, or decides one request and says why.
///
/// Without `--model` the whole policy is printed. With it, the request is
/// decided as the gateway would decide it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis policy explain -c portcullis.yaml
  portcullis policy explain --caller alice --team data-science --model local/llama-3
  portcullis policy explain --key ke28cu8nu2th2sb6 --model local/llama-3 --capability images

Exit codes:
  0  allowed, or the text was printed
  1  denied")]
struct Explain {
    #[command(flatten)]
    file: ConfigFile,
    /// The model asked for, as `provider/model`.
    #[arg(long, value_name = "PROVIDER/MODEL", value_parser = target)]
    model: Option<Target>,
    /// Whose request it is: the owner of a key.
    #[arg(long, value_name = "NAME", requires = "model")]
    caller: Option<String>,
    /// The caller's team.
    #[arg(long, value_name = "NAME", requires = "model", value_parser = Team::new)]
    team: Option<Team>,
    /// The caller's tenant, where that is not the team.
    #[arg(long, value_name = "NAME", requires = "model", value_parser = Tenant::new)]
    tenant: Option<Tenant>,
    /// Take owner, team and tenant from the key of this id.
    #[arg(long, value_name = "ID", requires = "model", value_parser = CredentialId::new,
          conflicts_with_all = ["caller", "team", "tenant"])]
    key: Option<CredentialId>,
    /// What the request makes the provider do: `stream`, `tools`, `images`, ...; once for each.
    #[arg(long, value_name = "NAME", requires = "model", value_parser = capability)]
    capability: Vec<Capability>,
    /// What is asked: `chat`, `embeddings`, `count_tokens` or `list_models`.
    #[arg(long, value_name = "NAME", requires = "model", value_parser = operation, default_value = "chat")]
    operation: Operation,
    /// The decision as one JSON object.
    #[arg(long, requires = "model")]
    json: bool,
}

#[derive(Debug, Clone)]
struct Target {
    provider: ProviderName,
    model: ModelName,
}

impl Policy {
    pub(super) fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        match self.action {
            Action::Explain(one) => one.run(console),
        }
    }
}

impl Explain {
    fn run(self, console: &mut Console<'_>) -> Result<Exit, Stop> {
        let policy = config::policy(&self.file.config)?;
        let Some(target) = &self.model else {
            console.put(policy.text())?;
            console.note(format_args!("policy {}", policy.version()))?;
            return Ok(Exit::Done);
        };
        let caller = self.caller()?;
        let question = Question {
            caller: &caller,
            operation: self.operation,
            provider: &target.provider,
            model: Some(&target.model),
            capabilities: self.capability.iter().copied().collect::<Capabilities>(),
        };
        let decided = policy.decide(&question);
        if self.json {
            let decision = Decision::of(&decided, &policy);
            console.line(serde_json::to_string(&decision).map_err(Stop::said)?)?;
        } else {
            console.put(sentence(&decided))?;
        }
        Ok(if decided.is_ok() {
            Exit::Done
        } else {
            Exit::No
        })
    }

    fn caller(&self) -> Result<Caller, Stop> {
        if let Some(id) = &self.key {
            let places = config::places(&self.file.config)?;
            let keys = identity::list(&places.keyring).map_err(Stop::said)?;
            let key = keys.into_iter().find(|key| key.id == *id);
            let key = key.ok_or_else(|| Stop::said(format_args!("there is no key `{id}`")))?;
            return of_key(key);
        }
        let team = match &self.team {
            Some(team) => team.clone(),
            None => Team::new(NOBODY).map_err(Stop::said)?,
        };
        let owner = self.caller.as_deref().unwrap_or(NOBODY);
        if !Caller::is_owner(owner) {
            return Err(Stop::said("an owner is visible ASCII without spaces"));
        }
        Ok(Caller {
            owner: owner.into(),
            tenant: whose(self.tenant.clone(), &team)?,
            team,
            credential: CredentialId::new(NOBODY).map_err(Stop::said)?,
            kind: CredentialKind::ApiKey,
        })
    }
}

fn of_key(key: KeyEntry) -> Result<Caller, Stop> {
    Ok(Caller {
        owner: key.owner,
        tenant: whose(key.tenant, &key.team)?,
        team: key.team,
        credential: key.id,
        kind: CredentialKind::ApiKey,
    })
}

fn whose(tenant: Option<Tenant>, team: &Team) -> Result<Tenant, Stop> {
    tenant.map_or_else(|| Tenant::new(team.as_str()).map_err(Stop::said), Ok)
}

/// The decision for a reader.
fn sentence(decided: &Result<Permit, Refusal>) -> String {
    match decided {
        Ok(permit) => {
            let mut text = format!("{}\n", permit.reason());
            text.push_str(&format!("  policies   {}\n", permit.policies().join(", ")));
            text.push_str(&format!("  redaction  {}\n", names(permit.profiles())));
            for limits in permit.limits() {
                text.push_str(&format!("  limits     {}\n", said(limits)));
            }
            text
        }
        Err(refusal) => {
            let mut text = format!("denied: {}\n", refusal.sentence());
            if let Some(detail) = refusal.detail() {
                text.push_str(&format!("  because    {detail}\n"));
            }
            let code = refusal.code().name();
            text.push_str(&format!(
                "  code       {code} (portcullis explain {code})\n"
            ));
            text
        }
    }
}

fn said(limits: &GrantLimits) -> String {
    let ceilings = limits.limits.iter().map(|one| {
        let most = match one.dimension {
            Dimension::Money => MicroUsd(one.most.get()).to_string(),
            Dimension::Requests
            | Dimension::Tokens
            | Dimension::InputTokens
            | Dimension::OutputTokens => format!("{} {}", one.most, one.dimension.name()),
        };
        format!("{most} a {}", one.window.name())
    });
    let open = limits.concurrent.map(|many| format!("{many} at once"));
    let all: Vec<String> = ceilings.chain(open).collect();
    let assumed = if limits.assumed { " (default)" } else { "" };
    format!(
        "{}: for each {}, {}{assumed}",
        limits.grant,
        limits.per.name(),
        all.join(", ")
    )
}

fn names<T: ToString>(many: &[T]) -> String {
    let names: Vec<String> = many.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// The decision for a program.
#[derive(Serialize)]
struct Decision<'a> {
    allowed: bool,
    reason: String,
    code: Option<&'static str>,
    grants: Vec<String>,
    policies: &'a [String],
    profiles: Vec<String>,
    policy_version: &'a str,
}

impl<'a> Decision<'a> {
    fn of(decided: &'a Result<Permit, Refusal>, policy: &'a Decider) -> Self {
        let policy_version = policy.version();
        match decided {
            Ok(permit) => Self {
                allowed: true,
                reason: permit.reason(),
                code: None,
                grants: permit.grants().iter().map(ToString::to_string).collect(),
                policies: permit.policies(),
                profiles: permit.profiles().iter().map(ToString::to_string).collect(),
                policy_version,
            },
            Err(refusal) => Self {
                allowed: false,
                reason: refusal.detail().unwrap_or(refusal.sentence()).to_owned(),
                code: Some(refusal.code().name()),
                grants: Vec::new(),
                policies: &[],
                profiles: Vec::new(),
                policy_version,
            },
        }
    }
}

fn target(text: &str) -> Result<Target, String> {
    let (provider, model) = text
        .split_once('/')
        .ok_or("write `provider/model`, the provider as the configuration names it")?;
    Ok(Target {
        provider: ProviderName::new(provider).map_err(|error| error.to_string())?,
        model: ModelName::new(model).map_err(|error| error.to_string())?,
    })
}

fn capability(text: &str) -> Result<Capability, String> {
    Capability::from_name(text).ok_or_else(|| {
        let all = Capability::ALL.map(Capability::name);
        format!("the capabilities are {}", all.join(", "))
    })
}

fn operation(text: &str) -> Result<Operation, String> {
    let known = Operation::ALL.into_iter().find(|one| one.name() == text);
    known.ok_or_else(|| {
        let all = Operation::ALL.map(Operation::name);
        format!("the operations are {}", all.join(", "))
    })
}

/// Stands for a name that was not given. No grant should name it.
const NOBODY: &str = "-";
