"""A gateway under test: the real binary, its own folder, free loopback ports.

Starts `portcullis serve` with a generated configuration, mints keys, reads the
ledger back with `portcullis audit show`, and searches everything the process
wrote. Waits for what it can observe (`/readyz`, a record, a closed process),
never for a guessed time.
"""

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

import raw

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# What the gateway shows to its providers. Made up; unlike any vendor's keys, so
# that no detector can be what keeps it from a caller.
UPSTREAM_KEY = "upstream-credential-of-the-gateway-7f3a"

EVERYTHING = [
    "stream",
    "tools",
    "images",
    "files",
    "audio",
    "opaque_media",
    "remote_urls",
    "server_tools",
    "remote_mcp",
    "stored_state",
    "batches",
    "logprobs",
    "many_choices",
]

RECEIVED = "portcullis.audit.request.received"
DISPATCHED = "portcullis.audit.request.dispatched"
COMPLETE = "portcullis.audit.response.complete"
TERMINAL = {COMPLETE, "portcullis.audit.panic", "portcullis.audit.request.abandoned"}


def binary():
    """The program under test: `PORTCULLIS_BINARY`, or the release build of this clone."""
    target = os.environ.get("CARGO_TARGET_DIR") or os.path.join(ROOT, "target")
    return os.environ.get("PORTCULLIS_BINARY") or os.path.join(target, "release", "portcullis")


def free_port():
    """A port nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(condition, what, seconds=20):
    """Asks until the answer is true; fails with what was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what}")


def ready(probes, process):
    """Whether a gateway says it is ready; fails if it has ended."""
    if process.poll() is not None:
        raise AssertionError(f"the gateway ended with {process.returncode}")
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(f"http://127.0.0.1:{probes}/readyz", timeout=5) as answer:
            return answer.status == 200
    return False


def provider(kind, url, **more):
    """A provider entry for an upstream on loopback."""
    entry = {"kind": kind, "base_url": url, "credential": {"env": "E2E_UPSTREAM_KEY"}}
    return {**entry, "allow_networks": ["127.0.0.0/8"], **more}


def grant(name, models=("openai/*", "anthropic/*"), **more):
    """A grant for the team of the same name, wide enough for a test run."""
    limits = {"per": "caller", "requests_per_minute": 600, "concurrent": 50}
    return {"name": name, "teams": [name], "models": list(models), "limits": limits, **more}


USUAL_GRANTS = [
    grant("usual"),
    grant("narrow", ["openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5"], allow=[]),
    grant("wide", allow=EVERYTHING),
    grant("report", allow=EVERYTHING, redaction="report"),
    grant("strict", redaction="strict"),
    grant("other"),
]


