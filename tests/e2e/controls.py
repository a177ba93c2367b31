"""The promises that hold for every request, whatever it is: egress, redaction,
records, isolation, and the invariants of `src/ARCHITECTURE.md`.

Seen from outside: the real binary, a provider that records bytes, the ledger
read back by another process. THREATS ids (EGR, RED, AUD, ISO, HRD) are in the
docstrings. What cannot be brought about from outside (a panic, a detector that
fails) is tested in `tests/gateway`.
"""

import concurrent.futures
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

import raw
import upstream as provider_side
import values
from dialects import ANTHROPIC, BOTH, CARD, OPENAI, refused
from harness import COMPLETE, DISPATCHED, RECEIVED, TERMINAL, UPSTREAM_KEY, Gateway, attribute, gateway, grant, provider, wait_for
from suite import Skip, Suite, equal

suite = Suite("controls")
claim = suite.claim

PLACEHOLDER = re.compile(rb"\[[A-Z][A-Z0-9_]*_[0-9A-HJKMNP-TV-Z]{8,13}\]")


# -- invariants -------------------------------------------------------------


@claim
def dispatched_is_on_disk_before_the_first_upstream_byte(g):
    """The provider, at the first byte it sees, kills the gateway; the record is there."""
    upstream = provider_side.Upstream()
    other = Gateway(upstream).start()
    found = []

    def kill(request):
        upstream.hook = None
        other.process.kill()
        other.process.wait(10)
        found.extend(other.records(event=DISPATCHED))

    try:
        upstream.hook = kill
        OPENAI.ask(other)
        wait_for(lambda: found, "the record of the request that was under way", 5)
        equal(len(found), 1, "dispatched records")
        equal(attribute(found[0], "gen_ai.request.model"), "gpt-4o-mini", "its model")
    finally:
        other.stop()
        upstream.close()


@claim
def the_terminal_record_is_on_disk_before_the_last_byte_of_the_answer(g):
    """The caller, having read the whole answer, kills the gateway; the record is there."""
    for dialect in BOTH:
        upstream = provider_side.Upstream()
        other = Gateway(upstream).start()
        try:
            answer = dialect.ask(other)
            other.process.kill()
            other.process.wait(10)
            equal(answer.whole, True, "the answer")
            request = answer.get("x-portcullis-request-id")
            ends = [one for one in other.records(request) if one["event_name"] in TERMINAL]
            equal([one["event_name"] for one in ends], [COMPLETE], "terminal records")
        finally:
            other.stop()
            upstream.close()


@claim
def bytes_outside_recorded_spans_are_identical(g):
    """BDY-10: white space, escapes, numbers and unknown members pass byte for byte, both ways."""
    odd = (
        '\t{ "model" :"gpt-4o-mini",\r\n "mess\\u0061ges":[ {"role":"user", "content":"caf\\u00e9 \\/ \\ud83d\\ude00 %s \\n\u4e16" } ] ,'
        '"temperature":1.0E+0, "top_p":0.10, "seed":9007199254740993,"x_unknown":{"a":[1e2,-0,true,null,"\\u0000","\\u001b"]}}\n'
    )
    plain = (odd % "nothing").encode()
    with g.upstream.answering(provider_side.Reply(body=plain)) as seen:
        answer = OPENAI.ask(g, plain)
    equal(seen.only.body, plain, "the request at the provider")
    equal(answer.body, plain, "the answer at the caller")
    equal(attribute(g.terminal(answer), "portcullis.edits"), None, "edits in the record")
    for written in (CARD, CARD.replace("4", "\\u0034"), "4111\\t1111 1111 1111"):
        sent = (odd % written).encode()
        with g.upstream.answering(lambda request: provider_side.Reply(body=request.body)) as seen:
            answer = OPENAI.ask(g, sent)
        arrived = seen.only.body
        marks = PLACEHOLDER.findall(arrived)
        equal(len(marks), 1, f"placeholders in {arrived!r}")
        equal(arrived, (odd % marks[0].decode()).encode(), "the request outside the span")
        equal(json.loads(answer.body), json.loads(sent), "the answer, restored")
        record = g.terminal(answer)
        equal(attribute(record, "portcullis.redaction.request.credit_card"), 1, "spans the record counts")


