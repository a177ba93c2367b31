"""How it is asked: bytes that are not what they claim to be, or too many.

THREATS BDY-01 to BDY-07. Each refusal is checked whole by `dialects.refused`.
"""

import concurrent.futures
import contextlib
import gzip
import json
import select
import zlib

import raw
import upstream as provider_side
from dialects import BOTH, OPENAI, bearer, refused
from harness import (
    gateway,
    wait_for,
)
from suite import Suite, equal

suite = Suite("bad_input")
claim = suite.claim


BROKEN_JSON = [
    b"",
    b"{",
    b"nonsense",
    b"[1,]",
    b'{"model":"m",}',
    b"{'model':'m'}",
    b'{"model": NaN}',
    b'{"a": 01}',
    b'{"a": +1}',
    b'{"a": .5}',
    b'{"a": "\x01"}',
    b'{"a": "\\x"}',
    b'{"a": tru}',
    b"{} x",
    b"{}{}",
    b"// c\n{}",
    b'{"a":1e400}',
]


@claim
def broken_json_is_refused(g):
    """BDY-07 in part: malformed, trailing bytes, NaN, comments."""
    for dialect in BOTH:
        for body in BROKEN_JSON:
            seen = g.upstream.watching()
            answer = dialect.ask(g, body)
            code = answer.json()["error"]["code"]
            assert code in ("invalid_json", "invalid_field", "json_limit"), (
                f"{body!r}: {answer.start} {answer.body!r}"
            )
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
    size = 10 << 20
    fits = (512 << 20) // size
    teams = ("usual", "wide")
    keys = [g.key(team) for team in teams]
    with contextlib.ExitStack() as opened:
        sockets = [opened.enter_context(raw.connect(g.port)) for _ in range(fits + 9)]

        def send(at):
            fields = [
                bearer(keys[at % 2]),
                ("content-type", "application/json"),
                ("content-length", str(size)),
            ]
            with contextlib.suppress(ConnectionError):
                sockets[at].sendall(raw.head("POST", OPENAI.path, fields) + b" " * (size - 65536))

        with concurrent.futures.ThreadPoolExecutor(len(sockets)) as pool:
            list(pool.map(send, range(len(sockets))))
        refusals = trickle(sockets, 9)
        equal(set(refusals), {(503, "overloaded")}, "answers on top")
        assert 9 <= len(refusals) <= 12, f"{len(refusals)} of {len(sockets)} bodies of 10 MiB were refused"
    wait_for(lambda: OPENAI.ask(g).status == 200, "the room to be given back")


def trickle(sockets, wanted):
    """Status and code of at least so many answers; the other bodies are kept alive meanwhile."""
    waiting, found = set(sockets), []

    def enough():
        readable, _, _ = select.select(list(waiting), [], [], 0.5)
        for sock in readable:
            waiting.discard(sock)
            answer = raw.Reader(sock).message(answers="POST")
            found.append((answer.status, answer.json()["error"]["code"]))
        for sock in waiting:
            with contextlib.suppress(ConnectionError):
                sock.sendall(b" " * 1024)
        return not readable and len(found) >= wanted

    wait_for(enough, f"{wanted} bodies to be refused")
    return found


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
def an_operation_that_does_not_stream_says_so(g):
    """`stream: true` has a code of its own where there is nothing to stream."""
    body = {"model": "text-embedding-3-small", "input": "hello"}
    seen = g.upstream.watching()
    answer = g.call("POST", "/openai/v1/embeddings", {**body, "stream": True})
    refused(g, OPENAI, answer, 400, "stream_not_available", seen)
    equal(g.call("POST", "/openai/v1/embeddings", {**body, "stream": False}).status, 200, "stream: false")


@claim
def a_field_of_the_wrong_type_is_refused(g):
    """AUZ-09 in part: what the gateway reads has the type it expects."""
    for dialect in BOTH:
        for more in ({"stream": "yes"}, {"max_tokens": "9"}, {"max_tokens": -1}, {"max_tokens": 1.5}):
            seen = g.upstream.watching()
            answer = dialect.ask(g, dialect.body(**more))
            refused(g, dialect, answer, 400, "invalid_field", seen)


if __name__ == "__main__":
    with gateway(provider_side.Upstream()) as running:
        suite.main(running)
