"""The invariants of `src/ARCHITECTURE.md`, seen from outside: the real binary, a
provider that records bytes, the ledger read back by another process; then
isolation and the life of the process (ISO-04, HRD-05 in part).

What cannot be brought about from outside, a panic or a detector that fails, is
tested in `tests/gateway`.
"""

import concurrent.futures
import json
import signal

import raw
import upstream as provider_side
from dialects import BOTH, CARD, OPENAI, PLACEHOLDER
from harness import (
    COMPLETE,
    DISPATCHED,
    RECEIVED,
    TERMINAL,
    UPSTREAM_KEY,
    Gateway,
    attribute,
    gateway,
    wait_for,
)
from suite import Suite, equal

suite = Suite("controls")
claim = suite.claim


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
    for written in (CARD, CARD.replace("4", "\\u0034"), "4111-1111-1111-1111"):
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
    other = Gateway(upstream)
    Reply = provider_side.Reply
    try:
        other.key("narrow")
        other.start()
        expected = 0
        for dialect in BOTH:
            bad = [b"{", json.dumps(dialect.body(stream="x")).encode(), b'{"a":1,"a":2}']
            for body in (None, *bad):
                dialect.ask(other, body)
                expected += 1
            dialect.ask(other, {**dialect.body(), "model": "x"}, team="narrow")
            other.call("POST", "/openai/nothing", {})
            other.call("PUT", dialect.path, {})
            expected += 3
            for reply in (
                Reply(500, {}),
                Reply(bytes_=b""),
                Reply(body=b"{"),
                Reply(body=b"{}", cut=1),
                Reply(302),
            ):
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
        return provider_side.Reply(
            body=shown, headers=(("x-request-id", f"Bearer {UPSTREAM_KEY}"), ("x-echo", UPSTREAM_KEY))
        )

    def complain(request):
        return provider_side.Reply(
            401, {"error": {"message": f"Incorrect API key provided: {UPSTREAM_KEY}.", "type": "x"}}
        )

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


# -- isolation and the process -----------------------------------------------


@claim
def a_fault_says_nothing_about_the_inside(g):
    """ISO-04: one schema, no banner, no stack, no host, no value."""
    Reply = provider_side.Reply
    faults = [
        Reply(302, b"", (("location", "http://secret-host.internal/"),)),
        Reply(bytes_=b""),
        Reply(body=b"{", cut=1),
        Reply(body=b"secret-host.internal"),
        Reply(bytes_=b"HTTP/9 x"),
    ]
    for dialect in BOTH:
        answers = [
            dialect.ask(g, b"{"),
            g.call("GET", "/nothing"),
            dialect.ask(g, {**dialect.body(), "model": "m"}, team="narrow"),
        ]
        for reply in faults:
            with g.upstream.answering(reply):
                answers.append(dialect.ask(g))
        for answer in answers:
            assert answer.status >= 400, answer.start
            equal(
                (answer.get("server"), answer.get("via"), answer.get("x-powered-by")),
                (None, None, None),
                "banners",
            )
            text = answer.raw.decode("latin-1")
            for word in (
                "secret-host",
                "127.0.0.1",
                str(g.upstream.port),
                g.folder,
                "panicked",
                ".rs:",
                "hyper",
                "reqwest",
                "rustls",
                "serde",
                "os error",
            ):
                assert word not in text, f"{word!r} in {text}"


@claim
def a_fault_of_one_caller_does_not_reach_another(g):
    """HRD-05 and ISO-02 in part: broken exchanges beside good ones; each good answer is its own."""
    g.key("other")
    # A provider that is about to close says so: nobody may send it one more request then.
    spoiled = provider_side.Reply(body=b"{", cut=1, headers=(("connection", "close"),))
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
    for path, status in (
        ("/livez", 200),
        ("/readyz", 200),
        ("/metrics", 200),
        ("/", 404),
        ("/openai/v1/models", 404),
    ):
        equal(raw.call(g.probes, "GET", path).status, status, path)
    for path in ("/livez", "/readyz", "/metrics", "/debug/pprof"):
        assert raw.call(g.port, "GET", path, source="127.4.0.1").status in (401, 404), path
    OPENAI.ask(g)
    assert "portcullis_" in g.metrics() or "http_server" in g.metrics(), g.metrics()[:400]


if __name__ == "__main__":
    with gateway(provider_side.Upstream()) as running:
        suite.main(running)
