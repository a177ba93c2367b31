"""What the provider does wrong: refuses, hangs, cuts, answers garbage, fails."""

import gzip
import json
import socket
import time

import upstream as provider_side
from dialects import ANTHROPIC, BOTH, CARD, OPENAI, refused
from harness import (
    Gateway,
    attribute,
    gateway,
    provider,
)
from suite import Suite, equal

suite = Suite("faults")
claim = suite.claim


@claim
def a_provider_that_refuses_connections_is_502(g):
    """Nobody listens at its address."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # taken, so that nobody else listens there meanwhile
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        providers = {name: provider(name, url) for name in ("openai", "anthropic")}
        with Gateway(None, providers=providers) as other:
            for dialect in BOTH:
                refused(other, dialect, dialect.ask(other), 502, "upstream_unreachable")


@claim
def a_provider_that_does_not_take_the_connection_in_time_is_504(g):
    """A listener whose queue is full lets a connection hang; 5 s are the limit."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = []
        for _ in range(3):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
            waiting.append(sock)
        providers = {name: provider(name, f"http://127.0.0.1:{port}") for name in ("openai", "anthropic")}
        with Gateway(None, providers=providers) as other:
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
                assert code in ("upstream_malformed", "upstream_reset"), (
                    f"{reply}: {answer.start} {answer.body!r}"
                )
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
        body = {
            "error": {
                "message": f"your card {CARD} is bad",
                "type": "server_error",
                "param": None,
                "code": "x1",
            }
        }
        if dialect is ANTHROPIC:
            body = {"type": "error", "error": {"type": "api_error", "message": f"your card {CARD} is bad"}}
        for status in (400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 529):
            headers = (
                ("retry-after", "7"),
                ("x-should-retry", "true"),
                ("set-cookie", "a=b"),
                ("server", "x"),
            )
            with g.upstream.answering(Reply(status, body, headers)) as seen:
                answer = dialect.ask(g)
            equal((answer.status, seen.count), (status, 1), "status, attempts")
            equal(answer.get("retry-after"), "7", "retry-after")
            equal(answer.get("x-should-retry"), "true", "x-should-retry")
            equal((answer.get("set-cookie"), answer.get("server")), (None, None), "dropped headers")
            assert CARD.encode() not in answer.body, answer.body
            equal(
                answer.json(), json.loads(json.dumps(body).replace(CARD, "[CREDIT_CARD]")), "the error body"
            )
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
