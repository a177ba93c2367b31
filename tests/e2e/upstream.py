"""A provider on loopback that records the bytes it gets and answers to order.

By default it answers every operation in its provider's shape and repeats what
the user said, so that a value that left as a placeholder is seen to come back.
`answering` replaces that for the length of a `with` block by anything: a
status, a head and half a body, silence.
"""

import contextlib
import dataclasses
import gzip
import json
import socket
import threading
import time

import raw

JSON = "application/json"


@dataclasses.dataclass
class Reply:
    """An answer, and how to spoil it."""

    status: int = 200
    body: object = b""  # bytes, or something to write as JSON
    headers: tuple = ()
    content_type: str = JSON
    wait: float = 0.0  # seconds before the head
    cut: int | None = None  # close after so many bytes of the body
    bytes_: bytes | None = None  # these bytes instead of everything above
    pieces: tuple | None = None  # chunks, each its own write, instead of the body
    gap: float = 0.0  # seconds between the pieces
    end: bool = True  # whether the chunked body ends as it should

    def head_and_body(self):
        body = self.body
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        lines = [f"HTTP/1.1 {self.status} X"]
        names = {name.lower() for name, _ in self.headers}
        if "content-type" not in names and self.content_type:
            lines.append(f"content-type: {self.content_type}")
        if self.pieces is not None:
            lines.append("transfer-encoding: chunked")
        elif "content-length" not in names and self.status not in (204, 304):
            lines.append(f"content-length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n", body


def gzipped(value):
    """A JSON answer, compressed although nobody asked for it."""
    body = gzip.compress(json.dumps(value, ensure_ascii=False).encode())
    return Reply(body=body, headers=(("content-encoding", "gzip"),))


class Upstream:
    """Listens from construction to `close`. `seen` holds the requests in order."""

    def __init__(self, tls=None):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]
        self.tls = tls
        self.seen = []
        self.connections = 0
        self.open = set()
        self.hook = None  # called with each request before it is answered
        self.plan = usual
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def answering(self, plan):
        """Answers with `plan`, a `Reply` or a function of the request, and gives
        the list of requests seen meanwhile."""
        before, start = self.plan, len(self.seen)
        self.plan = plan if callable(plan) else lambda request: plan
        seen = Since(self, start)
        try:
            yield seen
        finally:
            self.plan = before

    def watching(self):
        """The requests seen from now on."""
        return Since(self, len(self.seen))

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.open.add(connection)
            reader = raw.Reader(connection)
            while (request := reader.message()) is not None:
                request.socket = connection
                if self.hook:
                    self.hook(request)
                self.seen.append(request)
                if not self.answer(connection, self.plan(request)):
                    return
        except OSError:
            pass
        finally:
            self.open.discard(connection)
            connection.close()

    def answer(self, connection, reply):
        """Sends it; whether the connection can be used again."""
        time.sleep(reply.wait)
        if reply.bytes_ is not None:
            connection.sendall(reply.bytes_)
            return False
        head, body = reply.head_and_body()
        if reply.cut is not None:
            connection.sendall(head + body[: reply.cut])
            return False
        if reply.pieces is None:
            connection.sendall(head + body)
            return True
        connection.sendall(head)
        for piece in reply.pieces:
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(reply.gap)
        if reply.end:
            connection.sendall(b"0\r\n\r\n")
        return reply.end

    def close(self):
        self.socket.close()
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.close()


class Since:
    """The requests an upstream saw after a moment."""

    def __init__(self, upstream, start):
        self.upstream, self.start = upstream, start

    @property
    def requests(self):
        return self.upstream.seen[self.start :]

    @property
    def count(self):
        return len(self.requests)

    @property
    def only(self):
        assert self.count == 1, f"{self.count} requests reached the provider, not one"
        return self.requests[0]


def usual(request):
    """What a provider answers."""
    path = request.target.split("?")[0]
    table = {
        ("POST", "/v1/chat/completions"): chat,
        ("POST", "/v1/embeddings"): embeddings,
        ("GET", "/v1/models"): models,
        ("POST", "/v1/messages"): message,
        ("POST", "/v1/messages/count_tokens"): lambda request: Reply(body={"input_tokens": 11}),
    }
    answer = table.get((request.method, path))
    if answer is None and request.method == "GET" and path.startswith("/v1/models/"):
        answer = model
    if answer is None:
        return Reply(404, {"error": {"message": "no such operation", "type": "invalid_request_error"}})
    try:
        reply = answer(request)
    except (LookupError, TypeError, ValueError):
        return Reply(400, {"error": {"message": "not understood", "type": "invalid_request_error"}})
    reply.headers += (("x-request-id", "req_upstream"), ("request-id", "req_upstream"))
    return reply


