"""Recorded traffic of real applications, through the gateway, byte by byte.

`replay.py` of the shared folder serves the recorded answers and drives the
recorded requests; it judges identity both ways. With the profile `report`
nothing may change. With the default profile this file judges: what differs is
placeholders and masks, and as many as the record of the exchange counts.

`replay.json` says how many exchanges of each provider there are and how each
ends; a run with none, or with fewer, fails.
"""

import base64
import gzip
import json
import os
import re
import subprocess
import sys
import urllib.parse
from collections import Counter

import programs
import raw
from harness import COMPLETE, EVERYTHING, Gateway, attribute, grant, provider
from suite import Suite, equal, shared

suite = Suite("replay_tests")
claim = suite.claim

OPERATIONS = r"(chat/completions|completions|embeddings|responses)"
COMPATIBLE = ("openai-compatible", rf"POST (/openai|/api)?/v1/{OPERATIONS}")
# recorded provider -> kind, and what of it is served
SERVED = {
    "openai": ("openai", rf"POST /v1/{OPERATIONS}|GET /v1/models(/[^/]+)?"),
    "anthropic": ("anthropic", r"POST /v1/messages(/count_tokens)?|GET /v1/models(/[^/]+)?"),
    **dict.fromkeys(("cerebras", "deepseek", "groq", "ollama", "openrouter", "together", "xai"), COMPATIBLE),
}
EXPECTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "replay.json")
# Fields of recorded requests that no socket needs, or that carry a scrubbed credential.
OWN = {
    "host",
    "content-length",
    "accept-encoding",
    "expect",
    "connection",
    "transfer-encoding",
    "content-md5",
}
LOGINS = {"authorization", "x-api-key", "api-key", "x-goog-api-key"}


def in_scope(exchange):
    """Whether the operation is served."""
    if exchange["fidelity"] == "response-only" or exchange["response"]["status"] < 200:
        return False
    if exchange["provider"] not in SERVED:
        return False
    asked = exchange["request"]
    path = asked["path"].split("?")[0]
    return re.fullmatch(SERVED[exchange["provider"]][1], f"{asked['method']} {path}") is not None


def chosen(path, also=lambda one: True):
    """Writes the exchanges in scope to a file of their own and gives them."""
    with open(shared("traffic", "dev.jsonl"), encoding="utf8") as file:
        found = [one for one in map(json.loads, file) if in_scope(one) and also(one)]
    for one in found:
        complete(one)
    with open(path, "w", encoding="utf8") as out:
        out.writelines(json.dumps(one) + "\n" for one in found)
    return found


def complete(exchange):
    """Some recorders keep no header fields; bodies in scope are JSON, or events where they were streamed."""
    for message, kind in (("request", JSON), ("response", EVENTS if exchange["stream"] else JSON)):
        if exchange[message]["body"] and "content-type" not in exchange[message]["headers"]:
            exchange[message]["headers"]["content-type"] = kind


JSON, EVENTS = "application/json", "text/event-stream"


def before(port, profile):
    """A gateway in front of a replay server."""
    providers = {name: provider(kind, f"http://127.0.0.1:{port}") for name, (kind, _) in SERVED.items()}
    wide = grant("usual", [f"{name}/*" for name in SERVED], allow=EVERYTHING, redaction=profile)
    return Gateway(None, providers=providers, grants=[wide])


def expected(profile):
    with open(EXPECTED, encoding="utf8") as file:
        return json.load(file)[profile]


def counted(results):
    """Results by provider: how many ended how."""
    table = {}
    for name, result in results:
        table.setdefault(name, Counter())[result] += 1
    return {name: dict(sorted(table[name].items())) for name in sorted(table)}


