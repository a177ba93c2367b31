"""The official SDKs, Python and Node, as callers who changed base URL and key.

Runs under the Python of `.cache/venv`, where `tests/run` puts the locked
`openai` and `anthropic`; the Node SDKs are called through `sdk_calls.mjs`.
What an SDK makes of the provider itself is compared with what it makes of the
gateway in front of it.
"""

import json
import os
import shutil
import subprocess
import warnings

import upstream as provider_side
import values
from dialects import CARD
from harness import ROOT, gateway, grant
from suite import Skip, Suite, equal, raises

try:
    import anthropic
    import openai
except ImportError as missing:
    raise SystemExit(f"{missing}: run tests/run, which installs the SDKs into .cache/venv") from missing

# The SDKs warn of models their vendor retires; the models of these tests are names.
warnings.simplefilter("ignore", DeprecationWarning)

suite = Suite("sdk_tests")
claim = suite.claim
CACHE = os.environ.get("PORTCULLIS_CACHE") or os.path.join(ROOT, ".cache")
FOREIGN = "5555 5555 5555 4444"


class Counted:
    """A client, and how many HTTP requests it has made."""

    def __init__(self, kind, base, key, retries=2):
        module = {"openai": openai, "anthropic": anthropic}[kind]
        self.sent = 0
        http = module.DefaultHttpxClient(event_hooks={"request": [self.count]})
        make = {"openai": openai.OpenAI, "anthropic": anthropic.Anthropic}[kind]
        self.client = make(base_url=base, api_key=key, max_retries=retries, http_client=http)

    def count(self, _request):
        self.sent += 1


def openai_client(g, team="usual", **more):
    return Counted("openai", g.url("openai/v1"), more.pop("key", None) or g.key(team), **more)


def anthropic_client(g, team="usual", **more):
    return Counted("anthropic", g.url("anthropic"), more.pop("key", None) or g.key(team), **more)


def user(text):
    return [{"role": "user", "content": text}]


def chat(counted, text="hello", **more):
    return counted.client.chat.completions.create(**{"model": "gpt-4o-mini", "messages": user(text), **more})


def message(counted, text="hello", **more):
    given = {"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": user(text), **more}
    return counted.client.messages.create(**given)


def node(g, calls, key=None, direct=None, retries=2):
    """The Node SDKs' answers, one for each call."""
    folder = os.path.join(CACHE, "node")
    if not shutil.which("node"):
        raise Skip("node is not installed")
    if not os.path.isdir(os.path.join(folder, "node_modules", "openai")):
        raise AssertionError("the Node SDKs are not installed: tests/run does that")
    script = shutil.copy(os.path.join(os.path.dirname(__file__), "sdk_calls.mjs"), folder)
    bases = {"openai": g.url("openai/v1"), "anthropic": g.url("anthropic")}
    if direct:
        bases = {"openai": f"{direct.url}/v1", "anthropic": direct.url}
    asked = {**bases, "key": key or g.key(), "calls": calls, "retries": retries}
    done = subprocess.run(["node", script, json.dumps(asked)], capture_output=True, text=True, timeout=120)
    equal(done.returncode, 0, f"exit code of node ({done.stderr[-800:]})")
    return [json.loads(line) for line in done.stdout.splitlines()]


def node_one(g, *call, **more):
    return node(g, [list(call)], **more)[0]


# -- the operations ---------------------------------------------------------


@claim
def python_openai_gets_the_same_objects_as_from_the_provider(g):
    """Chat, tools, embeddings in both encodings, models."""
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    calls = [
        lambda c: c.chat.completions.create(model="gpt-4o-mini", messages=user("hello")),
        lambda c: c.chat.completions.create(
            model="gpt-4o-mini", messages=user("h\u00e9llo \U0001f600"), tools=[tool]
        ),
        lambda c: c.chat.completions.create(
            model="gpt-4o-mini", messages=user([{"type": "text", "text": "part"}])
        ),
        lambda c: c.embeddings.create(model="text-embedding-3-small", input=["a", "b"]),
        lambda c: c.embeddings.create(model="text-embedding-3-small", input="a", encoding_format="float"),
        lambda c: c.models.list(),
        lambda c: c.models.retrieve("gpt-4o-mini"),
    ]
    through = openai_client(g).client
    direct = Counted("openai", f"{g.upstream.url}/v1", "direct").client
    for at, call in enumerate(calls):
        equal(call(through).model_dump(), call(direct).model_dump(), f"call {at}")