def said(request):
    """The last thing the user said."""
    content = request.json()["messages"][-1]["content"]
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def completion(text, model="gpt-4o-mini", **message):
    """A chat completion that says `text`."""
    message = {"role": "assistant", "content": text, "refusal": None, **message}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return {
        "id": "chatcmpl-upstream",
        "object": "chat.completion",
        "created": 1750000000,
        "model": model,
        "choices": [choice],
        "usage": usage,
    }


def chat(request):
    asked = request.json()
    if asked.get("stream"):
        return chat_stream(f"You said: {said(request)}", asked["model"])
    if asked.get("tools"):
        arguments = json.dumps({"note": said(request)}, ensure_ascii=False)
        function = {"name": asked["tools"][0]["function"]["name"], "arguments": arguments}
        tool = {"id": "call_1", "type": "function", "function": function}
        return Reply(body=completion(None, asked["model"], tool_calls=[tool]))
    return Reply(body=completion(f"You said: {said(request)}", asked["model"]))


def claude(text, model="claude-sonnet-4-5", content=None):
    """A message that says `text`."""
    return {
        "id": "msg_upstream",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content or [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }


def message(request):
    asked = request.json()
    if asked.get("stream"):
        return message_stream(f"You said: {said(request)}", asked["model"])
    if asked.get("tools"):
        use = {"type": "tool_use", "id": "toolu_1", "name": asked["tools"][0]["name"]}
        use["input"] = {"note": said(request)}
        return Reply(body=claude("", asked["model"], [use]))
    return Reply(body=claude(f"You said: {said(request)}", asked["model"]))


def embeddings(request):
    asked = request.json()
    texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
    vector = "AACAPgAAAD8AAEA/AACAPw==" if asked.get("encoding_format") == "base64" else [0.25, 0.5]
    data = [{"object": "embedding", "index": at, "embedding": vector} for at, _ in enumerate(texts)]
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    return Reply(body={"object": "list", "data": data, "model": asked["model"], "usage": usage})


def models(request):
    if request.get("anthropic-version"):
        one = {"type": "model", "id": "claude-sonnet-4-5", "display_name": "Claude"}
        one["created_at"] = "2025-02-19T00:00:00Z"
        last = {"first_id": one["id"], "last_id": one["id"]}
        return Reply(body={"data": [one], "has_more": False, **last})
    one = {"id": "gpt-4o-mini", "object": "model", "created": 1750000000, "owned_by": "upstream"}
    return Reply(body={"object": "list", "data": [one]})


def model(request):
    name = request.target.rsplit("/", 1)[1]
    if request.get("anthropic-version"):
        one = {"type": "model", "id": name, "display_name": name}
        return Reply(body={**one, "created_at": "2025-02-19T00:00:00Z"})
    return Reply(body={"id": name, "object": "model", "created": 1, "owned_by": "upstream"})


def pieces(text, size=7):
    return [text[at : at + size] for at in range(0, len(text), size)] or [""]


def event(data, name=None):
    """One server-sent event."""
    if not isinstance(data, str):
        data = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return ((f"event: {name}\n" if name else "") + f"data: {data}\n\n").encode()


def streamed(events):
    return Reply(content_type="text/event-stream", pieces=tuple(events))


def chat_stream(text, model):
    """A streamed chat completion."""

    def chunk(delta, finish=None):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        base = {"id": "chatcmpl-upstream", "object": "chat.completion.chunk", "created": 1750000000}
        return event({**base, "model": model, "choices": [choice]})

    middle = [chunk({"content": piece}) for piece in pieces(text)]
    start = chunk({"role": "assistant", "content": ""})
    return streamed([start, *middle, chunk({}, "stop"), event("[DONE]")])


def message_stream(text, model):
    """A streamed message."""

    def of(kind, **fields):
        return event({"type": kind, **fields}, kind)

    start = {**claude("", model), "content": [], "stop_reason": None}
    delta = [
        of("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
        for piece in pieces(text)
    ]
    block = {"type": "text", "text": ""}
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    return streamed(
        [
            of("message_start", message=start),
            of("content_block_start", index=0, content_block=block),
            *delta,
            of("content_block_stop", index=0),
            of("message_delta", delta=end, usage={"output_tokens": 7}),
            of("message_stop"),
        ]
    )
