use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
    time::Instant,
};

use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::{
    audit::{
        AnswerFacts, Arrived, CallFacts, CostFacts, Direction, EditFacts, Entry, Fact,
        FindingFacts, TraceIds, UpstreamFacts, UsageFacts, UsageSource,
        content::{Content, ContentKeys},
    },
    primitives::{
        Caller, Capability, Code, CredentialId, CredentialKind, GrantName, MasterKey, ModelName,
        Operation, ProviderName, Refusal, RequestId, Team, Tenant,
    },
};

fn arrived(user_agent: &str) -> Arrived {
    Arrived {
        request: RequestId::new(),
        at: Timestamp::UNIX_EPOCH,
        clock: Instant::now(),
        source: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
        listener: "data",
        method: "POST".to_owned(),
        user_agent: Some(user_agent.to_owned()),
        tls: Some("1.3"),
        config_digest: "c".repeat(64).into(),
        policy_version: "p".repeat(64).into(),
        trace: Some(TraceIds {
            trace: [1; 16],
            span: [2; 8],
        }),
    }
}

/// Facts in which every outside text is `text` and every list is full.
fn everything(text: &str, entities: &[&'static str]) -> Facts {
    let mut facts = Facts::new(&arrived(text));
    let name = "n".repeat(64);
    let tenant = Tenant::new(&name).expect("a tenant");
    Caller {
        owner: text.into(),
        team: Team::new(&name).expect("a team"),
        tenant: tenant.clone(),
        credential: CredentialId::new(&name).expect("an id"),
        kind: CredentialKind::ApiKey,
    }
    .note(&mut facts);
    CallFacts {
        operation: Operation::CountTokens,
        provider: &ProviderName::new(&name).expect("a provider"),
        kind: text,
        model: Some(&ModelName::new(&"m".repeat(256)).expect("a model")),
        route: "/v1/chat/completions",
        capabilities: Capability::ALL.into_iter().collect(),
        stream: true,
        body_bytes: u64::MAX,
        max_output_tokens: Some(u64::MAX),
        media: u64::MAX,
    }
    .note(&mut facts);
    let many = |most| vec![Line::outside(text, most); longest::LIST];
    facts.permit = Some(Allowed {
        rules: many(longest::WORD),
        policies: many(longest::POLICY),
        profiles: Line::outside(text, longest::RULESET),
        reason: Line::outside(text, longest::SENTENCE),
    });
    facts.upstream.attempts = u64::MAX;
    EditFacts(&["stream_options.include_usage"; 40]).note(&mut facts);
    let counts: Vec<_> = entities
        .iter()
        .map(|one| (*one, "mask", u64::MAX))
        .collect();
    for direction in [Direction::Request, Direction::Response] {
        FindingFacts {
            direction,
            counts: &counts,
            changed: 1,
            signed: u64::MAX,
            structure_refused: u64::MAX,
            held_max_bytes: Some(u64::MAX),
        }
        .note(&mut facts);
    }
    UpstreamFacts {
        address: text,
        port: 443,
        credential: Some(text),
        status: Some(200),
        micros: Some(u64::MAX),
        first_chunk_micros: Some(u64::MAX),
    }
    .note(&mut facts);
    AnswerFacts {
        response_id: Some(text),
        model: Some(text),
        finish_reasons: &vec![text.to_owned(); 100],
        usage: Some(UsageFacts {
            source: UsageSource::Estimated,
            input: u64::MAX,
            output: u64::MAX,
            cache_read: Some(u64::MAX),
            cache_creation: Some(u64::MAX),
            reasoning: Some(u64::MAX),
        }),
        chunks: Some(u64::MAX),
    }
    .note(&mut facts);
    CostFacts {
        micro_usd: u64::MAX,
        price_list: text,
    }
    .note(&mut facts);
    let keys = ContentKeys::new(MasterKey::new(&[7; 32]).expect("32 bytes").into());
    for content in [Content::Received, Content::Forwarded, Content::Response] {
        keys.hasher(&tenant, content)
            .expect("a key")
            .finish()
            .note(&mut facts);
    }
    let rules = vec![GrantName::new(&name).expect("a grant"); 100];
    let refusal = Refusal::new(Code::CapabilityNotGranted, text)
        .with_detail(text)
        .with_rules(rules);
    facts.refused(&refusal);
    facts
}

fn placed(event: Event, facts: &Facts) -> Vec<u8> {
    let said = Said {
        status: Some(503),
        error_type: Some("audit_unavailable"),
        disconnected: true,
    };
    let resource = Resource::new(&"i".repeat(1_000), Some(&"e".repeat(1_000)));
    let request = Some(Uuid::now_v7());
    let (at, trace) = (Timestamp::UNIX_EPOCH, facts.trace);
    let draft = Draft::new(event, request, at, trace, &resource, facts.closing(said));
    let bytes = draft.placed(&Place {
        stream: Uuid::nil(),
        number: u64::MAX,
        previous_hash: Some(&[0xab; 32]),
        previous_record: Some(Uuid::nil()),
    });
    assert!(u64::try_from(bytes.len()).expect("small") <= draft.size());
    bytes
}

#[test]
fn no_record_is_larger_than_what_is_set_aside_for_it() {
    let entities: Vec<&'static str> = (0..60_u8)
        .map(|one| &*format!("entity_with_a_long_name_{one}").leak())
        .collect();
    // a quote takes two bytes in JSON, and nothing that stays takes more
    let facts = everything(&"\"".repeat(100_000), &entities);
    let size = placed(Event::Complete, &facts).len();
    let size = u64::try_from(size).expect("small");
    assert_eq!(
        facts.found.request.get("_other"),
        Some(&u64::MAX),
        "60 kinds, 48 lines"
    );
    assert!(size < LARGEST_RECORD, "{size} bytes");
}

#[test]
fn a_record_is_canonical_whatever_strangers_send() {
    let hostile = "x\n\r\u{1b}[31m\u{202e}\"}\\,\0 {\"audit.outcome\":\"success\"} \u{2028}é\u{7f}";
    let bytes = placed(
        Event::Complete,
        &everything(&hostile.repeat(30_000), &["email"]),
    );
    assert!(
        !bytes.iter().any(|byte| *byte < 0x20),
        "one line without controls"
    );
    assert_canonical(&bytes);
    let entry = Entry::parse(bytes).expect("a record");
    assert_eq!(entry.text(names::OUTCOME), Some("unknown"));
    let agent = entry.text(names::USER_AGENT).expect("an agent");
    assert!(agent.len() <= 256 && !agent.contains(['\u{202e}', '\u{2028}', '\u{7f}']));
    assert!(agent.contains('é'));
}

/// RFC 8785 with ASCII names and small integers: sorted, without spaces.
fn assert_canonical(bytes: &[u8]) {
    let value: serde_json::Value = serde_json::from_slice(bytes).expect("JSON");
    assert_eq!(String::from_utf8_lossy(bytes), canonical_text(&value));
}

fn canonical_text(value: &serde_json::Value) -> String {
    use serde_json::Value::{Array, Bool, Null, Number, Object, String as Text};
    match value {
        Object(members) => {
            let names: BTreeSet<&String> = members.keys().collect();
            let all: Vec<String> = names
                .into_iter()
                .map(|name| {
                    let quoted = serde_json::to_string(name).expect("a name");
                    format!("{quoted}:{}", canonical_text(&members[name]))
                })
                .collect();
            format!("{{{}}}", all.join(","))
        }
        Array(members) => {
            let all: Vec<String> = members.iter().map(canonical_text).collect();
            format!("[{}]", all.join(","))
        }
        Null | Bool(_) | Number(_) | Text(_) => value.to_string(),
    }
}

#[test]
fn an_event_leads_back_from_its_name_and_three_end_a_request() {
    for event in Event::ALL {
        assert_eq!(Event::from_name(event.name()), Some(event));
    }
    let terminal: Vec<_> = Event::ALL
        .into_iter()
        .filter(|one| one.is_terminal())
        .collect();
    assert_eq!(terminal, [Event::Complete, Event::Panic, Event::Abandoned]);
}

/// The schema as a reader sees it: every attribute a full record has.
#[test]
fn the_attributes_of_a_full_record_are_these() {
    let entry = Entry::parse(placed(Event::Complete, &everything("t", &["email"]))).expect("one");
    let names: BTreeSet<&str> = entry.attributes().keys().map(String::as_str).collect();
    let shown = names.into_iter().collect::<Vec<_>>().join("\n");
    assert_eq!(shown, FULL_RECORD.trim());
}

const FULL_RECORD: &str = "
audit.action
audit.actor.id
audit.actor.type
audit.outcome
audit.record.id
audit.schema.version
audit.sequence.number
audit.sequence.previous_hash
audit.sequence.previous_record_id
audit.sequence.stream_id
audit.source.id
audit.source.type
audit.target.id
audit.target.type
client.address
error.type
gen_ai.operation.name
gen_ai.provider.name
gen_ai.request.max_tokens
gen_ai.request.model
gen_ai.request.stream
gen_ai.response.finish_reasons
gen_ai.response.id
gen_ai.response.model
gen_ai.usage.cache_creation.input_tokens
gen_ai.usage.cache_read.input_tokens
gen_ai.usage.input_tokens
gen_ai.usage.output_tokens
gen_ai.usage.reasoning.output_tokens
http.request.method
http.response.status_code
http.route
portcullis.attempt
portcullis.audit.stage
portcullis.capabilities
portcullis.client.disconnected
portcullis.config.digest
portcullis.content.forwarded.hmac
portcullis.content.forwarded.size
portcullis.content.received.hmac
portcullis.content.received.size
portcullis.content.response.hmac
portcullis.content.response.size
portcullis.cost.microusd
portcullis.cost.price_list
portcullis.credential.id
portcullis.credential.type
portcullis.credential.upstream_id
portcullis.decision
portcullis.decision.detail
portcullis.decision.reason
portcullis.decision.rule_id
portcullis.edits
portcullis.latency.first_chunk_us
portcullis.latency.overhead_us
portcullis.latency.total_us
portcullis.latency.upstream_us
portcullis.listener
portcullis.policy.id
portcullis.policy.version
portcullis.redaction.action
portcullis.redaction.held_max_bytes
portcullis.redaction.request.email
portcullis.redaction.response.email
portcullis.redaction.ruleset
portcullis.redaction.signed_findings
portcullis.redaction.structure_refused
portcullis.redaction.total
portcullis.request.body_bytes
portcullis.request.id
portcullis.request.max_output_tokens
portcullis.request.media
portcullis.stream.chunks
portcullis.tenant.id
portcullis.upstream.attempts
portcullis.upstream.status_code
portcullis.usage.source
server.address
server.port
tls.protocol.version
user.id
user_agent.original
";