@claim
def python_anthropic_gets_the_same_objects_as_from_the_provider(g):
    """Messages, tools, count_tokens, models."""
    tool = {"name": "f", "input_schema": {"type": "object", "properties": {}}}
    given = {"model": "claude-sonnet-4-5", "max_tokens": 64}
    calls = [
        lambda c: c.messages.create(**given, messages=user("hello")),
        lambda c: c.messages.create(**given, messages=user("h\u00e9llo"), tools=[tool]),
        lambda c: c.messages.create(
            **given, messages=user([{"type": "text", "text": "part"}]), system="be kind"
        ),
        lambda c: c.messages.count_tokens(model="claude-sonnet-4-5", messages=user("hello")),
        lambda c: c.models.list(),
        lambda c: c.models.retrieve("claude-sonnet-4-5"),
    ]
    through = anthropic_client(g).client
    direct = Counted("anthropic", g.upstream.url, "direct").client
    for at, call in enumerate(calls):
        equal(call(through).model_dump(), call(direct).model_dump(), f"call {at}")


@claim
def node_sdks_get_the_same_objects_as_from_the_provider(g):
    """The same operations."""
    calls = [
        ["chat", "hello"],
        ["embeddings", ["a", "b"]],
        ["embeddings", "a", {"encoding_format": "float"}],
        ["models"],
        ["model", "gpt-4o-mini"],
        ["messages", "hello"],
        ["count_tokens", "hello"],
        ["anthropic_models"],
    ]
    equal(node(g, calls), node(g, calls, direct=g.upstream), "answers")


@claim
def the_older_login_of_anthropic_works_too(g):
    """`x-api-key`, as generations before the present one send it, and `Authorization` alone."""
    for given in ({"api_key": None, "auth_token": g.key()}, {"api_key": g.key()}):
        client = anthropic.Anthropic(base_url=g.url("anthropic"), max_retries=0, **given)
        equal(
            client.messages.create(model="m", max_tokens=9, messages=user("hello")).content[0].text,
            "You said: hello",
        )


@claim
def headers_of_the_provider_arrive(g):
    """The request id SDKs show is the provider's; ours stands beside it."""
    shown = openai_client(g).client.chat.completions.with_raw_response.create(
        model="gpt-4o-mini", messages=user("x")
    )
    equal(shown.headers.get("x-request-id"), "req_upstream", "x-request-id")
    assert shown.headers.get("x-portcullis-request-id"), shown.headers
    shown = anthropic_client(g).client.messages.with_raw_response.create(
        model="m", max_tokens=9, messages=user("x")
    )
    equal(shown.headers.get("request-id"), "req_upstream", "request-id")


# -- the card number --------------------------------------------------------


def own_and_foreign(request):
    """Repeats the prompt and adds a card number of somebody else."""
    text = f"You said: {provider_side.said(request)} Refunds go to {FOREIGN}."
    chat_asked = "chat" in request.target
    return provider_side.Reply(
        body=provider_side.completion(text) if chat_asked else provider_side.claude(text)
    )


CARD_SAID = f"You said: My card is {CARD}. Refunds go to [CREDIT_CARD]."


