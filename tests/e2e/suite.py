"""Collects claims, runs them in the order written, and counts.

A claim is a function whose name says what must hold; it fails by raising and
is skipped, with the reason, by raising `Skip`. A run ends with one line,
`N passed, N failed, N skipped`, and exit code 0 only if nothing failed and
something passed. Left out on purpose: fixtures, parameters, parallel runs.
"""

import os
import re
import sys
import time
import traceback


class Skip(Exception):
    """What stands in the way of the claim, in a few words."""


class Suite:
    """The claims of one file."""

    def __init__(self, name):
        self.name = name
        self.claims = []

    def claim(self, function):
        """Adds a function; the decorator of every test."""
        self.claims.append((function.__name__, function))
        return function

    def add(self, name, function):
        """Adds a claim made at run time, one of a family."""
        self.claims.append((name, function))

    def main(self, *given):
        """Runs the claims whose names match the first argument and exits.

        Each claim is called with `given`, usually one gateway shared by all.
        """
        wanted = re.compile(sys.argv[1] if len(sys.argv) > 1 else ".")
        chosen = [one for one in self.claims if wanted.search(one[0])]
        counts = {"passed": 0, "failed": 0, "skipped": 0}
        for name, function in chosen:
            began = time.monotonic()
            word, why = verdict(function, given)
            counts[word] += 1
            took = int((time.monotonic() - began) * 1000)
            print(f"{word:8}{self.name}::{name} ({took} ms)", flush=True)
            if why:
                print("    " + why.rstrip().replace("\n", "\n    "), flush=True)
        print(closing_line(counts), flush=True)
        sys.exit(0 if counts["failed"] == 0 and counts["passed"] > 0 else 1)


def verdict(function, given):
    """`passed`, `failed` or `skipped`, and why where there is something to say."""
    try:
        function(*given)
        return "passed", None
    except Skip as why:
        return "skipped", str(why)
    except Exception:
        return "failed", traceback.format_exc(limit=-4)


def closing_line(counts):
    """The one line every runner of this repository ends with."""
    return f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"


def shared(*parts):
    """A file of the folder with recordings and client programs.

    It stands beside the repository, or where `PORTCULLIS_SHARED` says. Where
    it is missing the claim is skipped, unless `CI` is `true`.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.environ.get("PORTCULLIS_SHARED") or os.path.join(here, "..", "..", "..", "shared")
    path = os.path.abspath(os.path.join(root, *parts))
    if not os.path.exists(path):
        if os.environ.get("CI") == "true":
            raise AssertionError(f"{'/'.join(parts)} is missing: set PORTCULLIS_SHARED")
        raise Skip(f"{'/'.join(parts)} is not there: set PORTCULLIS_SHARED")
    return path


def equal(got, wanted, what="value"):
    """Fails with both sides shown."""
    assert got == wanted, f"{what}: got {got!r:.600}, wanted {wanted!r:.600}"


def raises(kind, call):
    """The error of that class that `call` raises."""
    try:
        result = call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind}, but {result!r:.300}")
