"""The client programs of the shared folder: recorded traffic and the SDK matrix.

They are run where they are; nothing of them or of what they replay is copied
into the repository. Temporary files go to a folder that is removed.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile

import raw
from harness import ROOT, free_port, wait_for

CACHE = os.environ.get("PORTCULLIS_CACHE") or os.path.join(ROOT, ".cache")


@contextlib.contextmanager
def folder():
    """A folder for the length of a `with` block."""
    path = tempfile.mkdtemp(prefix="portcullis-e2e-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def serving(program, *words):
    """A program of the shared folder that listens on `--port`; gives the port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, program, *words, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def listening():
        assert process.poll() is None, f"{program} ended with {process.returncode}"
        with contextlib.suppress(OSError):
            raw.connect(port, timeout=1).close()
            return True
        return False

    try:
        wait_for(listening, f"{program} to listen", 60)
        yield port
    finally:
        process.kill()
        process.wait(10)