@claim
def a_card_number_is_the_callers_alone(g):
    """Own number: hidden from the provider, back at the caller. Foreign number: masked. Four SDKs."""
    text = f"My card is {CARD}."
    with g.upstream.answering(own_and_foreign) as seen:
        equal(chat(openai_client(g), text).choices[0].message.content, CARD_SAID, "openai, Python")
        equal(message(anthropic_client(g), text).content[0].text, CARD_SAID, "anthropic, Python")
        answers = node(g, [["chat", text], ["messages", text]])
    equal(answers[0]["value"]["choices"][0]["message"]["content"], CARD_SAID, "openai, Node")
    equal(answers[1]["value"]["content"][0]["text"], CARD_SAID, "anthropic, Node")
    equal(seen.count, 4, "requests at the provider")
    for request in seen.requests:
        assert b"4111" not in request.raw and b"[CREDIT_CARD_" in request.body, request.body


@claim
def a_conversation_sees_the_same_placeholder_every_turn(g):
    """Stable per value, so that a provider's prompt cache keeps working."""
    client = openai_client(g).client
    turns = user(f"My card is {CARD}.")
    with g.upstream.answering(provider_side.usual) as seen:
        for _ in range(3):
            said = client.chat.completions.create(model="gpt-4o-mini", messages=turns).choices[0].message
            turns = [*turns, {"role": "assistant", "content": said.content}, *user("go on")]
    first = [json.loads(request.body)["messages"][0] for request in seen.requests]
    equal(first, [first[0]] * 3, "the first turn, three times")


# -- refusals ---------------------------------------------------------------

BIG = "x" * (10 << 20)
OPENAI_DENIALS = [
    ("invalid_credential", openai.AuthenticationError, {"key": "pc_wrong"}, {}),
    ("model_not_granted", openai.PermissionDeniedError, {"team": "narrow"}, {"model": "gpt-4o"}),
    ("capability_not_granted", openai.PermissionDeniedError, {}, {"logprobs": True}),
    ("tool_type_unknown", openai.PermissionDeniedError, {}, {"tools": [{"type": "made_up"}]}),
    ("content_blocked", openai.PermissionDeniedError, {"team": "strict"}, {"messages": user(values.token())}),
    ("invalid_field", openai.BadRequestError, {}, {"extra_body": {"max_tokens": "x"}}),
    ("field_refused", openai.BadRequestError, {}, {"extra_body": {"api_base": "x"}}),
    ("ambiguous_key", openai.BadRequestError, {}, {"extra_body": {"Model": "x"}}),
    ("credential_in_query", openai.BadRequestError, {}, {"extra_query": {"key": "x"}}),
    ("request_too_large", openai.APIStatusError, {}, {"messages": user(BIG)}),
    ("content_encoding_refused", openai.APIStatusError, {}, {"extra_headers": {"content-encoding": "gzip"}}),
    ("unsupported_media_type", openai.APIStatusError, {}, {"extra_headers": {"content-type": "text/plain"}}),
]
ANTHROPIC_DENIALS = [
    ("invalid_credential", anthropic.AuthenticationError, {"key": "pc_wrong"}, {}),
    ("model_not_granted", anthropic.PermissionDeniedError, {"team": "narrow"}, {"model": "claude-x"}),
    (
        "capability_not_granted",
        anthropic.PermissionDeniedError,
        {},
        {"extra_body": {"mcp_servers": [{"type": "url", "url": "https://x.example", "name": "x"}]}},
    ),
    ("tool_type_unknown", anthropic.PermissionDeniedError, {}, {"tools": [{"type": "made_up", "name": "x"}]}),
    (
        "beta_not_granted",
        anthropic.PermissionDeniedError,
        {},
        {"extra_headers": {"anthropic-beta": "made-up-2031-01-01"}},
    ),
    (
        "content_blocked",
        anthropic.PermissionDeniedError,
        {"team": "strict"},
        {"messages": user(values.token())},
    ),
    ("invalid_field", anthropic.BadRequestError, {}, {"extra_body": {"max_tokens": "x"}}),
    ("request_too_large", anthropic.APIStatusError, {}, {"messages": user(BIG)}),
    (
        "unsupported_media_type",
        anthropic.APIStatusError,
        {},
        {"extra_headers": {"content-type": "text/plain"}},
    ),
]


