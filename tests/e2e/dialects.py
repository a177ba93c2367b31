"""The two dialects as a test needs them: where to ask, what to ask, how a no looks."""

import dataclasses
import re

from harness import attribute
from suite import equal

CARD = "4111 1111 1111 1111"
PLACEHOLDER = re.compile(rb"\[[A-Z][A-Z0-9_]*_[0-9A-HJKMNP-TV-Z]{8,13}\]")


def bearer(key):
    """The field the OpenAI SDKs and today's Anthropic SDKs show a key in."""
    return ("authorization", f"Bearer {key}")


@dataclasses.dataclass(eq=False)
class Dialect:
    """One provider's way of asking for an answer to a prompt."""

    name: str
    path: str
    model: str
    headers: tuple
    more: dict
    error_types: dict  # status -> the provider's own word

    def body(self, text="hello", **more):
        user = {"role": "user", "content": text}
        return {"model": self.model, **self.more, "messages": [user], **more}

    def ask(self, gateway, body=None, *, headers=(), **how):
        """Asks with a good key unless told otherwise."""
        body = self.body() if body is None else body
        return gateway.call("POST", self.path, body, headers=[*self.headers, *headers], **how)

    def said(self, answer):
        """The text of an answer."""
        body = answer.json()
        if self.name == "openai":
            return body["choices"][0]["message"]["content"]
        return "".join(block.get("text", "") for block in body["content"])

    def assert_shape(self, answer):
        """The error body is the provider's own, with our code and request id."""
        equal(answer.get("content-type"), "application/json", "content type")
        body, request = answer.json(), answer.get("x-portcullis-request-id")
        error = body["error"]
        assert isinstance(error["message"], str) and error["message"], body
        assert isinstance(error["type"], str), body
        if self.name == "openai":
            assert {"message", "type", "param", "code"} <= set(error), body
        else:
            equal(body["type"], "error", "type of an anthropic error body")
            equal(error["type"], self.error_types.get(answer.status, error["type"]), "error type")
        named = body.get("request_id") or error.get("request_id")
        equal(named, request, "request id in the body")


OPENAI = Dialect("openai", "/openai/v1/chat/completions", "gpt-4o-mini", (), {}, {})
ANTHROPIC = Dialect(
    "anthropic",
    "/anthropic/v1/messages",
    "claude-sonnet-4-5",
    (("anthropic-version", "2023-06-01"),),
    {"max_tokens": 64},
    {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        413: "request_too_large",
        429: "rate_limit_error",
    },
)
BOTH = (OPENAI, ANTHROPIC)

# Refusals an SDK may try again (DESIGN decision 12); all others say that it must not.
MAY_RETRY = {
    "rate_limited",
    "concurrency_limited",
    "too_many_failures",
    "upstream_unreachable",
    "upstream_name",
    "upstream_reset",
    "upstream_timeout",
    "overloaded",
    "audit_unavailable",
    "draining",
}


def refused(gateway, dialect, answer, status, code, seen=None):
    """A refusal, whole: status, stable code, the dialect's shape, what an SDK is
    told about trying again, one terminal record with the reason; and, where
    `seen` is given, no contact with the provider. Gives the record."""
    assert answer is not None, f"no answer at all, {status} {code} expected"
    shown = f"{answer.start} {answer.body[:300]!r}"
    equal((answer.status, answer.json()["error"].get("code")), (status, code), f"refusal ({shown})")
    dialect.assert_shape(answer)
    equal(answer.get("x-should-retry"), None if code in MAY_RETRY else "false", "x-should-retry")
    if status == 429:
        assert int(answer.get("retry-after")) >= 1, answer.headers
    if seen is not None:
        equal(seen.count, 0, "requests at the provider")
    record = gateway.terminal(answer)
    equal(attribute(record, "portcullis.decision.reason"), code, "reason in the record")
    equal(attribute(record, "http.response.status_code"), status, "status in the record")
    return record