@claim
def every_ending_has_exactly_one_terminal_record(g):
    """AUD-01 in part: success, each refusal, each failure, hang-up, termination."""
    upstream = provider_side.Upstream()
    other = Gateway(upstream).start()
    Reply = provider_side.Reply
    try:
        other.key("narrow")
        expected = 0
        for dialect in BOTH:
            OPENAI_BAD = [b"{", json.dumps(dialect.body(stream="x")).encode(), b'{"a":1,"a":2}']
            for body in (None, *OPENAI_BAD):
                dialect.ask(other, body)
                expected += 1
            dialect.ask(other, {**dialect.body(), "model": "x"}, team="narrow")
            other.call("POST", "/openai/nothing", {})
            other.call("PUT", dialect.path, {})
            expected += 3
            for reply in (Reply(500, {}), Reply(bytes_=b""), Reply(body=b"{"), Reply(body=b"{}", cut=1), Reply(302)):
                with upstream.answering(reply):
                    dialect.ask(other)
                    expected += 1
            hang_up(other, upstream, dialect)
            expected += 1
        slow = begin_slow(other, upstream, OPENAI)
        other.terminate()
        expected += 1
        records = other.records()
        slow.close()
    finally:
        other.stop()
        upstream.close()
    received = [attribute(one, "portcullis.request.id") for one in records if one["event_name"] == RECEIVED]
    ended = [attribute(one, "portcullis.request.id") for one in records if one["event_name"] in TERMINAL]
    equal(len(ended), len(set(ended)), "terminal records, each of another request")
    equal(len(received), len(set(received)), "received records, each of another request")
    equal(set(received), set(ended), "requests received and ended")
    equal(len(received), expected, "requests")
    kinds = {one["event_name"] for one in records if one["event_name"] in TERMINAL}
    equal(kinds, {COMPLETE}, "ways to end")


def begin_slow(g, upstream, dialect):
    """A request the provider has and does not answer for a second; its open socket."""
    body = json.dumps(dialect.body()).encode()
    fields = [*dialect.headers, ("authorization", f"Bearer {g.key()}"), ("content-type", "application/json")]
    before = len(upstream.seen)
    upstream.plan = lambda request: provider_side.Reply(body=provider_side.completion("late"), wait=1.0)
    sock = raw.connect(g.port)
    sock.sendall(raw.head("POST", dialect.path, fields, body) + body)
    wait_for(lambda: len(upstream.seen) > before, "the request to arrive at the provider")
    upstream.plan = provider_side.usual
    return sock


def hang_up(g, upstream, dialect):
    """A caller that goes away while the provider is thinking."""
    count = len(g.records())
    begin_slow(g, upstream, dialect).close()

    def ended():
        records = g.records()[count:]
        return [one for one in records if one["event_name"] in TERMINAL]

    record = wait_for(ended, "the record of the caller that hung up")[0]
    equal(attribute(record, "portcullis.client.disconnected"), True, "disconnected")


@claim
def neither_credential_crosses(g):
    """EGR-05: the caller's key stays here, ours never comes back, even from a provider that echoes."""
    key = g.key()

    def echo(request):
        text = request.head.decode("latin-1")
        shown = provider_side.completion(text) if "chat" in request.target else provider_side.claude(text)
        return provider_side.Reply(body=shown, headers=(("x-request-id", f"Bearer {UPSTREAM_KEY}"), ("x-echo", UPSTREAM_KEY)))

    def complain(request):
        return provider_side.Reply(401, {"error": {"message": f"Incorrect API key provided: {UPSTREAM_KEY}.", "type": "x"}})

    places = ["authorization", "x-api-key", "api-key", "x-goog-api-key"]
    for dialect in BOTH:
        for name in places:
            shown = f"Bearer {key}" if name == "authorization" else key
            headers = [*dialect.headers, (name, shown), ("content-type", "application/json")]
            for plan in (provider_side.usual, echo, complain):
                with g.upstream.answering(plan) as seen:
                    answer = raw.call(g.port, "POST", dialect.path, headers, dialect.body())
                request = seen.only
                assert key.encode() not in request.raw, request.head
                equal(UPSTREAM_KEY.encode() in request.head, True, "our credential at its own provider")
                assert UPSTREAM_KEY.encode() not in answer.raw, answer.raw
                assert key.encode() not in answer.raw, answer.raw


# -- egress -----------------------------------------------------------------


@claim
def without_an_upstream_nothing_starts(g):
    """EGR-01."""
    other = Gateway(g.upstream)
    try:
        other.settings["providers"] = {}
        other.write()
        done = other.run("check", check=False)
        equal(done.returncode, 1, "exit code")
        assert "providers" in done.stdout + done.stderr, done
        done = other.run("serve", check=False)
        assert done.returncode != 0, done
    finally:
        other.stop()


