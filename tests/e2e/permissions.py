"""What is asked for: operations, models, fields, tools and addresses that no
grant gives.

THREATS AUZ-01 to AUZ-10. Each refusal is checked whole by `dialects.refused`:
status, stable code, the provider's error shape, one record with the reason,
no contact with the provider.
"""

import upstream as provider_side
from dialects import ANTHROPIC, BOTH, OPENAI, refused
from harness import (
    attribute,
    gateway,
    grant,
)
from suite import Suite, equal

suite = Suite("permissions")
claim = suite.claim


@claim
def an_unknown_path_is_404(g):
    """AUZ-01."""
    unknown = {
        OPENAI: [
            "/openai/v1/assistants",
            "/openai/v1/files",
            "/openai/v2/chat/completions",
            "/openai/v1/chat/completions/",
            "/openai/",
        ],
        ANTHROPIC: [
            "/anthropic/v1/complete",
            "/anthropic/v1/messages/batches",
            "/anthropic/v1/files",
            "/anthropic/v1",
        ],
    }
    for dialect in BOTH:
        for path in unknown[dialect]:
            seen = g.upstream.watching()
            answer = g.call("POST", path, dialect.body(), headers=dialect.headers)
            refused(g, dialect, answer, 404, "unknown_endpoint", seen)


@claim
def a_wrong_method_is_405(g):
    """AUZ-01."""
    for dialect in BOTH:
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            seen = g.upstream.watching()
            answer = g.call(method, dialect.path, headers=dialect.headers)
            refused(g, dialect, answer, 405, "method_not_allowed", seen)
            assert "POST" in (answer.get("allow") or ""), answer.headers
    answer = g.call("POST", "/openai/v1/models", {})
    refused(g, OPENAI, answer, 405, "method_not_allowed")


@claim
def a_model_that_only_looks_granted_is_refused(g):
    """AUZ-02: other, upper case, padded, with a homoglyph."""
    strange = [
        "GPT-4o-mini",
        "gpt-4o-mini ",
        " gpt-4o-mini",
        "gpt-4\u043e-mini",
        "gpt-4o-mini\u200b",
        "gpt-4o",
        "gpt-4o-mini-x",
        "",
    ]
    for model in strange:
        seen = g.upstream.watching()
        answer = OPENAI.ask(g, {**OPENAI.body(), "model": model}, team="narrow")
        assert answer.status in (400, 403), f"{model!r}: {answer.start}"
        assert answer.json()["error"]["code"] in ("model_not_granted", "invalid_field"), answer.body
        equal(seen.count, 0, "requests at the provider")
        g.terminal(answer)
    for model in (None, 7, ["gpt-4o-mini"], {"id": "gpt-4o-mini"}):
        answer = OPENAI.ask(g, {**OPENAI.body(), "model": model}, team="narrow")
        refused(g, OPENAI, answer, 400, "invalid_field")


@claim
def an_answer_from_another_model_is_recorded_as_such(g):
    """AUZ-02: the record shows the model asked for and the model that answered."""
    reply = provider_side.Reply(body=provider_side.completion("hello", model="gpt-unexpected"))
    with g.upstream.answering(reply):
        record = g.terminal(OPENAI.ask(g))
    equal(attribute(record, "gen_ai.request.model"), "gpt-4o-mini", "asked")
    equal(attribute(record, "gen_ai.response.model"), "gpt-unexpected", "answered")


@claim
def a_beta_that_is_not_listed_is_refused(g):
    """AUZ-04."""
    for value in (
        "mcp-client-2025-04-04",
        "context-1m-2025-08-07, mcp-client-2025-04-04",
        "made-up-2031-01-01",
    ):
        seen = g.upstream.watching()
        answer = ANTHROPIC.ask(g, headers=[("anthropic-beta", value)])
        refused(g, ANTHROPIC, answer, 403, "beta_not_granted", seen)
    answer = OPENAI.ask(g, headers=[("openai-beta", "assistants=v2")])
    refused(g, OPENAI, answer, 403, "beta_not_granted")


@claim
def organisation_and_project_of_a_caller_stay_here(g):
    """AUZ-04: they come from the configuration alone."""
    with g.upstream.answering(provider_side.usual) as seen:
        answer = OPENAI.ask(
            g, headers=[("openai-organization", "org-caller"), ("openai-project", "proj_caller")]
        )
        if answer.status == 200:
            assert b"org-caller" not in seen.only.raw and b"proj_caller" not in seen.only.raw, seen.only.head
        else:
            equal((answer.status, seen.count), (400, 0), "a caller's organisation")


@claim
def tools_the_provider_runs_and_unknown_tools_are_refused(g):
    """AUZ-05."""
    openai = [
        {"type": "web_search"},
        {"type": "code_interpreter"},
        {"type": "mcp", "server_url": "https://x.example"},
        {"type": "made_up"},
    ]
    anthropic = [
        {"type": "web_search_20250305", "name": "web_search"},
        {"type": "code_execution_20250522", "name": "code_execution"},
        {"type": "made_up_20310101", "name": "x"},
    ]
    for dialect, tools in ((OPENAI, openai), (ANTHROPIC, anthropic)):
        for tool in tools:
            seen = g.upstream.watching()
            answer = dialect.ask(g, dialect.body(tools=[tool]))
            code = answer.json()["error"]["code"]
            expected = {403: ("tool_type_unknown", "capability_not_granted"), 400: ("invalid_field",)}
            assert code in expected.get(answer.status, ()), f"{tool}: {answer.start} {answer.body!r}"
            refused(g, dialect, answer, answer.status, code, seen)
    for body in (
        OPENAI.body(web_search_options={}),
        ANTHROPIC.body(mcp_servers=[{"type": "url", "url": "https://x.example", "name": "x"}]),
    ):
        dialect = ANTHROPIC if "mcp_servers" in body else OPENAI
        seen = g.upstream.watching()
        refused(g, dialect, dialect.ask(g, body), 403, "capability_not_granted", seen)