class Gateway:
    """A running gateway. Use as a context manager, or call `stop`."""

    def __init__(self, upstream, *, grants=None, providers=None, environment=None, wrap=(), **settings):
        self.upstream = upstream
        self.folder = tempfile.mkdtemp(prefix="portcullis-e2e-")
        self.state = os.path.join(self.folder, "state")
        self.file = os.path.join(self.folder, "portcullis.yaml")
        self.port, self.probes = free_port(), free_port()
        self.environment = {**os.environ, "E2E_UPSTREAM_KEY": UPSTREAM_KEY, **(environment or {})}
        self.wrap = list(wrap)
        self.keys = {}
        self.process = None
        self.settings = {
            "listen": {
                "data": {"address": f"127.0.0.1:{self.port}"},
                "probes": {"address": f"127.0.0.1:{self.probes}"},
            },
            "state_dir": "./state",
            "providers": providers
            or {
                "openai": provider("openai", upstream.url, default=True),
                "anthropic": provider("anthropic", upstream.url),
            },
            "identity": {"keys": {"file": "./keys.yaml"}},
            "grants": USUAL_GRANTS if grants is None else grants,
            "audit": {"otlp": "none"},
            **settings,
        }
        self.write()
        atexit.register(self.stop)

    def write(self):
        """Writes the configuration; JSON is YAML's flow style."""
        with open(self.file, "w", encoding="utf8") as out:
            json.dump(self.settings, out, indent=2)

    def run(self, *words, check=True):
        """Another command of the binary on this configuration."""
        words = (
            [words[0], words[1], "-c", self.file, *words[2:]]
            if len(words) > 1
            else [words[0], "-c", self.file]
        )
        done = subprocess.run(
            [binary(), *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
        )
        if check and done.returncode != 0:
            raise AssertionError(
                f"{' '.join(words)} ended with {done.returncode}: {done.stderr}{done.stdout}"
            )
        return done

    def mint(self, team, owner=None, *more):
        """A new key. Printed once, alone, on standard output."""
        done = self.run("keys", "mint", "--owner", owner or team, "--team", team, *more)
        return next(word for word in done.stdout.split() if word.startswith("pc_"))

    def key(self, team="usual"):
        """The key of a team, minted on first use and accepted by the running process."""
        if team not in self.keys:
            self.keys[team] = self.mint(team)
            if self.process:
                self.wait_until_known(self.keys[team])
        return self.keys[team]

    def wait_until_known(self, key):
        """Asks with a key until it is known. Not from an address a test counts failures of."""
        source = iter(range(1, 250))
        headers = [("authorization", f"Bearer {key}")]

        def known():
            answer = raw.call(self.port, "GET", "/nothing", headers, source=f"127.9.9.{next(source)}")
            return answer is not None and answer.status != 401

        wait_for(known, "the new key to be known")

    def start(self):
        """Starts it and waits until it says it is ready."""
        for team in ("usual",):
            self.key(team)
        self.log = open(os.path.join(self.folder, "stderr.log"), "ab")
        self.process = subprocess.Popen(
            [*self.wrap, binary(), "serve", "-c", self.file],
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
            cwd=self.folder,
            start_new_session=True,
        )
        wait_for(self.ready, "the gateway to be ready")
        return self

    def ready(self):
        try:
            return ready(self.probes, self.process)
        except AssertionError as ended:
            raise AssertionError(f"{ended}: {self.stderr()[-2000:]}") from None

    def terminate(self, seconds=30):
        """Asks it to end, as an orchestrator would; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def stop(self):
        """Ends the process and removes its folder. Safe to call twice."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # -- calling it ---------------------------------------------------------

    def url(self, name):
        return f"http://127.0.0.1:{self.port}/{name}"

    def call(
        self, method, target, body=b"", *, team="usual", key=None, headers=(), source="127.0.0.1", timeout=30
    ):
        """One request with a team's key in the place the OpenAI SDKs put it."""
        headers = list(headers)
        names = {name.lower() for name, _ in headers}
        headers.append(("authorization", f"Bearer {key or self.key(team)}"))
        if method == "POST" and "content-type" not in names:
            headers.append(("content-type", "application/json"))
        return raw.call(self.port, method, target, headers, body, source, timeout)

    # -- what it wrote ------------------------------------------------------

    def records(self, request=None, event=None):
        """The ledger, read back; of one request, of one kind."""
        done = self.run("audit", "show", "--json")
        records = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
        if request:
            records = [one for one in records if attribute(one, "portcullis.request.id") == request]
        if event:
            records = [one for one in records if one["event_name"] == event]
        return records

    def story(self, answer):
        """The records of the request an answer belongs to, terminal record present."""
        request = answer.get("x-portcullis-request-id")
        assert request, f"the answer names no request: {answer.headers}"

        def ended():
            records = self.records(request)
            return records if any(one["event_name"] in TERMINAL for one in records) else None

        return wait_for(ended, f"the terminal record of {request}")

    def terminal(self, answer):
        """The one terminal record of a request."""
        ends = [one for one in self.story(answer) if one["event_name"] in TERMINAL]
        assert len(ends) == 1, f"{len(ends)} terminal records: {ends}"
        return ends[0]

    def stderr(self):
        with open(os.path.join(self.folder, "stderr.log"), encoding="utf8", errors="replace") as log:
            return log.read()

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.probes}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def sinks(self):
        """Everything it wrote, by name: log, metrics, ledger, state, command line."""
        found = {"stderr": self.stderr().encode(), "metrics": self.metrics().encode()}
        found["audit show"] = self.run("audit", "show", "--json").stdout.encode()
        with contextlib.suppress(OSError), open(f"/proc/{self.process.pid}/cmdline", "rb") as line:
            found["command line"] = line.read()
        for folder, _, names in os.walk(self.folder):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    found[os.path.join(folder, name)] = file.read()
        return found

    def assert_nowhere(self, *canaries, answers=()):
        """None of the texts stands in anything it wrote, nor in these answers."""
        places = self.sinks()
        places |= {f"answer {at}": answer.raw for at, answer in enumerate(answers) if answer}
        for canary in canaries:
            needle = canary if isinstance(canary, bytes) else canary.encode()
            found = [name for name, text in places.items() if needle in text]
            assert not found, f"{canary!r} stands in {found}"


def attribute(record, name):
    """A field of a record's flat `attributes`."""
    return record.get("attributes", {}).get(name)


@contextlib.contextmanager
def gateway(upstream, **settings):
    """A started gateway in front of an upstream, both ended afterwards."""
    running = Gateway(upstream, **settings)
    try:
        yield running.start()
    finally:
        running.stop()
        upstream.close()
