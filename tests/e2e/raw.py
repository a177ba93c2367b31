"""HTTP/1.1 as bytes: what SDKs cannot be made to send, and what came back.

Keeps what libraries hide: the exact bytes of a head, whether an answer was
whole, and the address a request comes from (all of 127.0.0.0/8 is ours, so
that a limit per source does not carry over from one test to the next).
"""

import dataclasses
import json
import socket


@dataclasses.dataclass
class Message:
    """A request or an answer as it came over the wire."""

    start: str
    headers: list  # (lower-case name, value), in order
    body: bytes
    whole: bool = True
    head: bytes = b""

    @property
    def status(self):
        return int(self.start.split(" ")[1])

    @property
    def method(self):
        return self.start.split(" ")[0]

    @property
    def target(self):
        return self.start.split(" ")[1]

    def all(self, name):
        return [value for key, value in self.headers if key == name]

    def get(self, name):
        return next(iter(self.all(name)), None)

    def json(self):
        return json.loads(self.body)

    @property
    def raw(self):
        return self.head + self.body


class Reader:
    """Reads messages from a socket."""

    def __init__(self, sock):
        self.sock = sock
        self.kept = b""

    def until(self, mark):
        while mark not in self.kept:
            piece = self.sock.recv(65536)
            if not piece:
                raise EOFError
            self.kept += piece
        piece, self.kept = self.kept.split(mark, 1)
        return piece + mark

    def exactly(self, count):
        while len(self.kept) < count:
            piece = self.sock.recv(65536)
            if not piece:
                raise EOFError
            self.kept += piece
        piece, self.kept = self.kept[:count], self.kept[count:]
        return piece

    def rest(self):
        while piece := self.sock.recv(65536):
            self.kept += piece
        return self.kept

    def message(self, answers=None):
        """The next message, or None at a clean end. `answers`: the request's method."""
        try:
            head = self.until(b"\r\n\r\n")
        except EOFError:
            return None
        start, *lines = head.decode("latin-1").split("\r\n")
        headers = [
            (name.strip().lower(), value.strip())
            for name, _, value in (line.partition(":") for line in lines if line)
        ]
        message = Message(start, headers, b"", head=head)
        if answers and message.status == 100:
            return self.message(answers)
        self.body(message, answers)
        return message

    def body(self, message, answers):
        chunked = "chunked" in (message.get("transfer-encoding") or "").lower()
        length = message.get("content-length")
        try:
            if answers == "HEAD" or (answers and message.status in (204, 304)):
                return
            if chunked:
                while size := int(self.until(b"\r\n").split(b";")[0], 16):
                    message.body += self.exactly(size + 2)[:-2]
                while self.until(b"\r\n") != b"\r\n":
                    pass
            elif length is not None:
                message.body = self.exactly(int(length))
            elif answers:
                message.body = self.rest()
        except (EOFError, ConnectionError):
            message.body += self.kept
            message.whole = False


def connect(port, source="127.0.0.1", timeout=30):
    """A connection to a port of this machine from one of its loopback addresses."""
    return socket.create_connection(("127.0.0.1", port), timeout, source_address=(source, 0))


def head(method, target, headers, body=b""):
    """The bytes of a request head; `Host` and `Content-Length` where absent."""
    names = {name.lower() for name, _ in headers}
    headers = list(headers)
    if "host" not in names:
        headers.insert(0, ("host", "127.0.0.1"))
    if (body or method == "POST") and not names & {"content-length", "transfer-encoding"}:
        headers.append(("content-length", str(len(body))))
    if "connection" not in names:
        headers.append(("connection", "close"))
    lines = [f"{method} {target} HTTP/1.1"] + [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def exchange(port, bytes_, method="POST", source="127.0.0.1", timeout=30):
    """Sends bytes as they are and reads one answer; None where there is none."""
    with connect(port, source, timeout) as sock:
        try:
            sock.sendall(bytes_)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before the body was read; the answer may still be there
        try:
            return Reader(sock).message(answers=method)
        except ConnectionResetError:
            return None


def call(port, method, target, headers=(), body=b"", source="127.0.0.1", timeout=30):
    """One request and its answer."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
    bytes_ = head(method, target, list(headers), body) + body
    return exchange(port, bytes_, method, source, timeout)