@claim
def a_refusal_is_the_sdks_own_error_and_is_not_tried_again(g):
    """RTL-05: the class, the code, exactly one request, none at the provider."""
    for denials, client, ask in (
        (OPENAI_DENIALS, openai_client, chat),
        (ANTHROPIC_DENIALS, anthropic_client, message),
    ):
        for code, kind, who, what in denials:
            counted = client(g, **who)
            seen = g.upstream.watching()
            error = raises(kind, lambda: ask(counted, **what))
            equal(code_of(error), code, f"code of {error}")
            equal((counted.sent, seen.count), (1, 0), f"requests at gateway and provider for {code}")


def code_of(error):
    body = error.body if isinstance(error.body, dict) else {}
    return body.get("code") or body.get("error", {}).get("code")


@claim
def an_unknown_operation_is_not_found(g):
    """AUZ-01 and RTL-05 through the SDKs' own methods."""
    for call in (
        lambda c: c.files.list(),
        lambda c: c.batches.list(),
        lambda c: c.moderations.create(input="x"),
        lambda c: c.images.generate(prompt="x"),
        lambda c: c.audio.speech.create(model="m", voice="alloy", input="x"),
    ):
        counted = openai_client(g)
        seen = g.upstream.watching()
        error = raises(openai.NotFoundError, lambda: call(counted.client))
        equal((code_of(error), counted.sent, seen.count), ("unknown_endpoint", 1, 0), "code, requests")
    counted = anthropic_client(g)
    error = raises(anthropic.NotFoundError, lambda: counted.client.messages.batches.list())
    equal((code_of(error), counted.sent), ("unknown_endpoint", 1), "code, requests")


@claim
def node_sdks_raise_their_own_errors_once(g):
    """RTL-05."""
    answers = node(
        g,
        [
            ["chat", "x", {"logprobs": True}],
            ["messages", "x", {"tools": [{"type": "made_up", "name": "x"}]}],
            ["chat", "x", {"api_base": "x"}],
            ["chat", BIG[: 10 << 10], {"n": 2}],
        ],
    )
    shown = [(one["error"]["class"], one["error"]["code"], one["sent"]) for one in answers]
    wanted = [
        ("PermissionDeniedError", "capability_not_granted", 1),
        ("PermissionDeniedError", "tool_type_unknown", 1),
        ("BadRequestError", "field_refused", 1),
        ("PermissionDeniedError", "capability_not_granted", 1),
    ]
    equal(shown, wanted, "class, code, requests")
    wrong = node(g, [["chat", "x"], ["messages", "x"]], key="pc_wrong")
    equal(
        [(one["error"]["class"], one["sent"]) for one in wrong],
        [("AuthenticationError", 1)] * 2,
        "a wrong key",
    )


@claim
def what_a_retry_cannot_help_is_not_tried_again(g):
    """RTL-05: faults behind the gateway that would come again."""
    Reply = provider_side.Reply
    for reply, code in (
        (Reply(302, headers=(("location", "/x"),)), "upstream_redirect"),
        (Reply(body=b"nonsense"), "upstream_malformed"),
    ):
        for client, ask, kind in (
            (openai_client, chat, openai.InternalServerError),
            (anthropic_client, message, anthropic.InternalServerError),
        ):
            counted = client(g)
            with g.upstream.answering(reply) as seen:
                error = raises(kind, lambda: ask(counted))
            equal((code_of(error), counted.sent, seen.count), (code, 1, 1), "code, requests")


@claim
def what_a_retry_can_help_is_tried_again_by_the_sdk_alone(g):
    """RTL-05: the gateway does not multiply the SDK's attempts."""
    broken = provider_side.Reply(body=b"{}", cut=1)
    overloaded = provider_side.Reply(
        529, {"type": "error", "error": {"type": "overloaded_error", "message": "x"}}, (("retry-after", "0"),)
    )
    for reply in (broken, overloaded):
        for client, ask, module in ((openai_client, chat, openai), (anthropic_client, message, anthropic)):
            counted = client(g, retries=1)
            with g.upstream.answering(reply) as seen:
                raises(module.APIStatusError, lambda: ask(counted))
            equal((counted.sent, seen.count), (2, 2), "requests at gateway and provider")