@claim
def recorded_traffic_is_identical_when_redaction_only_reports():
    """Judged by `replay.py drive`: status, content type and bytes of the answer; method, path and bytes
    of the request. Compressed answers come back decoded, which `replay.py` cannot compare; they are judged below."""
    program = shared("traffic", "replay.py")
    with programs.folder() as folder:
        data, diff, routes = (os.path.join(folder, name) for name in ("data", "diff", "routes"))
        exchanges = chosen(data, lambda one: "content-encoding" not in one["response"]["headers"])
        with open(routes, "w", encoding="utf8") as out:
            json.dump({name: f"/{name}" for name in SERVED}, out)
        with programs.serving(program, "serve", "--data", data) as port, before(port, "report") as gateway:
            words = ["--data", data, "--routes", routes, "--key", gateway.key(), "--out", diff]
            words += ["--replay", f"http://127.0.0.1:{port}", "--gateway", f"http://127.0.0.1:{gateway.port}"]
            done = subprocess.run(
                [sys.executable, program, "drive", *words], capture_output=True, text=True, timeout=900
            )
        assert "TOTAL" in done.stdout, done.stderr[-2000:]
        with open(diff, encoding="utf8") as file:
            different = {one["id"]: one for one in map(json.loads, file)}
    results = [(one["provider"], ending(different.get(one["id"]))) for one in exchanges]
    show = json.dumps(list(different.values())[:5], indent=1)[:3000]
    equal(counted(results), expected("replay.py, report"), f"exchanges ({show})")


def ending(difference):
    """`identical`, our refusal's code, or what `replay.py` saw."""
    if difference is None:
        return "identical"
    if "request" not in difference["result"]:
        return difference["result"]  # it did reach the provider
    try:
        return "refused: " + json.loads(difference["got"])["error"]["code"]
    except (KeyError, TypeError, ValueError):
        return difference["result"]


@claim
def compressed_answers_come_back_decoded_and_otherwise_identical():
    """All exchanges again, `report`: the same judgement, with recorded compression undone."""
    equal(judged("report"), expected("report"), "exchanges")


@claim
def recorded_traffic_differs_by_recorded_spans_only():
    """With the default profile, placeholders on the way out and masks on the way back, each counted in the record."""
    equal(judged("default"), expected("default"), "exchanges")


def judged(profile):
    """Every exchange in scope, driven through a gateway and compared; fails on any other difference."""
    with programs.folder() as folder:
        data = os.path.join(folder, "data")
        exchanges = chosen(data)
        program = shared("traffic", "replay.py")
        with programs.serving(program, "serve", "--data", data) as port, before(port, profile) as gateway:
            answers = [drive(exchange, port, gateway) for exchange in exchanges]
            records = {
                attribute(one, "portcullis.request.id"): one for one in gateway.records(event=COMPLETE)
            }
    results, wrong = [], []
    for exchange, (answer, arrived) in zip(exchanges, answers, strict=True):
        record = records[answer.get("x-portcullis-request-id")]
        result = judge(exchange, answer, arrived, record, profile)
        results.append((exchange["provider"], result))
        if not result.startswith(("identical", "refused", "spans")):
            wrong.append((exchange["id"], result))
    equal(wrong, [], "exchanges that differ elsewhere")
    return counted(results)


def drive(exchange, port, gateway):
    """One exchange: the answer at the caller, and the body that reached the provider."""
    asked = exchange["request"]
    raw.call(port, "POST", f"/__replay/arm?id={exchange['id']}")
    headers = [
        (name, value)
        for name, value in asked["headers"].items()
        if name.lower() not in OWN | LOGINS and value != "<redacted>" and "\n" not in value
    ]
    headers.append(("authorization", f"Bearer {gateway.key()}"))
    path = "/" + exchange["provider"] + asked["path"].replace(" ", "%20")
    answer = raw.call(gateway.port, asked["method"], path, headers, body_of(asked))
    last = raw.call(port, "GET", "/__replay/last").json()
    arrived = (
        base64.b64decode(last.get("body_b64", ""))
        if urllib.parse.urlsplit(path).path.endswith(urllib.parse.urlsplit(last.get("target", "-")).path)
        else None
    )
    return answer, arrived


def body_of(message):
    if message["enc"] == "base64":
        body = base64.b64decode(message["body"])
    else:
        body = message["body"].encode("utf8", "surrogatepass")
    return gzip.decompress(body) if message["headers"].get("content-encoding") == "gzip" else body


