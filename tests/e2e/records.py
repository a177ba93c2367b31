"""What is written down, and what must not be. THREATS AUD-01 to AUD-04."""

import concurrent.futures
import json
import re

import raw
import upstream as provider_side
import values
from dialects import ANTHROPIC, BOTH, CARD, OPENAI
from harness import (
    COMPLETE,
    RECEIVED,
    UPSTREAM_KEY,
    attribute,
    gateway,
    grant,
)
from suite import Suite, equal

suite = Suite("records")
claim = suite.claim


@claim
def a_thousand_mixed_requests_have_a_thousand_stories(g):
    """AUD-01: each has one received and one terminal record, a reason and the policy's hash."""
    upstream = provider_side.Upstream()
    with gateway(upstream, grants=[grant(name) for name in ("usual", "other", "wide")]) as other:
        teams = ("usual", "other", "wide")
        for team in teams:
            other.key(team)
        bodies = [OPENAI.body(), b"{", {**OPENAI.body(), "model": 1}, OPENAI.body(f"{CARD}")]

        def one(at):
            return OPENAI.ask(other, bodies[at % len(bodies)], team=teams[at % 3])

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(one, range(1000)))
        ids = {answer.get("x-portcullis-request-id") for answer in answers}
        equal(len(ids), 1000, "request ids")
        records = other.records()
    for event, wanted in ((RECEIVED, 1), (COMPLETE, 1)):
        count = {}
        for record in records:
            if record["event_name"] == event:
                request = attribute(record, "portcullis.request.id")
                count[request] = count.get(request, 0) + 1
        equal({count.get(one) for one in ids}, {wanted}, f"{event} per request")
    for record in records:
        if record["event_name"] == COMPLETE and attribute(record, "portcullis.request.id") in ids:
            assert re.fullmatch("[0-9a-f]{64}", attribute(record, "portcullis.policy.version") or ""), record
            assert attribute(record, "portcullis.decision") in ("allow", "redact", "deny", "rate_limit"), (
                record
            )
            denied = attribute(record, "portcullis.decision") == "deny"
            assert not denied or attribute(record, "portcullis.decision.reason"), record


@claim
def a_record_says_who_what_and_how_much(g):
    """AUD-01: the fields an auditor asks for."""
    answer = OPENAI.ask(g, OPENAI.body(f"card {CARD}"))
    record = g.terminal(answer)
    for name, wanted in {
        "portcullis.credential.id": g.key().split("_")[1],
        "portcullis.tenant.id": "usual",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 7,
        "http.response.status_code": 200,
        "portcullis.decision": "redact",
        "portcullis.redaction.request.credit_card": 1,
        "audit.outcome": "success",
    }.items():
        equal(attribute(record, name), wanted, name)


@claim
def no_content_stands_in_any_sink(g):
    """AUD-02: prompts and answers, with the log at its most talkative."""
    prompt, reply_text = "canary-prompt-6d1f", "canary-answer-9b2e"
    tool = "canary-tool-77aa"
    upstream = provider_side.Upstream()
    levels = {"RUST_LOG": "trace", "PORTCULLIS_LOG": "debug"}
    with gateway(upstream, environment=levels) as other:
        for dialect in BOTH:
            body = dialect.body(
                f"{prompt} {CARD}", metadata={"user_id": tool} if dialect is ANTHROPIC else {"k": tool}
            )
            reply = (
                provider_side.completion(reply_text)
                if dialect is OPENAI
                else provider_side.claude(reply_text)
            )
            with upstream.answering(provider_side.Reply(body=reply)):
                equal(dialect.said(dialect.ask(other, body)), reply_text, "the answer")
            with upstream.answering(
                provider_side.Reply(500, {"error": {"message": reply_text, "type": "x"}})
            ):
                dialect.ask(other, body)
            with upstream.answering(provider_side.Reply(body=reply_text.encode())):
                dialect.ask(other, body)
            dialect.ask(other, json.dumps(body).encode()[:-1])
            dialect.ask(other, dialect.body(**{prompt: 1, "model": prompt}), team="narrow")
        other.assert_nowhere(prompt + " ", reply_text, tool, CARD, CARD.replace(" ", ""))


@claim
def no_secret_stands_in_any_sink(g):
    """AUD-03: keys, tokens and header values, good and bad, wherever a caller puts them."""
    secret = values.token()
    upstream = provider_side.Upstream()
    with gateway(upstream, environment={"RUST_LOG": "trace", "PORTCULLIS_LOG": "debug"}) as other:
        key = other.key()
        answers = [
            OPENAI.ask(other, OPENAI.body(f"token {secret}")),
            OPENAI.ask(other, headers=[("cookie", "canary-cookie-1"), ("x-custom", "canary-header-1")]),
            raw.call(
                other.port, "POST", OPENAI.path, [("authorization", f"Bearer {secret}")], b"{}", "127.3.0.1"
            ),
            raw.call(
                other.port,
                "POST",
                OPENAI.path,
                [("authorization", "Basic canary-basic-1")],
                b"{}",
                "127.3.0.2",
            ),
            other.call("POST", OPENAI.path + "?x=canary-query-1", OPENAI.body()),
            ANTHROPIC.ask(
                other,
                ANTHROPIC.body(
                    mcp_servers=[
                        {
                            "type": "url",
                            "url": "https://x.example",
                            "name": "x",
                            "authorization_token": "canary-mcp-1",
                        }
                    ]
                ),
            ),
            OPENAI.ask(other, OPENAI.body(user="canary-user-1")),
        ]
        canaries = [
            "canary-cookie-1",
            "canary-header-1",
            "canary-basic-1",
            "canary-query-1",
            "canary-mcp-1",
            "canary-user-1",
        ]
        other.assert_nowhere(key, key.split("_")[2], secret, UPSTREAM_KEY, *canaries)
        del answers


@claim
def hostile_text_stays_inside_one_record(g):
    """AUD-04: newlines, ESC, bidi controls and a megabyte make valid single-line JSON, or are refused."""
    models = [
        'x\n{"decision":"allow"}',
        "x\x1b[31m",
        "x\u202etxt",
        "x\u2028y",
        "x" * (1 << 20),
        'x"}',
        "x\u0000",
    ]
    before = len(g.stderr().splitlines())
    for model in models:
        answer = OPENAI.ask(g, {**OPENAI.body(), "model": model})
        assert answer.status in (200, 400), f"{model[:20]!r}: {answer.start}"
        record = g.terminal(answer)
        assert len(json.dumps(record)) < 16384, "the record grows with the text"
    for value in ("x\ty", "x" * 300, "\u00ff"):
        answer = OPENAI.ask(g, headers=[("user-agent", value)])
        record = g.terminal(answer)
        agent = attribute(record, "user_agent.original") or ""
        assert len(agent.encode()) <= 256 and not re.search("[\x00-\x1f\x7f]", agent), agent
    answer = OPENAI.ask(g, headers=[("user-agent", "x" * (1 << 20))])
    assert answer is None or answer.status == 431, answer.start
    for line in g.run("audit", "show", "--json").stdout.splitlines():
        json.loads(line)
        assert not re.search("[\x00-\x1f\x7f\x1b\u202a-\u202e\u2066-\u2069\u2028]", line), line[:200]
    for line in g.stderr().splitlines()[before:]:
        json.loads(line)


if __name__ == "__main__":
    with gateway(provider_side.Upstream()) as running:
        suite.main(running)
