"""What leaves and what comes back: both ways, every leaf, every kind of value.

THREATS RED-01 to RED-04, RED-07, RED-08.
"""

import json

import upstream as provider_side
import values
from dialects import ANTHROPIC, BOTH, CARD, OPENAI, PLACEHOLDER, refused
from harness import (
    Gateway,
    attribute,
    gateway,
    grant,
)
from suite import Suite, equal

suite = Suite("redaction")
claim = suite.claim


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
            "role": "assistant",
            "content": "x",
            "refusal": "no",
            "reasoning_content": "because",
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":"b"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "result"},
        {"role": "user", "content": "go on"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "f",
                "description": "does f",
                "parameters": {
                    "type": "object",
                    "properties": {"a": {"type": "string", "description": "an a", "default": "d"}},
                },
            },
        }
    ],
    "metadata": {"k": "v"},
    "user": "user-1",
    "safety_identifier": "s-1",
    "stop": ["end"],
    "prediction": {"type": "content", "content": "guess"},
    "x_unknown": {"deep": [{"er": "text"}]},
}

FULL_MESSAGE = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 9,
    "system": [{"type": "text", "text": "be kind"}],
    "messages": [
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I call"},
                {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": {"b": ["c"]}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "content": [{"type": "text", "text": "done"}],
                }
            ],
        },
    ],
    "tools": [
        {
            "name": "f",
            "description": "does f",
            "input_schema": {
                "type": "object",
                "properties": {"a": {"type": "object", "description": "an a"}},
            },
        }
    ],
    "metadata": {"user_id": "u-1"},
    "stop_sequences": ["end"],
    "x_unknown": {"deep": [{"er": "text"}]},
}

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
    chat = provider_side.completion(
        "text", refusal="no", reasoning_content="because", x_unknown={"deep": ["er"]}
    )
    function = {"name": "f", "arguments": '{"a":"b"}'}
    chat["choices"][0]["message"]["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    blocks = [
        {
            "type": "text",
            "text": "hello",
            "citations": [
                {
                    "type": "char_location",
                    "cited_text": "c",
                    "document_title": "t",
                    "document_index": 0,
                    "start_char_index": 0,
                    "end_char_index": 1,
                }
            ],
        },
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": {"b": ["c"]}}},
    ]
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
            body = (
                provider_side.completion(f"see {text} .")
                if dialect is OPENAI
                else provider_side.claude(f"see {text} .")
            )
            with g.upstream.answering(provider_side.Reply(body=body)):
                answer = dialect.ask(g, dialect.body(f"card {CARD}"))
            equal(dialect.said(answer), f"see {text} .", "a placeholder that is not ours")
    with g.upstream.answering(provider_side.Reply(body=provider_side.completion(f"see {ours} ."))):
        equal(OPENAI.said(OPENAI.ask(g)), f"see {ours} .", "our placeholder in an exchange without the value")


@claim
def nothing_is_restored_inside_an_address(g):
    """RED-08: a link or picture would carry the value to whoever serves it."""
    patterns = [
        "https://x.example/?q={}",
        "![a](https://x.example/{})",
        "[a](https://x.example/{})",
        '<img src="https://x.example/{}">',
        "[a]: https://x.example/{}",
    ]
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
        for write in (
            str.lower,
            lambda mark: mark[1:-1],
            lambda mark: f"**{mark}**",
            lambda mark: f'"{mark}"',
            lambda mark: mark.replace("_", "\\_"),
        ):

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


if __name__ == "__main__":
    with gateway(provider_side.Upstream()) as running:
        suite.main(running)