@claim
def a_rate_limit_is_waited_for(g):
    """RTL-01 in part: 429 with `retry-after`, which the SDK obeys and then succeeds."""
    slow = grant("slow", limits={"per": "caller", "requests_per_minute": 60, "concurrent": 5})
    with gateway(provider_side.Upstream(), grants=[grant("usual"), slow]) as other:
        client = openai_client(other, "slow", retries=0)
        answers = []

        def until_limited():
            for _ in range(200):
                answers.append(chat(client))

        error = raises(openai.RateLimitError, until_limited)
        equal(code_of(error), "rate_limited", "code")
        wait = int(error.response.headers["retry-after"])
        assert 1 <= wait <= 60, wait
        assert len(answers) >= 1, "not one call passed"
        patient = openai_client(other, "slow", retries=3)
        equal(chat(patient).choices[0].message.content, "You said: hello", "after waiting")


# -- streams ----------------------------------------------------------------


@claim
def python_helpers_build_the_same_final_object(g):
    """Helpers and accumulators build the same final object with and without the gateway."""
    sources = [
        (openai_client(g).client, anthropic_client(g).client),
        (
            Counted("openai", f"{g.upstream.url}/v1", "x").client,
            Counted("anthropic", g.upstream.url, "x").client,
        ),
    ]
    for text in ("hello", f"My card is {CARD}."):
        built = []
        for of_openai, of_anthropic in sources:
            asked = {"model": "gpt-4o-mini", "messages": user(text)}
            with of_openai.chat.completions.stream(**asked) as events:
                final = list(events) and events.get_final_completion()
            raw_text = "".join(
                chunk.choices[0].delta.content or ""
                for chunk in of_openai.chat.completions.create(**asked, stream=True)
                if chunk.choices
            )
            given = {"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": user(text)}
            with of_anthropic.messages.stream(**given) as events:
                texts = "".join(events.text_stream)
                message_ = events.get_final_message()
            built.append((final.model_dump(), raw_text, texts, message_.model_dump()))
        equal(built[0], built[1], f"final objects for {text!r}")


@claim
def node_helpers_build_the_same_final_object(g):
    """The same in Node."""
    calls = [
        [name, text]
        for text in ("hello", f"My card is {CARD}.")
        for name in ("chat_stream", "chat_stream_helper", "messages_stream_helper")
    ]
    pairs = zip(node(g, calls), node(g, calls, direct=g.upstream), strict=True)
    for call, (through, direct) in zip(calls, pairs, strict=True):
        if call[0] == "chat_stream":
            through, direct = (text_of_chunks(one["value"]) for one in (through, direct))
        equal(through, direct, f"{call}")


def text_of_chunks(chunks):
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])


@claim
def a_stream_hides_a_card_from_the_provider(g):
    """Split over events on the way back, the caller's number is whole again."""
    with g.upstream.answering(provider_side.usual) as seen:
        with openai_client(g).client.chat.completions.stream(
            model="gpt-4o-mini", messages=user(CARD)
        ) as events:
            final = list(events) and events.get_final_completion()
    assert b"4111" not in seen.only.raw
    equal(final.choices[0].message.content, f"You said: {CARD}", "restored")


@claim
def a_broken_stream_raises(g):
    """Cut in the middle: every SDK raises, none returns half an answer as whole."""

    def cut(request):
        reply = provider_side.usual(request)
        reply.pieces, reply.end = reply.pieces[:4], False
        return reply

    with g.upstream.answering(cut):
        raises(Exception, lambda: list(chat(openai_client(g), stream=True)))
        with anthropic_client(g).client.messages.stream(
            model="m", max_tokens=9, messages=user("x")
        ) as events:
            raises(Exception, events.get_final_message)
        broken = node(g, [["chat_stream_helper", "x"], ["messages_stream_helper", "x"]])
    assert all("error" in one for one in broken), broken


if __name__ == "__main__":
    with gateway(provider_side.Upstream()) as running:
        suite.main(running)
