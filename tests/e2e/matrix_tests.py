"""The scenarios of the shared SDK matrix, in front of the gateway.

`sdk_matrix.py` runs the real SDKs against a base URL; behind the gateway
stands its mock of the providers. `matrix.json` lists every scenario of
`^(openai|anthropic)/` with `works`, or with what it must show: the code of
a refusal, or what an answer goes without. A scenario that is not listed, or is missing, fails.
"""

import json
import os
import re
import shutil
import subprocess
import sys

import programs
from harness import EVERYTHING, Gateway, attribute, grant, provider
from suite import Suite, equal, shared

suite = Suite("matrix_tests")
LISTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "matrix.json")
ONLY = "^(openai|anthropic)/"


def gateway_before(port):
    """A gateway whose providers are the mock's, each below its own path."""
    providers = {
        name: provider(name, f"http://127.0.0.1:{port}/p/{name}") for name in ("openai", "anthropic")
    }
    return Gateway(None, providers=providers, grants=[grant("usual", allow=EVERYTHING)])


def run_matrix(gateway, count, folder):
    """The rows of `sdk_matrix.py`, and what it printed."""
    node = os.path.join(programs.CACHE, "node")
    shutil.copy(shared("traffic", "node", "sdk_node.mjs"), node)
    routes, out = os.path.join(folder, "routes.json"), os.path.join(folder, "out.json")
    with open(routes, "w", encoding="utf8") as file:
        json.dump({name: gateway.url(name) for name in ("openai", "anthropic")}, file)
    done = subprocess.run(
        [
            sys.executable,
            shared("traffic", "sdk_matrix.py"),
            "--base",
            gateway.url("nothing"),
            "--routes",
            routes,
            "--key",
            gateway.key(),
            "--only",
            ONLY,
            "--envs",
            f"main={os.path.abspath(sys.executable)}",
            "--node-dir",
            node,
            "--out",
            out,
            "--expect",
            str(count),
            "--jobs",
            "1",
        ],
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode in (0, 1), (
        f"sdk_matrix.py ended with {done.returncode}: {done.stdout[-1500:]}{done.stderr[-500:]}"
    )
    with open(out, encoding="utf8") as file:
        return json.load(file), done.stdout


def name_of(row):
    return f"{row['lang']} {row['sdk']}/{row['scenario']}"


# What a refusal says. SDKs show its status and sentence, few show its code.
SAYS = {
    # Probabilities repeat the text token by token, so a stream that is redacted goes without them.
    "no_logprobs": r"^AssertionError: got '' want",
    "stream_not_available": r"\b400\b.*(does not stream|invalid_request_error)",
    "unknown_endpoint": r"\b404\b.*does not know the path",
    "invalid_field": r"\b400\b.*takes no query parameters",
    "malformed_request": r"\b400\b",
}


def ended(row, wanted):
    """`wanted` if the row shows it, otherwise what it shows."""
    if wanted == "works":
        return "works" if row["ok"] else row["detail"][:200]
    return wanted if re.search(SAYS[wanted], row["detail"], re.S) else row["detail"][:200]


@suite.claim
def every_scenario_of_the_matrix_ends_as_listed():
    """In scope: as in front of the provider itself. Out of scope: refused with the code that is listed."""
    with open(LISTED, encoding="utf8") as file:
        listed = json.load(file)
    with programs.folder() as folder, programs.serving(shared("traffic", "mock.py")) as port:
        with gateway_before(port) as gateway:
            rows, _ = run_matrix(gateway, len(listed), folder)
            records = gateway.records()
    seen = {name_of(row): row for row in rows}
    equal(sorted(seen), sorted(listed), "scenarios")
    wrong = {
        name: ended(row, listed[name])
        for name, row in seen.items()
        if ended(row, listed[name]) != listed[name]
    }
    equal(wrong, {}, "scenarios that end otherwise")
    refused = {
        attribute(one, "portcullis.decision.reason")
        for one in records
        if attribute(one, "portcullis.decision") == "deny" and one["event_name"].endswith("complete")
    }
    # an upgrade ends before there is a request; the ledger has it as a rejected connection
    equal(refused, set(listed.values()) - {"works", "malformed_request", "no_logprobs"}, "codes in the ledger")


if __name__ == "__main__":
    suite.main()
