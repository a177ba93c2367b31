//! Every attribute name of the audit record, once.
//!
//! `audit.*` follows the draft OpenTelemetry audit signal, `gen_ai.*`,
//! `http.*` and the like its semantic conventions (HTTP 1.44, GenAI 1.41),
//! `portcullis.*` is ours. Names with a part that varies end in a dot.

macro_rules! names {
    ($($constant:ident = $name:literal;)*) => {
        $(pub(in crate::audit) const $constant: &str = $name;)*
        #[cfg(test)]
        const ALL: &[&str] = &[$($name,)*];
    };
}

names! {
    ACTION = "audit.action";
    ACTOR_ID = "audit.actor.id";
    ACTOR_TYPE = "audit.actor.type";
    OUTCOME = "audit.outcome";
    RECORD_ID = "audit.record.id";
    SCHEMA_VERSION = "audit.schema.version";
    SEQUENCE = "audit.sequence.";
    SEQUENCE_END = "audit.sequence.end";
    SEQUENCE_NUMBER = "audit.sequence.number";
    SEQUENCE_PREVIOUS_HASH = "audit.sequence.previous_hash";
    SEQUENCE_PREVIOUS_RECORD = "audit.sequence.previous_record_id";
    SEQUENCE_STREAM = "audit.sequence.stream_id";
    SOURCE_ID = "audit.source.id";
    SOURCE_TYPE = "audit.source.type";
    TARGET_ID = "audit.target.id";
    TARGET_TYPE = "audit.target.type";
    CLIENT_ADDRESS = "client.address";
    ERROR_TYPE = "error.type";
    OPERATION = "gen_ai.operation.name";
    PROVIDER = "gen_ai.provider.name";
    REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens";
    REQUEST_MODEL = "gen_ai.request.model";
    REQUEST_STREAM = "gen_ai.request.stream";
    FINISH_REASONS = "gen_ai.response.finish_reasons";
    RESPONSE_ID = "gen_ai.response.id";
    RESPONSE_MODEL = "gen_ai.response.model";
    USAGE_CACHE_CREATION = "gen_ai.usage.cache_creation.input_tokens";
    USAGE_CACHE_READ = "gen_ai.usage.cache_read.input_tokens";
    USAGE_INPUT = "gen_ai.usage.input_tokens";
    USAGE_OUTPUT = "gen_ai.usage.output_tokens";
    USAGE_REASONING = "gen_ai.usage.reasoning.output_tokens";
    METHOD = "http.request.method";
    STATUS = "http.response.status_code";
    ROUTE = "http.route";
    ATTEMPT = "portcullis.attempt";
    CHECKPOINT_NOTE = "portcullis.audit.checkpoint.note";
    DEAD_NUMBER = "portcullis.audit.dead_letter.number";
    DEAD_RECORD = "portcullis.audit.dead_letter.record_id";
    DEAD_STREAM = "portcullis.audit.dead_letter.stream_id";
    KEY = "portcullis.audit.key.vkey";
    STAGE = "portcullis.audit.stage";
    CUT_BYTES = "portcullis.audit.stream.cut_bytes";
    PREVIOUS_ROOT = "portcullis.audit.stream.previous_root";
    PREVIOUS_SIZE = "portcullis.audit.stream.previous_size";
    PREVIOUS_STREAM = "portcullis.audit.stream.previous_stream_id";
    RECOVERED = "portcullis.audit.stream.recovered";
    CAPABILITIES = "portcullis.capabilities";
    DISCONNECTED = "portcullis.client.disconnected";
    CONFIG_DIGEST = "portcullis.config.digest";
    CONTENT_FORWARDED_HMAC = "portcullis.content.forwarded.hmac";
    CONTENT_FORWARDED_SIZE = "portcullis.content.forwarded.size";
    CONTENT_RECEIVED_HMAC = "portcullis.content.received.hmac";
    CONTENT_RECEIVED_SIZE = "portcullis.content.received.size";
    CONTENT_RESPONSE_HMAC = "portcullis.content.response.hmac";
    CONTENT_RESPONSE_SIZE = "portcullis.content.response.size";
    COST = "portcullis.cost.microusd";
    PRICE_LIST = "portcullis.cost.price_list";
    CREDENTIAL_ID = "portcullis.credential.id";
    CREDENTIAL_TYPE = "portcullis.credential.type";
    CREDENTIAL_UPSTREAM = "portcullis.credential.upstream_id";
    DECISION = "portcullis.decision";
    DECISION_DETAIL = "portcullis.decision.detail";
    DECISION_REASON = "portcullis.decision.reason";
    DECISION_RULES = "portcullis.decision.rule_id";
    EDITS = "portcullis.edits";
    FLOOD = "portcullis.flood.";
    FLOOD_TOTAL = "portcullis.flood_total";
    LATENCY_FIRST_CHUNK = "portcullis.latency.first_chunk_us";
    LATENCY_OVERHEAD = "portcullis.latency.overhead_us";
    LATENCY_TOTAL = "portcullis.latency.total_us";
    LATENCY_UPSTREAM = "portcullis.latency.upstream_us";
    LISTENER = "portcullis.listener";
    POLICY_ID = "portcullis.policy.id";
    POLICY_VERSION = "portcullis.policy.version";
    REDACTION_ACTION = "portcullis.redaction.action";
    REDACTION_HELD = "portcullis.redaction.held_max_bytes";
    REDACTION_REQUEST = "portcullis.redaction.request.";
    REDACTION_RESPONSE = "portcullis.redaction.response.";
    REDACTION_RULESET = "portcullis.redaction.ruleset";
    REDACTION_SIGNED = "portcullis.redaction.signed_findings";
    REDACTION_STRUCTURE = "portcullis.redaction.structure_refused";
    REDACTION_TOTAL = "portcullis.redaction.total";
    REJECTED_REASON = "portcullis.rejection.reason";
    REJECTED_REQUEST = "portcullis.rejection.request_id";
    REQUEST_BODY = "portcullis.request.body_bytes";
    REQUEST_ID = "portcullis.request.id";
    REQUEST_MAX_OUTPUT = "portcullis.request.max_output_tokens";
    REQUEST_MEDIA = "portcullis.request.media";
    STREAM_CHUNKS = "portcullis.stream.chunks";
    TENANT = "portcullis.tenant.id";
    UPSTREAM_ATTEMPTS = "portcullis.upstream.attempts";
    UPSTREAM_STATUS = "portcullis.upstream.status_code";
    USAGE_SOURCE = "portcullis.usage.source";
    SERVER_ADDRESS = "server.address";
    SERVER_PORT = "server.port";
    TLS_VERSION = "tls.protocol.version";
    USER_AGENT = "user_agent.original";
    USER_ID = "user.id";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_ascii_and_of_a_known_namespace() {
        let mut seen = std::collections::BTreeSet::new();
        for name in ALL {
            assert!(seen.insert(name), "{name} twice");
            assert!(
                name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'.' | b'_')),
                "{name}"
            );
            let space = name.split('.').next().unwrap_or_default();
            let known = [
                "audit",
                "client",
                "error",
                "gen_ai",
                "http",
                "portcullis",
                "server",
                "tls",
                "user",
                "user_agent",
            ];
            assert!(known.contains(&space), "{name}");
        }
    }
}
