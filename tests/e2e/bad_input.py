"""What must be refused, in both dialects: no credential, bad bytes, too much.

Each refusal is checked whole by `dialects.refused`: status, stable code, the
provider's error shape, one record with the reason, no contact with the
provider. THREATS ids (AUT, AUZ, BDY) are in the docstrings. Tests that show
wrong keys come from a loopback address of their own: failures are counted per
source.
"""

import gzip
import json
import os
import socket
import time
import zlib

import raw
import upstream as provider_side
from dialects import ANTHROPIC, BOTH, CARD, OPENAI, refused
from harness import STREAMS, Gateway, attribute, gateway, grant, wait_for
from suite import Suite, equal

suite = Suite("bad_input")
claim = suite.claim

ROUTES = [
    ("POST", "/openai/v1/chat/completions"),
    ("POST", "/openai/v1/embeddings"),
    ("GET", "/openai/v1/models"),
    ("GET", "/openai/v1/models/gpt-4o-mini"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/anthropic/v1/messages"),
    ("POST", "/anthropic/v1/messages/count_tokens"),
    ("GET", "/anthropic/v1/models"),
    ("GET", "/anthropic/v1/models/claude-sonnet-4-5"),
    ("GET", "/anthropic/nothing"),
    ("GET", "/nothing"),
    ("GET", "/"),
]


def without_key(g, dialect, body=None, headers=(), source="127.0.0.1"):
    """A request with exactly these header fields and the dialect's own."""
    given = [*dialect.headers, ("content-type", "application/json"), *headers]
    return raw.call(g.port, "POST", dialect.path, given, body or dialect.body(), source)


def bearer(key):
    return ("authorization", f"Bearer {key}")


# -- credentials ------------------------------------------------------------


@claim
def a_request_without_a_key_is_refused_on_every_route(g):
    """AUT-01: none, empty and unknown credentials are 401 everywhere, and nothing goes upstream."""
    seen = g.upstream.watching()
    shown = [[], [("authorization", "")], [("authorization", "Bearer ")], [("x-api-key", "")]]
    for at, headers in enumerate(shown):
        for method, path in ROUTES:
            answer = raw.call(g.port, method, path, headers, b"{}" if method == "POST" else b"", f"127.1.{at}.1")
            assert answer.status in (401, 429), f"{method} {path}: {answer.start}"
            if answer.status == 401:
                equal(answer.json()["error"]["code"], "missing_credential", path)
    for at, (method, path) in enumerate(ROUTES):
        answer = raw.call(g.port, method, path, [bearer("pc_unknown")], b"", f"127.1.9.{at + 1}")
        equal((answer.status, answer.json()["error"]["code"]), (401, "invalid_credential"), path)
    equal(seen.count, 0, "requests at the provider")


@claim
def no_key_is_401_in_the_shape_of_the_dialect(g):
    """AUT-01."""
    for at, dialect in enumerate(BOTH):
        seen = g.upstream.watching()
        answer = without_key(g, dialect, source=f"127.1.10.{at + 1}")
        refused(g, dialect, answer, 401, "missing_credential", seen)


@claim
def an_unknown_key_is_401_in_the_shape_of_the_dialect(g):
    """AUT-01."""
    unknown = "pc_" + "a" * 16 + "_" + "b" * 42
    for at, dialect in enumerate(BOTH):
        for field in (bearer(unknown), ("x-api-key", unknown)):
            seen = g.upstream.watching()
            answer = without_key(g, dialect, headers=[field], source=f"127.1.11.{at + 1}")
            refused(g, dialect, answer, 401, "invalid_credential", seen)


@claim
def authentication_cannot_be_switched_off(g):
    """AUT-01: a configuration without a way to know callers does not load."""
    for identity in (None, {}, "none", {"keys": None}, {"anonymous": True}):
        other = Gateway(g.upstream)
        try:
            if identity is None:
                del other.settings["identity"]
            else:
                other.settings["identity"] = identity
            other.write()
            done = other.run("check", check=False)
            equal(done.returncode, 1, f"exit code of check with identity {identity!r}")
            assert "identity" in done.stdout + done.stderr
        finally:
            other.stop()


@claim
def two_credentials_are_refused(g):
    """AUT-02: two Authorization fields, or two different places, even with one valid key in both."""
    key = g.key()
    pairs = [
        [bearer(key), bearer(key)],
        [bearer(key), bearer("pc_other")],
        [bearer(key), ("x-api-key", "pc_other")],
        [bearer(key), ("x-api-key", key)],
        [("x-api-key", key), ("api-key", key)],
        [("x-goog-api-key", key), bearer(key)],
    ]
    for dialect in BOTH:
        for pair in pairs:
            seen = g.upstream.watching()
            answer = without_key(g, dialect, headers=pair, source="127.1.2.1")
            refused(g, dialect, answer, 400, "multiple_credentials", seen)


@claim
def a_credential_in_the_query_is_refused_and_never_written(g):
    """AUT-03: `?key=` is 400, and the value stands in no sink."""
    canary = "canary-in-the-query-51c0"
    answers = []
    for dialect in BOTH:
        for name in ("key", "api_key", "%6bey", "KEY", "access_token"):
            seen = g.upstream.watching()
            answer = g.call(
                "POST", f"{dialect.path}?{name}={canary}", dialect.body(), headers=dialect.headers, source="127.1.3.1"
            )
            refused(g, dialect, answer, 400, "credential_in_query", seen)
            answers.append(answer)
    g.assert_nowhere(canary, answers=answers)


@claim
def a_stored_key_is_a_tag_only(g):
    """AUT-04: neither the key nor its secret half is in any file."""
    key = g.key()
    equal(OPENAI.ask(g).status, 200, "a call with the key")
    g.assert_nowhere(key, key.split("_")[2], key.split("_")[2][:20])


@claim
def a_key_that_is_a_query_is_just_wrong(g):
    """AUT-04: text that would mean something to a database, a shell or a log is 401."""
    strange = ["' OR 1=1--", "' OR '1'='1'--", "$(id)", "pc_%00", "../../etc/passwd", "{}", "\u00ff\u00fe"]
    for at, text in enumerate(strange):
        seen = g.upstream.watching()
        answer = without_key(g, OPENAI, headers=[bearer(text)], source=f"127.1.4.{at + 1}")
        assert answer.status == 401, f"{text!r}: {answer.start}"
        equal(answer.json()["error"]["code"], "invalid_credential", text)
        equal(seen.count, 0, "requests at the provider")
    answer = without_key(g, OPENAI, headers=[bearer("k" * 65536)], source="127.1.4.99")
    assert answer is None or answer.status == 431, answer.start


@claim
def a_key_opens_only_its_own_models(g):
    """AUT-05: another model than the granted ones is 403."""
    for dialect in BOTH:
        seen = g.upstream.watching()
        body = {**dialect.body(), "model": "some-other-model"}
        answer = dialect.ask(g, body, team="narrow")
        refused(g, dialect, answer, 403, "model_not_granted", seen)
        equal(dialect.ask(g, team="narrow").status, 200, "the granted model")


@claim
def an_expired_key_is_refused(g):
    """AUT-05: a key that ended a second ago is 401, in the same bytes as an unknown one."""
    with gateway(provider_side.Upstream()) as other:
        key = other.key()
        equal(OPENAI.ask(other).status, 200, "before")
        path = os.path.join(other.folder, "keys.yaml")
        with open(path, encoding="utf8") as file:
            lines = file.read().splitlines()
        past = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
        edited = [line.split(":")[0] + f": {past}" if line.strip().startswith("expires:") else line for line in lines]
        assert edited != lines, lines
        with open(path, "w", encoding="utf8") as file:
            file.write("\n".join(edited) + "\n")
        sources = iter(range(1, 250))

        def expired():
            answer = without_key(other, OPENAI, headers=[bearer(key)], source=f"127.1.5.{next(sources)}")
            return answer if answer.status == 401 else None

        answer = wait_for(expired, "the key to end", 5)
        equal(answer.json()["error"]["code"], "invalid_credential", "code")


@claim
def a_revoked_key_is_refused_within_a_second(g):
    """Revocation reaches a running gateway through the watched keyring."""
    with gateway(provider_side.Upstream()) as other:
        other.key("other")
        equal(OPENAI.ask(other, team="other").status, 200, "before")
        id_ = other.key("other").split("_")[1]
        other.run("keys", "revoke", id_)
        began = time.monotonic()
        sources = iter(range(1, 250))
        wait_for(
            lambda: OPENAI.ask(other, team="other", source=f"127.1.6.{next(sources)}").status == 401,
            "the revocation",
            5,
        )
        took = time.monotonic() - began
        assert took < 2.0, f"the revocation took {took:.2f} s"


@claim
def failures_to_log_in_look_alike(g):
    """AUT-08 in part: unknown, malformed and foreign keys get the same bytes but for the request id."""
    bodies = set()
    for at, key in enumerate(("pc_unknown", "x", "pc_" + "a" * 16 + "_" + "b" * 42)):
        answer = without_key(g, OPENAI, headers=[bearer(key)], source=f"127.1.7.{at + 1}")
        bodies.add(answer.body.replace(answer.get("x-portcullis-request-id").encode(), b"-"))
    equal(len(bodies), 1, f"different bodies: {bodies}")


@claim
def the_eleventh_failure_in_a_minute_is_429_and_a_valid_key_still_works(g):
    """AUT-08 in part."""
    source = "127.1.8.1"
    codes = [without_key(g, OPENAI, headers=[bearer("pc_x")], source=source).status for _ in range(12)]
    equal(codes[:10], [401] * 10, "the first ten")
    equal(codes[10:], [429] * 2, "the rest")
    equal(OPENAI.ask(g, source=source).status, 200, "a valid key from the same address")


# -- endpoints, models, fields, tools ---------------------------------------


@claim
def an_unknown_path_is_404(g):
    """AUZ-01."""
    unknown = {
        OPENAI: ["/openai/v1/assistants", "/openai/v1/files", "/openai/v2/chat/completions", "/openai/v1/chat/completions/", "/openai/"],
        ANTHROPIC: ["/anthropic/v1/complete", "/anthropic/v1/messages/batches", "/anthropic/v1/files", "/anthropic/v1"],
    }  # fmt: skip
    for dialect in BOTH:
        for path in unknown[dialect] if dialect in unknown else []:
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
    strange = ["GPT-4o-mini", "gpt-4o-mini ", " gpt-4o-mini", "gpt-4\u043e-mini", "gpt-4o-mini\u200b", "gpt-4o", "gpt-4o-mini-x", ""]  # fmt: skip
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
    for value in ("mcp-client-2025-04-04", "context-1m-2025-08-07, mcp-client-2025-04-04", "made-up-2031-01-01"):
        seen = g.upstream.watching()
        answer = ANTHROPIC.ask(g, headers=[("anthropic-beta", value)])
        refused(g, ANTHROPIC, answer, 403, "beta_not_granted", seen)
    answer = OPENAI.ask(g, headers=[("openai-beta", "assistants=v2")])
    refused(g, OPENAI, answer, 403, "beta_not_granted")


@claim
def organisation_and_project_of_a_caller_stay_here(g):
    """AUZ-04: they come from the configuration alone."""
    with g.upstream.answering(provider_side.usual) as seen:
        answer = OPENAI.ask(g, headers=[("openai-organization", "org-caller"), ("openai-project", "proj_caller")])
        if answer.status == 200:
            assert b"org-caller" not in seen.only.raw and b"proj_caller" not in seen.only.raw, seen.only.head
        else:
            equal((answer.status, seen.count), (400, 0), "a caller's organisation")


@claim
def tools_the_provider_runs_and_unknown_tools_are_refused(g):
    """AUZ-05."""
    openai = [{"type": "web_search"}, {"type": "code_interpreter"}, {"type": "mcp", "server_url": "https://x.example"}, {"type": "made_up"}, {}]  # fmt: skip
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
    function = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
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
            assert (answer.status, code) in ((403, "content_part_unknown"), (400, "invalid_field")), answer.body
            refused(g, dialect, answer, answer.status, code, seen)


@claim
def an_address_the_provider_would_fetch_is_refused(g):
    """AUZ-07: any scheme but `data:`, however it is written, without `remote_urls`."""
    urls = ["https://x.example/a.png", "HTTP://x.example/a.png", " https://x.example/a", "\thttps://x.example/a", "//x.example/a", "file:///etc/passwd", "gs://bucket/a", "ftp://x.example/a", "DATA_:x", "http://169.254.169.254/latest/meta-data"]  # fmt: skip
    pictures = grant("pictures", allow=["images", "files"])
    with gateway(provider_side.Upstream(), grants=[grant("usual"), pictures]) as other:
        for url in urls:
            seen = other.upstream.watching()
            part = {"type": "image_url", "image_url": {"url": url}}
            refused(other, OPENAI, OPENAI.ask(other, OPENAI.body([part]), team="pictures"), 403, "capability_not_granted", seen)  # fmt: skip
            for kind in ("image", "document"):
                part = {"type": kind, "source": {"type": "url", "url": url}}
                answer = ANTHROPIC.ask(other, ANTHROPIC.body([part]), team="pictures")
                refused(other, ANTHROPIC, answer, 403, "capability_not_granted", seen)
        part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
        equal(OPENAI.ask(other, OPENAI.body([part]), team="pictures").status, 200, "a picture inside the request")
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
    for path in ("/openai/v1/responses/resp_1", "/openai/v1/files/file-1", "/openai/v1/chat/completions/chatcmpl-1", "/openai/v1/threads/t/messages"):  # fmt: skip
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
    fields = ["api_base", "base_url", "api_key", "models", "provider", "route", "plugins", "guardrails", "custom_llm_provider", "x-target-url"]  # fmt: skip
    for dialect in BOTH:
        for field in fields:
            seen = g.upstream.watching()
            answer = dialect.ask(g, dialect.body(**{field: trap.url}))
            refused(g, dialect, answer, 400, "field_refused", seen)
        for name in ("x-target-url", "x-portkey-custom-host", "helicone-target-url", "x-forwarded-host", "forwarded"):
            with g.upstream.answering(provider_side.usual) as seen:
                answer = dialect.ask(g, headers=[(name, trap.url)])
                assert answer.status in (200, 400), answer.start
                assert all(trap.url.encode() not in one.raw for one in seen.requests), name
    equal(trap.connections, 0, "connections to the chosen upstream")


# -- bodies -----------------------------------------------------------------

BROKEN_JSON = [
    b"", b"{", b"nonsense", b"[1,]", b'{"model":"m",}', b"{'model':'m'}", b'{"model": NaN}', b'{"a": 01}', b'{"a": +1}',
    b'{"a": .5}', b'{"a": "\x01"}', b'{"a": "\\x"}', b'{"a": tru}', b"{} x", b"{}{}", b"// c\n{}", b'{"a":1e400}',
]  # fmt: skip


@claim
def broken_json_is_refused(g):
    """BDY-07 in part: malformed, trailing bytes, NaN, comments."""
    for dialect in BOTH:
        for body in BROKEN_JSON:
            seen = g.upstream.watching()
            answer = dialect.ask(g, body)
            code = answer.json()["error"]["code"]
            assert code in ("invalid_json", "invalid_field", "json_limit"), f"{body!r}: {answer.start} {answer.body!r}"
            refused(g, dialect, answer, 400, code, seen)


@claim
def a_body_that_is_no_object_is_refused(g):
    """BDY-07 in part."""
    for dialect in BOTH:
        for body in (b"[]", b"1", b'"x"', b"null", b"true"):
            seen = g.upstream.watching()
            refused(g, dialect, dialect.ask(g, body), 400, "invalid_field", seen)


@claim
def a_member_named_twice_is_refused_at_any_depth(g):
    """BDY-05: also when one of the two names is written with an escape."""
    for dialect in BOTH:
        text = json.dumps(dialect.body())
        twins = [
            text[:-1] + ', "model": "x"}',
            text[:-1] + ', "mod\\u0065l": "x"}',
            text[:-1] + ', "mess\\u0061ges": []}',
            text.replace('"role": "user"', '"role": "user", "role": "system"'),
            text[:-1] + ', "metadata": {"a": {"b": [{"c": 1, "c": 2}]}}}',
            text[:-1] + ', "unknown": [[[{"x": {}, "\\u0078": {}}]]]}',
        ]
        for body in twins:
            seen = g.upstream.watching()
            refused(g, dialect, dialect.ask(g, body.encode()), 400, "duplicate_key", seen)


@claim
def a_name_that_differs_in_case_from_a_known_one_is_refused(g):
    """AUZ-03 in part, abuse case 9."""
    for dialect in BOTH:
        for name in ("Model", "MESSAGES", "me\u017f\u017fages"):
            seen = g.upstream.watching()
            answer = dialect.ask(g, {**dialect.body(), name: "x"})
            refused(g, dialect, answer, 400, "ambiguous_key", seen)


@claim
def bytes_that_are_not_utf8_are_refused(g):
    """BDY-04: invalid UTF-8, a byte-order mark, UTF-16 and UTF-32."""
    for dialect in BOTH:
        text = json.dumps(dialect.body("h\u00e9llo"), ensure_ascii=False)
        spoiled = [
            text.encode("latin-1"),
            b"\xef\xbb\xbf" + text.encode(),
            text.encode("utf-16"),
            text.encode("utf-16-le"),
            text.encode("utf-32"),
            json.dumps(dialect.body()).encode().replace(b"hello", b"\xed\xa0\x80"),
            json.dumps(dialect.body()).encode().replace(b"hello", b"\xc0\xaf"),
        ]
        for body in spoiled:
            seen = g.upstream.watching()
            refused(g, dialect, dialect.ask(g, body), 400, "invalid_json", seen)


@claim
def nesting_beyond_the_limit_is_refused(g):
    """BDY-06: 100,000 opening brackets are an answer, not a crash."""
    for dialect in BOTH:
        text = json.dumps(dialect.body())[:-1]
        bodies = [
            b"[" * 100_000,
            (text + ', "x": ' + "[" * 100 + "]" * 100 + "}").encode(),
            (text + ', "x": [' + "0," * 200_001 + "0]}").encode(),
        ]
        for body in bodies:
            seen = g.upstream.watching()
            refused(g, dialect, dialect.ask(g, body), 400, "json_limit", seen)


@claim
def a_body_over_ten_mebibytes_is_refused(g):
    """BDY-01: announced by its length or found in chunks."""
    for dialect in BOTH:
        large = json.dumps(dialect.body("x" * (10 << 20))).encode()
        seen = g.upstream.watching()
        refused(g, dialect, dialect.ask(g, large), 413, "request_too_large", seen)
        fields = [*dialect.headers, bearer(g.key()), ("content-type", "application/json")]
        fields.append(("transfer-encoding", "chunked"))
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        bytes_ = raw.head("POST", dialect.path, fields) + chunk * 161 + b"0\r\n\r\n"
        refused(g, dialect, raw.exchange(g.port, bytes_), 413, "request_too_large", seen)
    fits = json.dumps(OPENAI.body("x" * ((10 << 20) - 100))).encode()
    assert len(fits) <= 10 << 20
    equal(OPENAI.ask(g, fits).status, 200, "a body just below the limit")


@claim
def all_bodies_together_stay_below_their_limit(g):
    """BDY-01: 512 MiB of half-sent bodies are held, what comes on top is 503."""
    size = (10 << 20) - 1
    teams = ["usual", "wide"]
    for team in teams:
        g.key(team)
    piece = b" " * (size - 1024)
    sockets, codes = [], []
    try:
        for at in range(60):
            fields = [bearer(g.key(teams[at % 2])), ("content-type", "application/json")]
            fields.append(("content-length", str(size)))
            sock = raw.connect(g.port)
            sock.sendall(raw.head("POST", OPENAI.path, fields))
            sockets.append(sock)
            try:
                sock.sendall(piece)
            except ConnectionError:
                pass
        for sock in sockets:
            sock.settimeout(0.2)
            try:
                answer = raw.Reader(sock).message(answers="POST")
                codes.append((answer.status, answer.json()["error"]["code"]))
            except (TimeoutError, socket.timeout):
                pass
    finally:
        for sock in sockets:
            sock.close()
    held = len(sockets) - len(codes)
    equal(set(codes), {(503, "overloaded")}, "answers on top")
    assert 40 <= held <= 52, f"{held} bodies of 10 MiB were held"
    wait_for(lambda: OPENAI.ask(g).status == 200, "the room to be given back")


@claim
def a_compressed_body_is_refused(g):
    """BDY-02: gzip, br, deflate, zstd, stacked."""
    for dialect in BOTH:
        text = json.dumps(dialect.body()).encode()
        for coding, body in (
            ("gzip", gzip.compress(text)),
            ("deflate", zlib.compress(text)),
            ("br", text),
            ("zstd", text),
            ("gzip, gzip", gzip.compress(gzip.compress(text))),
            ("x-made-up", text),
        ):
            seen = g.upstream.watching()
            answer = dialect.ask(g, body, headers=[("content-encoding", coding)])
            refused(g, dialect, answer, 415, "content_encoding_refused", seen)


@claim
def a_body_that_is_not_declared_as_json_is_refused(g):
    """BDY-03: other types, another charset, two fields, none."""
    for dialect in BOTH:
        for kinds in (
            ["text/plain"],
            ["application/x-www-form-urlencoded"],
            ["multipart/form-data; boundary=x"],
            ["application/json; charset=utf-16"],
            ["application/json; charset=latin-1"],
            ["application/json", "application/json"],
            ["application/json, text/plain"],
            ["application/jsonp"],
            [""],
        ):
            seen = g.upstream.watching()
            answer = dialect.ask(g, headers=[("content-type", kind) for kind in kinds])
            refused(g, dialect, answer, 415, "unsupported_media_type", seen)
        fields = [*dialect.headers, bearer(g.key())]
        answer = raw.call(g.port, "POST", dialect.path, fields, dialect.body())
        refused(g, dialect, answer, 415, "unsupported_media_type", seen)
        for kind in ("application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
            equal(dialect.ask(g, headers=[("content-type", kind)]).status, 200, kind)


@claim
def a_body_that_never_ends_reaches_nobody(g):
    """HTP-09 in part: nothing goes upstream before the whole body is here."""
    body = json.dumps(OPENAI.body()).encode()
    fields = [bearer(g.key()), ("content-type", "application/json")]
    seen = g.upstream.watching()
    with raw.connect(g.port) as sock:
        sock.sendall(raw.head("POST", OPENAI.path, [*fields, ("content-length", str(len(body)))]) + body[:-1])
    bytes_ = raw.head("POST", OPENAI.path, [*fields, ("transfer-encoding", "chunked")])
    with raw.connect(g.port) as sock:
        sock.sendall(bytes_ + b"%x\r\n%s\r\nzz\r\n" % (len(body), body))
    equal(OPENAI.ask(g).status, 200, "the next caller")
    equal(seen.count, 1, "requests at the provider")


@claim
def streaming_is_refused_with_its_own_code(g):
    """As long as it is not served."""
    if STREAMS:
        return
    for dialect in BOTH:
        seen = g.upstream.watching()
        answer = dialect.ask(g, dialect.body(stream=True))
        refused(g, dialect, answer, 400, "stream_not_available", seen)
        equal(dialect.ask(g, dialect.body(stream=False)).status, 200, "stream: false")


@claim
def a_field_of_the_wrong_type_is_refused(g):
    """AUZ-09 in part: what the gateway reads has the type it expects."""
    for dialect in BOTH:
        for more in ({"messages": "x"}, {"messages": None}, {"stream": "yes"}, {"tools": {}}, {"max_tokens": "9"}):
            seen = g.upstream.watching()
            answer = dialect.ask(g, dialect.body(**more))
            refused(g, dialect, answer, 400, "invalid_field", seen)


# -- the provider fails -----------------------------------------------------


@claim
def a_provider_that_refuses_connections_is_502(g):
    """Nobody listens at its address."""
    dead = provider_side.Upstream()
    dead.close()
    with gateway(dead) as other:
        for dialect in BOTH:
            refused(other, dialect, dialect.ask(other), 502, "upstream_unreachable")


@claim
def a_provider_that_does_not_take_the_connection_in_time_is_504(g):
    """A listener whose queue is full lets a connection hang; 5 s are the limit."""
    full = provider_side.Upstream()
    full.close()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", full.port))
        listener.listen(0)
        waiting = []
        for _ in range(3):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", full.port))
            waiting.append(sock)
        with gateway(full) as other:
            began = time.monotonic()
            answer = OPENAI.ask(other)
            took = time.monotonic() - began
            refused(other, OPENAI, answer, 504, "upstream_timeout")
            assert 4.0 < took < 12.0, f"{took:.1f} s"
        for sock in waiting:
            sock.close()


@claim
def a_slow_provider_is_waited_for(g):
    """Slow is not broken: the answer of a provider that takes two seconds arrives whole."""
    for dialect in BOTH:
        with g.upstream.answering(lambda request: slowed(provider_side.usual(request))):
            equal(dialect.said(dialect.ask(g)), "You said: hello", "a slow answer")


def slowed(reply):
    reply.wait = 2.0
    return reply


@claim
def a_provider_that_ends_the_connection_early_is_502(g):
    """Before the head, inside it, inside the body, inside the chunks."""
    body = json.dumps(provider_side.completion("hello")).encode()
    Reply = provider_side.Reply
    broken = [
        Reply(bytes_=b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-le"),
        Reply(body=body, cut=len(body) // 2),
        Reply(body=body, cut=0),
        Reply(pieces=(body[:50],), end=False),
    ]
    for dialect in BOTH:
        for reply in broken:
            with g.upstream.answering(reply) as seen:
                refused(g, dialect, dialect.ask(g), 502, "upstream_reset")
                equal(seen.count, 1, "requests at the provider")


@claim
def a_provider_that_closes_without_a_word_is_502(g):
    """Whether or not the gateway may try a stale connection once more."""
    for dialect in BOTH:
        with g.upstream.answering(provider_side.Reply(bytes_=b"")) as seen:
            refused(g, dialect, dialect.ask(g), 502, "upstream_reset")
            assert seen.count <= 2, f"{seen.count} attempts"


@claim
def an_answer_that_cannot_be_read_is_502(g):
    """Garbage instead of HTTP, instead of JSON, instead of the promised type."""
    Reply = provider_side.Reply
    canary = "garbage-canary-88d1"
    garbage = [
        Reply(bytes_=b"SSH-2.0-OpenSSH_9.2\r\n" + canary.encode()),
        Reply(bytes_=b"\x16\x03\x01\x00\x02\x02\x28" * 20),
        Reply(body=f"<html>{canary}</html>".encode(), content_type="text/html"),
        Reply(body=f"{{{canary}".encode()),
        Reply(body=b'{"choices":[],"choices":[]}'),
        Reply(body=b'{"a":"\xff"}'),
        Reply(body=b""),
        Reply(body=b"not compressed", headers=(("content-encoding", "gzip"),)),
        Reply(body=b"x", headers=(("content-encoding", "made-up"),)),
        Reply(bytes_=b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
    ]
    for dialect in BOTH:
        for reply in garbage:
            with g.upstream.answering(reply) as seen:
                answer = dialect.ask(g)
                code = answer.json()["error"]["code"]
                assert code in ("upstream_malformed", "upstream_reset"), f"{reply}: {answer.start} {answer.body!r}"
                refused(g, dialect, answer, 502, code)
                assert canary.encode() not in answer.raw, answer.body
                assert seen.count <= 2, f"{seen.count} attempts"


@claim
def an_answer_beyond_the_limit_is_502(g):
    """64 MiB of answer, and a small one that unfolds to more."""
    bomb = gzip.compress(b" " * (80 << 20))
    large = b'{"x":"' + b"x" * (64 << 20) + b'"}'
    Reply = provider_side.Reply
    for reply in (Reply(body=large), Reply(body=bomb, headers=(("content-encoding", "gzip"),))):
        with g.upstream.answering(reply):
            refused(g, OPENAI, OPENAI.ask(g, timeout=60), 502, "upstream_too_large")


@claim
def an_error_of_the_provider_keeps_status_and_retry_headers(g):
    """Its body is scanned, or replaced where it does not parse."""
    Reply = provider_side.Reply
    for dialect in BOTH:
        body = {"error": {"message": f"your card {CARD} is bad", "type": "server_error", "param": None, "code": "x1"}}
        if dialect is ANTHROPIC:
            body = {"type": "error", "error": {"type": "api_error", "message": f"your card {CARD} is bad"}}
        for status in (400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 529):
            headers = (("retry-after", "7"), ("x-should-retry", "true"), ("set-cookie", "a=b"), ("server", "x"))
            with g.upstream.answering(Reply(status, body, headers)) as seen:
                answer = dialect.ask(g)
            equal((answer.status, seen.count), (status, 1), "status, attempts")
            equal(answer.get("retry-after"), "7", "retry-after")
            equal(answer.get("x-should-retry"), "true", "x-should-retry")
            equal((answer.get("set-cookie"), answer.get("server")), (None, None), "dropped headers")
            assert CARD.encode() not in answer.body, answer.body
            equal(answer.json(), json.loads(json.dumps(body).replace(CARD, "[CREDIT_CARD]")), "the error body")
            equal(attribute(g.terminal(answer), "http.response.status_code"), status, "status in the record")
        page = Reply(503, b"<html>host db7.internal</html>", content_type="text/html")
        with g.upstream.answering(page):
            answer = dialect.ask(g)
        equal(answer.status, 503, "status of an error page")
        assert b"internal" not in answer.body, answer.body
        dialect.assert_shape(answer)


if __name__ == "__main__":
    with gateway(provider_side.Upstream()) as running:
        suite.main(running)