@claim
def the_process_connects_to_configured_origins_only(g):
    """EGR-01: system calls of a gateway under mixed traffic, as strace sees them."""
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    with tempfile.NamedTemporaryFile("r") as trace:
        wrap = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", trace.name]
        probe = subprocess.run([*wrap[:-1], "/dev/null", "true"], capture_output=True, text=True)
        if probe.returncode != 0:
            raise Skip(f"strace may not trace here: {probe.stderr.strip()[:80]}")
        upstream = provider_side.Upstream()
        with gateway(upstream, wrap=wrap) as other:
            for dialect in BOTH:
                dialect.ask(other)
                dialect.ask(other, dialect.body("see https://203.0.113.9/ and http://127.0.0.1:1/"))
                dialect.ask(other, dialect.body(api_base="http://127.0.0.1:1/"))
                with upstream.answering(provider_side.Reply(307, headers=(("location", "http://127.0.0.1:1/"),))):
                    dialect.ask(other)
            lines = trace.read().splitlines()
    to = [line for line in lines if "sin_port" in line or "sin6_port" in line]
    allowed = f"sin_port=htons({upstream.port}), sin_addr=inet_addr(\"127.0.0.1\")"
    assert any(allowed in line for line in to), "the trace shows no connection at all"
    equal([line for line in to if allowed not in line], [], "other destinations")


@claim
def an_address_that_is_not_allowed_is_not_dialled(g):
    """EGR-02: names and literals that lead to loopback, without `allow_networks`: 502, no connection."""
    upstream = provider_side.Upstream()
    hosts = ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0", "2130706433"]
    reached = 0
    for host in hosts:
        entry = {"kind": "openai", "base_url": f"https://{host}:{upstream.port}", "credential": {"env": "E2E_UPSTREAM_KEY"}}
        other = Gateway(upstream, providers={"openai": entry}, grants=[grant("usual", ["openai/*"])])
        try:
            if other.run("check", check=False).returncode != 0:
                continue  # refused where it is written, which is earlier still
            other.start()
            refused(other, OPENAI, OPENAI.ask(other), 502, "upstream_address_refused")
            reached += 1
        finally:
            other.stop()
    upstream.close()
    equal(upstream.connections, 0, "connections")
    assert reached >= 1, "no host got as far as the dialler"


@claim
def a_redirect_is_not_followed(g):
    """EGR-03."""
    trap = provider_side.Upstream()
    for dialect in BOTH:
        for status in (301, 302, 303, 307, 308):
            reply = provider_side.Reply(status, b"{}", (("location", f"{trap.url}/v1/chat/completions"),))
            with g.upstream.answering(reply) as seen:
                answer = dialect.ask(g)
                refused(g, dialect, answer, 502, "upstream_redirect")
                equal(seen.count, 1, "requests at the provider")
                assert answer.get("location") is None, answer.headers
    trap.close()
    equal(trap.connections, 0, "connections to the other place")


