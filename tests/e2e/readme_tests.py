"""Every block of README.md that a reader may paste, run.

Shell lines run one by one under the rules of `LINES`; Python and JavaScript
run against `portcullis demo`, with its port and key put in, and must print
what the README says they print. A block or line no rule knows fails: whoever
writes a new one says here how it is run.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys

import programs
from harness import ROOT, binary, free_port, ready, wait_for
from suite import Suite, equal

suite = Suite("readme_tests")
KEY = re.compile("pc_\u2026")
ADDRESS = re.compile(r"127\.0\.0\.1:8080")


def blocks():
    """The fenced blocks in order: language, text, and the line they start at."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf8") as file:
        lines = file.read().splitlines()
    found, start = [], None
    for at, line in enumerate(lines):
        if line.startswith("```"):
            if start is None:
                start = at
            else:
                found.append((lines[start][3:].strip(), "\n".join(lines[start + 1 : at]), start + 1))
                start = None
    return found


BLOCKS = blocks()


def of(language):
    return [(text, line) for kind, text, line in BLOCKS if kind == language]


@contextlib.contextmanager
def demo():
    """A running demo: the address it printed, and a key."""
    words = [binary(), "demo", "--json", "--port", str(free_port())]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        start = json.loads(process.stdout.readline())
        yield start["base_url"].removeprefix("http://"), start["key"]
    finally:
        process.terminate()
        process.wait(20)


def filled(text, address, key):
    """A block with the demo's address and key in it."""
    assert ADDRESS.search(text) and KEY.search(text), "the block names neither address nor key"
    return KEY.sub(key, ADDRESS.sub(address, text))


def printed():
    """What the README says its SDK calls print: the block that begins so."""
    [text] = [text for text, _ in of("text") if text.startswith("You said:")]
    return text


def expect_same(language, run):
    found = of(language)
    assert found, f"README.md has no {language} block"
    with demo() as (address, key):
        for text, line in found:
            equal(run(filled(text, address, key)).strip(), printed(), f"the block at line {line} prints")


def python(text):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", text], capture_output=True, text=True, timeout=60
    )
    equal(done.returncode, 0, f"exit code ({done.stderr[-800:]})")
    return done.stdout


def node(text):
    folder = os.path.join(programs.CACHE, "node")
    file = os.path.join(folder, "readme.mjs")
    with open(file, "w", encoding="utf8") as out:
        out.write(text)
    done = subprocess.run(["node", file], capture_output=True, text=True, timeout=60, cwd=folder)
    equal(done.returncode, 0, f"exit code ({done.stderr[-800:]})")
    return done.stdout


@suite.claim
def the_python_blocks_print_what_the_readme_says():
    expect_same("python", python)


@suite.claim
def the_javascript_blocks_print_what_the_readme_says():
    expect_same("js", node)


# -- shell --------------------------------------------------------------------


class Shell:
    """The folder and environment a shell block runs in, ports replaced by free ones."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = dict(os.environ)
        self.probes = free_port()
        shutil.copytree(os.path.join(ROOT, "config"), os.path.join(folder, "config"))
        ports = {"8080": free_port(), "9091": self.probes, "9090": free_port()}
        for name in os.listdir(os.path.join(folder, "config")):
            path = os.path.join(folder, "config", name)
            with open(path, encoding="utf8") as file:
                text = file.read()
            for usual, free in ports.items():
                text = text.replace(f":{usual}", f":{free}")
            with open(path, "w", encoding="utf8") as file:
                file.write(text)

    def portcullis(self, words):
        done = subprocess.run(
            [binary(), *words.split()],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        equal(
            done.returncode,
            0,
            f"exit code of `portcullis {words}` ({done.stderr[-800:]}{done.stdout[-800:]})",
        )

    def export(self, words):
        for name in re.findall(r"([A-Z_]+)=", words):
            self.environment[name] = "made-up"

    def serve(self, words):
        process = subprocess.Popen(
            [binary(), *words.split()],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: ready(self.probes, process), "`portcullis serve` to be ready")
            process.terminate()
            equal(process.wait(60), 0, "exit code of serve")
        finally:
            process.kill()

    def runner(self, _words):
        subprocess.run(["bash", "-n", os.path.join(ROOT, "tests", "run")], check=True)
        assert os.access(os.path.join(ROOT, "tests", "run"), os.X_OK)


LINES = [
    (
        r"cargo run --release -- (demo)",
        lambda shell, words: shell.portcullis(f"{words} --once --port {free_port()}"),
    ),
    (r"cargo build .*()", lambda shell, words: None),  # the binary under test is that build
    (r"(\./tests/run.*)", Shell.runner),
    (r"export (.*)", Shell.export),
    (r"portcullis (serve .*)", Shell.serve),
    (r"portcullis (.*)", Shell.portcullis),
]


@suite.claim
def the_shell_blocks_run_line_by_line():
    for text, at in of("sh"):
        with programs.folder() as folder:
            shell = Shell(folder)
            for line in filter(None, (line.split(" #")[0].strip() for line in text.splitlines())):
                rules = [(re.fullmatch(pattern, line), run) for pattern, run in LINES]
                match, run = next((pair for pair in rules if pair[0]), (None, None))
                assert match, f"no rule says how to run `{line}` of the block at line {at}"
                run(shell, match.group(1))


@suite.claim
def the_configuration_blocks_load():
    for text, line in of("yaml"):
        with programs.folder() as folder:
            shell = Shell(folder)
            shell.environment |= {"OPENAI_API_KEY": "made-up", "ANTHROPIC_API_KEY": "made-up"}
            path = os.path.join(folder, "config", "portcullis.yaml")
            with open(path, encoding="utf8") as file:
                whole = file.read()
            section = text.split(":")[0]
            body = re.compile(rf"^{section}:\n(?:[ #-].*\n|\n)*", re.MULTILINE)
            assert body.search(whole), f"the example has no section `{section}` (block at line {line})"
            with open(path, "w", encoding="utf8") as file:
                file.write(body.sub(lambda _: text + "\n", whole, count=1))
            shell.portcullis("check -c config/portcullis.yaml")


@suite.claim
def every_block_is_of_a_kind_that_is_run():
    equal({kind for kind, _, _ in BLOCKS} - {"sh", "python", "js", "yaml", "text"}, set(), "other kinds")
    assert len(BLOCKS) >= 6, "README.md has fewer blocks than it should"


if __name__ == "__main__":
    suite.main()