@claim
def tools_of_the_caller_need_the_capability(g):
    """AUZ-05: a grant without `tools` gives none."""
    function = {
        "type": "function",
        "function": {"name": "f", "parameters": {"type": "object", "properties": {}}},
    }
    plain = {"name": "f", "input_schema": {"type": "object", "properties": {}}}
    for dialect, tool in ((OPENAI, function), (ANTHROPIC, plain)):
        seen = g.upstream.watching()
        answer = dialect.ask(g, dialect.body(tools=[tool]), team="narrow")
        refused(g, dialect, answer, 403, "capability_not_granted", seen)
        equal(dialect.ask(g, dialect.body(tools=[tool])).status, 200, "with the capability")


@claim
def an_unknown_content_part_is_refused(g):
    """AUZ-05."""
    for dialect in BOTH:
        for part in ({"type": "made_up", "text": "x"}, {"text": "x"}, {"type": 7}):
            seen = g.upstream.watching()
            answer = dialect.ask(g, dialect.body([part]))
            code = answer.json()["error"]["code"]
            assert (answer.status, code) in ((403, "content_part_unknown"), (400, "invalid_field")), (
                answer.body
            )
            refused(g, dialect, answer, answer.status, code, seen)


@claim
def an_address_the_provider_would_fetch_is_refused(g):
    """AUZ-07: any scheme but `data:`, however it is written, without `remote_urls`."""
    urls = [
        "https://x.example/a.png",
        "HTTP://x.example/a.png",
        " https://x.example/a",
        "\thttps://x.example/a",
        "//x.example/a",
        "file:///etc/passwd",
        "gs://bucket/a",
        "ftp://x.example/a",
        "DATA_:x",
        "http://169.254.169.254/latest/meta-data",
    ]
    pictures = grant("pictures", allow=["images", "files"])
    with gateway(provider_side.Upstream(), grants=[grant("usual"), pictures]) as other:
        for url in urls:
            seen = other.upstream.watching()
            part = {"type": "image_url", "image_url": {"url": url}}
            refused(
                other,
                OPENAI,
                OPENAI.ask(other, OPENAI.body([part]), team="pictures"),
                403,
                "capability_not_granted",
                seen,
            )
            for kind in ("image", "document"):
                part = {"type": kind, "source": {"type": "url", "url": url}}
                answer = ANTHROPIC.ask(other, ANTHROPIC.body([part]), team="pictures")
                refused(other, ANTHROPIC, answer, 403, "capability_not_granted", seen)
        part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
        equal(
            OPENAI.ask(other, OPENAI.body([part]), team="pictures").status,
            200,
            "a picture inside the request",
        )
        refused(other, OPENAI, OPENAI.ask(other, OPENAI.body([part])), 403, "capability_not_granted")


@claim
def state_at_the_provider_needs_the_capability(g):
    """AUZ-08: explicit `store: true` is 403 without `stored_state`, and passes with it."""
    seen = g.upstream.watching()
    refused(g, OPENAI, OPENAI.ask(g, OPENAI.body(store=True)), 403, "capability_not_granted", seen)
    equal(OPENAI.ask(g, OPENAI.body(store=True), team="wide").status, 200, "with the capability")
    equal(OPENAI.ask(g, OPENAI.body(store=False)).status, 200, "store: false")


@claim
def objects_of_others_are_not_found(g):
    """AUZ-08: no path reads a stored object."""
    for path in (
        "/openai/v1/responses/resp_1",
        "/openai/v1/files/file-1",
        "/openai/v1/chat/completions/chatcmpl-1",
        "/openai/v1/threads/t/messages",
    ):
        seen = g.upstream.watching()
        answer = g.call("GET", path)
        assert answer.status in (404, 405), answer.start
        equal(seen.count, 0, "requests at the provider")


@claim
def many_choices_and_probabilities_need_their_capabilities(g):
    """AUZ-09 in part."""
    for more in ({"n": 2}, {"logprobs": True}):
        seen = g.upstream.watching()
        refused(g, OPENAI, OPENAI.ask(g, OPENAI.body(**more)), 403, "capability_not_granted", seen)
        equal(OPENAI.ask(g, OPENAI.body(**more), team="wide").status, 200, f"{more} with the capability")


@claim
def a_caller_cannot_choose_the_upstream(g):
    """AUZ-10: fields that pick an upstream, a route or a guardrail are 400; headers have no effect."""
    trap = provider_side.Upstream()
    fields = [
        "api_base",
        "base_url",
        "api_key",
        "models",
        "provider",
        "route",
        "plugins",
        "guardrails",
        "custom_llm_provider"
    ]
    for dialect in BOTH:
        for field in fields:
            seen = g.upstream.watching()
            answer = dialect.ask(g, dialect.body(**{field: trap.url}))
            refused(g, dialect, answer, 400, "field_refused", seen)
        for name in (
            "x-target-url",
            "x-portkey-custom-host",
            "helicone-target-url",
            "x-forwarded-host",
            "forwarded",
        ):
            with g.upstream.answering(provider_side.usual) as seen:
                answer = dialect.ask(g, headers=[(name, trap.url)])
                assert answer.status in (200, 400), answer.start
                assert all(trap.url.encode() not in one.raw for one in seen.requests), name
    equal(trap.connections, 0, "connections to the chosen upstream")


if __name__ == "__main__":
    with gateway(provider_side.Upstream()) as running:
        suite.main(running)