@claim
def a_certificate_that_does_not_verify_ends_the_connection(g):
    """EGR-04: self-signed, expired, another name: 502 and no byte of HTTP; a good one passes."""
    folder = tempfile.mkdtemp(prefix="portcullis-tls-")
    try:
        made = certificates(folder)
        for name, status in (("good", 200), ("self-signed", 502), ("expired", 502), ("other-name", 502)):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*made[name])
            upstream = provider_side.Upstream(tls=context)
            entry = provider("openai", f"https://localhost:{upstream.port}", ca_file=made["authority"])
            with gateway(upstream, providers={"openai": entry}, grants=[grant("usual", ["openai/*"])]) as other:
                answer = OPENAI.ask(other)
                if status == 200:
                    equal(OPENAI.said(answer), "You said: hello", name)
                else:
                    refused(other, OPENAI, answer, 502, "upstream_tls")
                    equal(len(upstream.seen), 0, f"requests at a provider with a certificate that is {name}")
        for setting in ("insecure_skip_verify", "verify", "tls_verify", "insecure_tls"):
            other = Gateway(g.upstream)
            try:
                other.settings["providers"]["openai"][setting] = False
                other.write()
                equal(other.run("check", check=False).returncode, 1, f"check with {setting}")
            finally:
                other.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def certificates(folder):
    """An authority and four certificates, made with the openssl command."""
    if not shutil.which("openssl"):
        raise Skip("the openssl command is not installed")

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)

    def key(name):
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")

    def issue(name, host, days, signed=True):
        key(name)
        openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={host}", "-out", f"{name}.csr")
        with open(os.path.join(folder, f"{name}.ext"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\n")
        by = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"] if signed else ["-signkey", f"{name}.key"]
        openssl("x509", "-req", "-in", f"{name}.csr", *by, "-days", days, "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        return os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}.key")

    key("authority")
    openssl("req", "-x509", "-new", "-key", "authority.key", "-subj", "/CN=e2e", "-days", "2", "-out", "authority.pem")
    return {
        "authority": os.path.join(folder, "authority.pem"),
        "good": issue("good", "localhost", "2"),
        "self-signed": issue("self", "localhost", "2", signed=False),
        "expired": issue("expired", "localhost", "-1"),
        "other-name": issue("other", "other.example", "2"),
    }


@claim
def ambient_proxy_settings_are_ignored(g):
    """EGR-06."""
    trap, upstream = provider_side.Upstream(), provider_side.Upstream()
    names = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")
    with gateway(upstream, environment={name: trap.url for name in names} | {"NO_PROXY": ""}) as other:
        for dialect in BOTH:
            equal(dialect.said(dialect.ask(other)), "You said: hello", dialect.name)
    trap.close()
    equal(trap.connections, 0, "connections to the proxy")


@claim
def what_the_gateway_sends_names_neither_caller_nor_route(g):
    """HTP-06, HTP-07 in part: header fields towards the provider are an allow-list."""
    given = [
        ("x-forwarded-for", "198.51.100.7"), ("via", "1.1 x"), ("traceparent", "00-" + "a" * 32 + "-" + "b" * 16 + "-01"),
        ("baggage", "a=b"), ("cookie", "a=b"), ("x-foo", "bar"), ("origin-agent", "x"), ("referer", "https://x.example/"),
    ]  # fmt: skip
    for dialect in BOTH:
        with g.upstream.answering(provider_side.usual) as seen:
            dialect.ask(g, headers=given)
        names = {name for name, _ in seen.only.headers}
        equal(names & {name for name, _ in given}, set(), "header fields that crossed")
        equal(seen.only.get("accept-encoding"), "identity", "accept-encoding")
        equal(len(seen.only.all("host")), 1, "host fields")


# -- redaction --------------------------------------------------------------


@claim
def every_kind_of_value_is_replaced_and_comes_back(g):
    """RED-01: with no redaction settings at all, no original reaches the provider, and the caller gets each back."""
    for dialect in BOTH:
        for kind, value in values.ALL:
            text = f"Please keep {value} safe."
            with g.upstream.answering(provider_side.usual) as seen:
                answer = dialect.ask(g, dialect.body(text))
            equal(answer.status, 200, f"{kind}: {answer.body!r}")
            said = json.loads(seen.only.body)["messages"][0]["content"]
            assert values.secret_part(value) not in said, f"{kind} left: {said!r}"
            assert PLACEHOLDER.search(said.encode()), f"{kind} left without a placeholder: {said!r}"
            equal(dialect.said(answer), f"You said: {text}", f"{kind}, restored")


@claim
def all_values_in_one_prompt_are_replaced(g):
    """RED-01."""
    text = "\n".join(f"{at}: {value}" for at, (_, value) in enumerate(values.ALL))
    for dialect in BOTH:
        with g.upstream.answering(provider_side.usual) as seen:
            answer = dialect.ask(g, dialect.body(text))
        for kind, value in values.ALL:
            assert values.secret_part(value) not in json.loads(seen.only.body)["messages"][0]["content"], kind
        equal(dialect.said(answer), f"You said: {text}", "restored")
        record = g.terminal(answer)
        assert attribute(record, "portcullis.redaction.total") >= len(values.ALL), record["attributes"]


@claim
def our_own_keys_are_replaced_too(g):
    """RED-01: a key of the gateway in a prompt is a secret like any other."""
    key = g.key("other")
    for dialect in BOTH:
        with g.upstream.answering(provider_side.usual) as seen:
            answer = dialect.ask(g, dialect.body(f"my key is {key}"))
        assert key.encode() not in seen.only.raw, seen.only.body
        equal(dialect.said(answer), f"You said: my key is {key}", "restored")


@claim
def the_strict_profile_blocks_secrets(g):
    """RED-01."""
    for dialect in BOTH:
        for kind, value in values.SECRETS:
            seen = g.upstream.watching()
            answer = dialect.ask(g, dialect.body(f"take {value}"), team="strict")
            refused(g, dialect, answer, 403, "content_blocked", seen)
            assert values.secret_part(value).encode() not in answer.raw, kind


LEAF = "contact jane.roe@mail.acme-widgets.io"
ADDRESS = b"jane.roe@mail.acme-widgets.io"


def leaves(value, path=()):
    """The paths of all strings in a value."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, (*path, name))
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield from leaves(child, (*path, at))
    elif isinstance(value, str):
        yield path


def names(value, path=()):
    """The paths of all objects in a value."""
    if isinstance(value, dict):
        yield path
        for name, child in value.items():
            yield from names(child, (*path, name))
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield from names(child, (*path, at))


def at_path(value, path):
    for step in path:
        value = value[step]
    return value


def with_leaf(value, path, text):
    """A copy with another string at a path."""
    copy = json.loads(json.dumps(value))
    at_path(copy, path[:-1])[path[-1]] = text
    return copy


FULL_CHAT = {
    "model": "gpt-4o-mini",
    "messages": [
        {"role": "system", "content": "be kind", "name": "sys"},
        {"role": "user", "content": [{"type": "text", "text": "hi"}], "name": "user"},
        {
            "role": "assistant", "content": "x", "refusal": "no", "reasoning_content": "because",
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":"b"}'}}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "result"},
        {"role": "user", "content": "go on"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "f", "description": "does f",
                "parameters": {"type": "object", "properties": {"a": {"type": "string", "description": "an a", "default": "d"}}},
            },
        }
    ],
    "metadata": {"k": "v"}, "user": "user-1", "safety_identifier": "s-1", "stop": ["end"],
    "prediction": {"type": "content", "content": "guess"}, "x_unknown": {"deep": [{"er": "text"}]},
}  # fmt: skip

FULL_MESSAGE = {
    "model": "claude-sonnet-4-5", "max_tokens": 9, "system": [{"type": "text", "text": "be kind"}],
    "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "text", "text": "I call"}, {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": {"b": ["c"]}}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "done"}]}]},
    ],
    "tools": [{"name": "f", "description": "does f", "input_schema": {"type": "object", "properties": {"a": {"type": "object", "description": "an a"}}}}],
    "metadata": {"user_id": "u-1"}, "stop_sequences": ["end"], "x_unknown": {"deep": [{"er": "text"}]},
}  # fmt: skip

FULL_EMBEDDINGS = {"model": "text-embedding-3-small", "input": ["a", "b"], "user": "u", "x_unknown": "text"}


@claim
def every_leaf_of_a_request_is_read(g):
    """RED-02: a value in any string is replaced, or the request refused; it never leaves."""
    replaced = 0
    for path, headers, body in (
        (OPENAI.path, (), FULL_CHAT),
        ("/openai/v1/embeddings", (), FULL_EMBEDDINGS),
        (ANTHROPIC.path, ANTHROPIC.headers, FULL_MESSAGE),
        (ANTHROPIC.path + "/count_tokens", ANTHROPIC.headers, FULL_MESSAGE),
    ):
        for leaf in leaves(body):
            inner = at_path(body, leaf).startswith("{")
            text = json.dumps({"a": LEAF}) if inner else LEAF
            sent = with_leaf(body, leaf, text)
            with g.upstream.answering(provider_side.usual) as seen:
                answer = g.call("POST", path, sent, headers=headers, team="wide")
            for request in seen.requests:
                assert ADDRESS not in request.raw, f"{path} {leaf}: {request.body!r}"
            assert answer.status in (200, 400, 403), f"{path} {leaf}: {answer.start} {answer.body!r}"
            assert ADDRESS not in answer.raw or seen.count, f"{path} {leaf}: {answer.body!r}"
            replaced += answer.status == 200
    assert replaced >= 30, f"only {replaced} leaves were replaced and sent"


@claim
def a_value_in_a_member_name_is_refused_by_position(g):
    """RED-02: names cannot be replaced, so the request is refused, and the refusal repeats neither name nor value."""
    for dialect, body in ((OPENAI, FULL_CHAT), (ANTHROPIC, FULL_MESSAGE)):
        for place in names(body):
            sent = json.loads(json.dumps(body))
            at_path(sent, place)[ADDRESS.decode()] = 1
            seen = g.upstream.watching()
            answer = dialect.ask(g, sent, team="wide")
            code = answer.json()["error"]["code"]
            assert code in ("structure_refused", "invalid_field"), f"{place}: {answer.start} {answer.body!r}"
            refused(g, dialect, answer, 400, code, seen)
            assert ADDRESS not in answer.raw, answer.body
            for name in ("deep", "properties"):
                if name in place and code == "structure_refused":
                    assert name.encode() not in answer.body, answer.body


@claim
def a_profile_that_cannot_be_read_starts_nothing(g):
    """RED-03: what is broken refuses."""
    for redaction in (
        {"profiles": {"default": {"extends": "nothing"}}},
        {"profiles": {"own": {"requests": {"made_up": "mask"}}}},
        {"profiles": {"own": {"all": "ignore"}}},
        {"profiles": {"own": {"answers": {"secrets": 7}}}},
    ):
        other = Gateway(g.upstream, redaction=redaction)
        try:
            equal(other.run("check", check=False).returncode, 1, f"check with {redaction}")
            assert other.run("serve", check=False).returncode != 0, redaction
        finally:
            other.stop()
    other = Gateway(g.upstream, grants=[grant("usual", redaction="missing")])
    try:
        equal(other.run("check", check=False).returncode, 1, "check with an unknown profile")
    finally:
        other.stop()


@claim
def a_folder_of_records_that_cannot_be_written_starts_nothing(g):
    """RED-03's rule for the ledger: no record, no service."""
    other = Gateway(g.upstream, audit={"spool": {"directory": "/proc/nothing"}, "otlp": "none"})
    try:
        assert other.run("serve", check=False).returncode != 0
    finally:
        other.stop()


@claim
def a_foreign_value_in_any_leaf_of_an_answer_is_masked(g):
    """RED-07: text, refusals, tool arguments, tool input, error bodies; the value never reaches the caller."""
    chat = provider_side.completion("text", refusal="no", reasoning_content="because", x_unknown={"deep": ["er"]})
    function = {"name": "f", "arguments": '{"a":"b"}'}
    chat["choices"][0]["message"]["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    blocks = [
        {"type": "text", "text": "hello", "citations": [{"type": "char_location", "cited_text": "c", "document_title": "t", "document_index": 0, "start_char_index": 0, "end_char_index": 1}]},
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": {"b": ["c"]}}},
    ]  # fmt: skip
    message = provider_side.claude("", content=blocks)
    not_text = {"id", "object", "model", "type", "role", "name", "finish_reason", "stop_reason"}
    for dialect, body in ((OPENAI, chat), (ANTHROPIC, message)):
        for leaf in leaves(body):
            if leaf[-1] in not_text:
                continue
            inner = at_path(body, leaf).startswith("{")
            sent = with_leaf(body, leaf, json.dumps({"a": LEAF}) if inner else LEAF)
            with g.upstream.answering(provider_side.Reply(body=sent)):
                answer = dialect.ask(g)
            equal(answer.status, 200, f"{leaf}: {answer.body!r}")
            assert ADDRESS not in answer.raw, f"{leaf}: {answer.body!r}"
            assert b"[EMAIL" in answer.body, f"{leaf}: {answer.body!r}"


@claim
def foreign_values_of_every_kind_are_masked_in_answers(g):
    """RED-07."""
    for dialect in BOTH:
        for kind, value in values.ALL:
            text = f"The answer is {value}, of course."
            body = provider_side.completion(text) if dialect is OPENAI else provider_side.claude(text)
            with g.upstream.answering(provider_side.Reply(body=body)):
                answer = dialect.ask(g)
            assert values.secret_part(value) not in dialect.said(answer), f"{kind}: {dialect.said(answer)!r}"


@claim
def a_foreign_placeholder_stays_literal(g):
    """RED-08: of another tenant, invented, look-alike: only this exchange's own map restores."""
    with g.upstream.answering(provider_side.usual) as seen:
        OPENAI.ask(g, OPENAI.body(f"card {CARD}"), team="other")
        OPENAI.ask(g, OPENAI.body(f"card {CARD}"))
        OPENAI.ask(g, OPENAI.body(f"again {CARD} and {CARD}"))
    found = [PLACEHOLDER.findall(one.body) for one in seen.requests]
    theirs, ours = found[0][0].decode(), found[1][0].decode()
    assert theirs != ours, "two tenants share a placeholder"
    equal(found[2], [ours.encode()] * 2, "the same value in another exchange of the tenant")
    invented = "[CREDIT_CARD_00000000]"
    for text in (theirs, invented, ours[:-2] + "]", ours.replace("[", "[X"), f"x{ours[1:-1]}"):
        for dialect in BOTH:
            body = provider_side.completion(f"see {text} .") if dialect is OPENAI else provider_side.claude(f"see {text} .")
            with g.upstream.answering(provider_side.Reply(body=body)):
                answer = dialect.ask(g, dialect.body(f"card {CARD}"))
            equal(dialect.said(answer), f"see {text} .", "a placeholder that is not ours")
    with g.upstream.answering(provider_side.Reply(body=provider_side.completion(f"see {ours} ."))):
        equal(OPENAI.said(OPENAI.ask(g)), f"see {ours} .", "our placeholder in an exchange without the value")


@claim
def nothing_is_restored_inside_an_address(g):
    """RED-08: a link or picture would carry the value to whoever serves it."""
    patterns = ["https://x.example/?q={}", "![a](https://x.example/{})", "[a](https://x.example/{})", '<img src="https://x.example/{}">', "[a]: https://x.example/{}"]  # fmt: skip
    for dialect in BOTH:
        for pattern in patterns:

            def reply(request):
                mark = PLACEHOLDER.search(request.body).group().decode()
                text = pattern.format(mark[1:-1]) + " " + pattern.format(mark)
                body = provider_side.completion(text) if dialect is OPENAI else provider_side.claude(text)
                return provider_side.Reply(body=body)

            with g.upstream.answering(reply):
                answer = dialect.ask(g, dialect.body(f"card {CARD}"))
            assert CARD not in dialect.said(answer), dialect.said(answer)
            assert "4111" not in dialect.said(answer), dialect.said(answer)


@claim
def own_values_come_back_however_a_model_writes_them(g):
    """DESIGN decision 4: case, missing brackets, markdown, quotes."""
    for dialect in BOTH:
        for write in (str.lower, lambda mark: mark[1:-1], lambda mark: f"**{mark}**", lambda mark: f'"{mark}"', lambda mark: mark.replace("_", "\\_")):  # fmt: skip

            def reply(request):
                text = f"it is {write(PLACEHOLDER.search(request.body).group().decode())} indeed"
                body = provider_side.completion(text) if dialect is OPENAI else provider_side.claude(text)
                return provider_side.Reply(body=body)

            with g.upstream.answering(reply):
                answer = dialect.ask(g, dialect.body(f"card {CARD}"))
            assert CARD in dialect.said(answer), dialect.said(answer)
            assert "CREDIT_CARD" not in dialect.said(answer), dialect.said(answer)


@claim
def values_inside_tool_arguments_are_restored_and_masked(g):
    """RED-07: arguments are JSON inside a string; they stay JSON."""
    quoted = f'he said "{CARD}" \\ twice'
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    with g.upstream.answering(provider_side.usual) as seen:
        answer = OPENAI.ask(g, OPENAI.body(quoted, tools=[tool]))
    assert CARD.encode() not in seen.only.body
    call = answer.json()["choices"][0]["message"]["tool_calls"][0]
    equal(json.loads(call["function"]["arguments"]), {"note": quoted}, "arguments")
    plain = {"name": "f", "input_schema": {"type": "object", "properties": {}}}
    answer = ANTHROPIC.ask(g, ANTHROPIC.body(quoted, tools=[plain]))
    equal(answer.json()["content"][0]["input"], {"note": quoted}, "input")


@claim
def obfuscated_values_do_not_leave(g):
    """RED-04 in part: full-width digits, zero-width characters, escapes."""
    wide = CARD.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
    laced = "\u200b".join(CARD)
    soft = "\u00ad".join(CARD)
    for dialect in BOTH:
        for text in (wide, laced, soft):
            with g.upstream.answering(provider_side.usual) as seen:
                answer = dialect.ask(g, dialect.body(f"card {text} end"))
            said = json.loads(seen.only.body)["messages"][0]["content"]
            assert text not in said, f"{text!r} left as {said!r}"
            equal(dialect.said(answer), f"You said: card {text} end", "restored")


# -- records ----------------------------------------------------------------


@claim
def a_thousand_mixed_requests_have_a_thousand_stories(g):
    """AUD-01: each has one received and one terminal record, a reason and the policy's hash."""
    upstream = provider_side.Upstream()
    with gateway(upstream, grants=[grant(name, limits={"per": "grant"}) for name in ("usual", "other", "wide")]) as other:
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
            assert attribute(record, "portcullis.decision") in ("allow", "redact", "deny", "rate_limit"), record
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
    levels = {"RUST_LOG": "trace", "PORTCULLIS_LOG": "trace"}
    with gateway(upstream, environment=levels) as other:
        for dialect in BOTH:
            body = dialect.body(f"{prompt} {CARD}", metadata={"user_id": tool} if dialect is ANTHROPIC else {"k": tool})
            reply = provider_side.completion(reply_text) if dialect is OPENAI else provider_side.claude(reply_text)
            with upstream.answering(provider_side.Reply(body=reply)):
                equal(dialect.said(dialect.ask(other, body)), reply_text, "the answer")
            with upstream.answering(provider_side.Reply(500, {"error": {"message": reply_text, "type": "x"}})):
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
    with gateway(upstream, environment={"RUST_LOG": "trace", "PORTCULLIS_LOG": "trace"}) as other:
        key = other.key()
        answers = [
            OPENAI.ask(other, OPENAI.body(f"token {secret}")),
            OPENAI.ask(other, headers=[("cookie", "canary-cookie-1"), ("x-custom", "canary-header-1")]),
            raw.call(other.port, "POST", OPENAI.path, [("authorization", f"Bearer {secret}")], b"{}", "127.3.0.1"),
            raw.call(other.port, "POST", OPENAI.path, [("authorization", "Basic canary-basic-1")], b"{}", "127.3.0.2"),
            other.call("POST", OPENAI.path + "?x=canary-query-1", OPENAI.body()),
            ANTHROPIC.ask(other, ANTHROPIC.body(mcp_servers=[{"type": "url", "url": "https://x.example", "name": "x", "authorization_token": "canary-mcp-1"}])),
            OPENAI.ask(other, OPENAI.body(user="canary-user-1")),
        ]  # fmt: skip
        canaries = ["canary-cookie-1", "canary-header-1", "canary-basic-1", "canary-query-1", "canary-mcp-1", "canary-user-1"]
        other.assert_nowhere(key, key.split("_")[2], secret, UPSTREAM_KEY, *canaries)
        del answers


@claim
def hostile_text_stays_inside_one_record(g):
    """AUD-04: newlines, ESC, bidi controls and a megabyte make valid single-line JSON, or are refused."""
    models = ['x\n{"decision":"allow"}', "x\x1b[31m", "x\u202etxt", "x\u2028y", "x" * (1 << 20), 'x"}', "x\u0000"]
    before = len(g.stderr().splitlines())
    for model in models:
        answer = OPENAI.ask(g, {**OPENAI.body(), "model": model})
        assert answer.status in (400, 403), f"{model[:20]!r}: {answer.start}"
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


# -- faults, isolation, process ---------------------------------------------


@claim
def a_fault_says_nothing_about_the_inside(g):
    """ISO-04: one schema, no banner, no stack, no host, no value."""
    Reply = provider_side.Reply
    faults = [Reply(302, b"", (("location", "http://secret-host.internal/"),)), Reply(bytes_=b""), Reply(body=b"{", cut=1), Reply(body=b"secret-host.internal"), Reply(bytes_=b"HTTP/9 x")]  # fmt: skip
    for dialect in BOTH:
        answers = [dialect.ask(g, b"{"), g.call("GET", "/nothing"), dialect.ask(g, {**dialect.body(), "model": "m"}, team="narrow")]
        for reply in faults:
            with g.upstream.answering(reply):
                answers.append(dialect.ask(g))
        for answer in answers:
            assert answer.status >= 400, answer.start
            equal((answer.get("server"), answer.get("via"), answer.get("x-powered-by")), (None, None, None), "banners")
            text = answer.raw.decode("latin-1")
            for word in ("secret-host", "127.0.0.1", str(g.upstream.port), g.folder, "panicked", ".rs:", "hyper", "reqwest", "rustls", "serde", "os error"):  # fmt: skip
                assert word not in text, f"{word!r} in {text}"


@claim
def a_fault_of_one_caller_does_not_reach_another(g):
    """HRD-05 and ISO-02 in part: broken exchanges beside good ones; each good answer is its own."""
    spoiled = provider_side.Reply(body=b"{", cut=1)
    good = provider_side.usual
    with g.upstream.answering(lambda request: spoiled if b"spoil" in request.body else good(request)):

        def one(at):
            text = "spoil" if at % 3 == 0 else f"call {at} with card {CARD}"
            dialect = BOTH[at % 2]
            answer = dialect.ask(g, dialect.body(text), team=("usual", "other")[at % 2])
            return text, answer.status, dialect.said(answer) if answer.status == 200 else None

        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            results = list(pool.map(one, range(120)))
    for text, status, said in results:
        if text == "spoil":
            equal((status, said), (502, None), "a spoiled exchange")
        else:
            equal((status, said), (200, f"You said: {text}"), "its neighbour")


@claim
def a_second_gateway_on_the_same_ledger_does_not_start(g):
    """One writer: two would break the order of the records."""
    other = Gateway(g.upstream)
    try:
        other.settings["state_dir"] = g.state
        other.write()
        done = other.run("serve", check=False)
        assert done.returncode != 0, "it started"
        equal(OPENAI.ask(g).status, 200, "the first one")
    finally:
        other.stop()


@claim
def a_gateway_asked_to_end_finishes_what_it_began(g):
    """Drain: the request under way is answered, the next one is not taken, the exit code is 0."""
    upstream = provider_side.Upstream()
    other = Gateway(upstream).start()
    try:
        sock = begin_slow(other, upstream, OPENAI)
        other.process.send_signal(signal.SIGTERM)
        answer = raw.Reader(sock).message(answers="POST")
        equal(OPENAI.said(answer), "late", "the request under way")
        sock.close()
        equal(other.process.wait(30), 0, "exit code")
        equal(attribute(other.terminal(answer), "http.response.status_code"), 200, "its record")
    finally:
        other.stop()
        upstream.close()


@claim
def the_probes_port_serves_probes_only(g):
    """Health and metrics stand apart from callers."""
    for path, status in (("/livez", 200), ("/readyz", 200), ("/metrics", 200), ("/", 404), ("/openai/v1/models", 404)):
        equal(raw.call(g.probes, "GET", path).status, status, path)
    for path in ("/livez", "/readyz", "/metrics", "/debug/pprof"):
        assert raw.call(g.port, "GET", path, source="127.4.0.1").status in (401, 404), path
    OPENAI.ask(g)
    assert "portcullis_" in g.metrics() or "http_server" in g.metrics(), g.metrics()[:400]


if __name__ == "__main__":
    with gateway(provider_side.Upstream()) as running:
        suite.main(running)