def judge(exchange, answer, arrived, record, profile):
    """How an exchange ended; a word that is none of the good ones names the difference."""
    if attribute(record, "portcullis.decision") in ("deny", "rate_limit"):
        return "refused: " + attribute(record, "portcullis.decision.reason")
    counts = {
        way: sum(
            value
            for name, value in record["attributes"].items()
            if name.startswith(f"portcullis.redaction.{way}.")
        )
        for way in ("request", "response")
    }
    if answer.status != exchange["response"]["status"]:
        return f"status {answer.status}, recorded {exchange['response']['status']}"
    sent, came = body_of(exchange["request"]), body_of(exchange["response"])
    out = spans(sent, arrived or b"", TAGGED)
    back = spans(came, answer.body, MASK)
    if back is None and exchange["stream"] and profile != "report":
        back = streamed_spans(came, answer.body)
    if out is None or back is None:
        return "request differs outside spans" if out is None else "answer differs outside spans"
    if out > counts["request"] or back > counts["response"]:
        return f"{out} and {back} spans, the record counts {counts}"
    return "spans" if out or back else "identical"


def streamed_spans(original, changed):
    """As `spans`, for events: text held back may come in a later event, and comments may overtake it, so
    what each channel says as a whole is compared. With a profile that only reports nothing is held, and
    the bytes themselves are identical."""
    before_, after = channels(original), channels(changed)
    found = [spans(text, after.get(name, b""), MASK) for name, text in before_.items()]
    return None if set(before_) != set(after) or None in found else sum(found)


def channels(body):
    """The text of each channel: everything below a `delta`, by choice, block or item."""
    said = {}

    def walk(value, path, inside):
        if isinstance(value, dict):
            for name, child in value.items():
                walk(child, (*path, name), inside or name == "delta")
        elif isinstance(value, list):
            for at, child in enumerate(value):
                walk(child, (*path, child.get("index", at) if isinstance(child, dict) else at), inside)
        elif isinstance(value, str) and value and inside and path[-1] not in NAMES:
            said[path] = said.get(path, b"") + value.encode()

    for line in body.replace(b"\r", b"").split(b"\n"):
        if line.startswith(b"data: {"):
            event = json.loads(line[6:])
            walk(event, (event.get("type"), event.get("index"), event.get("item_id")), False)
    return said


# Leaves of a delta that are words said again in each event, not text said in pieces.
NAMES = {"role", "type", "format", "id", "object", "name", "signature", "obfuscation"}
TAGGED = rb'"?\[[A-Z][A-Z0-9_]*_[0-9A-HJKMNP-TV-Z]{8,13}\]"?'
MASK = rb'"?\[[A-Z][A-Z0-9_]*\]"?'


def spans(original, changed, mark):
    """How many marks stand where the original has something else; None if more differs."""
    if original == changed:
        return 0
    pieces = re.split(b"(" + mark + b")", changed)
    pattern = b"".join(
        b"(?:" + re.escape(piece) + b"|(?P<m%d>.{1,4096}?))" % at if at % 2 else re.escape(piece)
        for at, piece in enumerate(pieces)
    )
    found = re.fullmatch(pattern, original, re.DOTALL)
    return None if found is None else sum(value is not None for value in found.groupdict().values())


@claim
def the_judge_of_spans_sees_other_differences():
    """The comparison above, shown to fail: without this it could pass everything."""
    mark = b"[EMAIL_ADDRESS_01234567]"
    equal(spans(b"a x@y.example b", b"a " + mark + b" b", TAGGED), 1, "one span")
    equal(spans(b"a", b"a", TAGGED), 0, "nothing")
    equal(spans(b"a  x b", b"a " + mark + b" c", TAGGED), None, "another byte")
    equal(spans(b"a", b"a ", TAGGED), None, "one more byte")
    equal(spans(mark + b" x", mark + b" " + mark, TAGGED), 1, "a mark that was there before")


if __name__ == "__main__":
    suite.main()
