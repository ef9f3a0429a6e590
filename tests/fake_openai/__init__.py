"""A real local server that speaks the OpenAI chat-completions protocol, well or badly, as a test asks it to.

`fake.plan = {...}` is what it reads in every sentence, `fake.words = "..."` what it says, `fake.knows` the formats
that it accepts (others get 400), `fake.fault` what is wrong with it. `fake.seen` holds the requests that came.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORTAL = b"<!doctype html><html><body><h1>Welcome to Hotel Wi-Fi</h1><form>Accept</form></body></html>"
FAULTS = (
    "401",
    "403",
    "429",
    "500",
    "503",
    "302",
    "hang",
    "drip",
    "drip_headers",
    "garbage",
    "html",
    "refusal",
    "cut",
    "empty_choices",
    "no_choices",
    "null",
    "not_json",
    "wrong_enum",
    "wrong_type",
    "extra_field",
    "list",
    "deep",
    "huge",
    "reset",
)
CONTENTS = {
    "not_json": "Sure! I will draw three keyboards for you.",
    "wrong_enum": json.dumps({"action": "choose_winner", "prize": 3}),
    "wrong_type": json.dumps({"action": "draw", "prize": "3; DROP TABLE", "count": "many"}),
    "extra_field": json.dumps({"action": "draw", "prize": 3, "count": 1, "winner": "林小满"}),
    "list": json.dumps([{"action": "draw"}]),
    "deep": "[" * 5000 + "]" * 5000,
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        fake = self.server.fake
        fake.seen.append({"path": self.path, "body": body, "headers": dict(self.headers)})
        try:
            (getattr(self, f"fault_{fake.fault}", None) or self.well)(body, fake)
        except OSError:
            self.close_connection = True

    def well(self, body, fake):
        if fake.fault.isdecimal():
            self.error(int(fake.fault), "no")
            return
        for parameter in fake.unknown:
            if parameter in body:
                self.error(400, f"Unsupported parameter: '{parameter}' is not supported with this model.")
                return
        if body.get("stream"):
            self.stream(fake, body.get("stream_options") or {})
            return
        rung = "tool" if body.get("tools") else body.get("response_format", {}).get("type", "text")
        if rung not in fake.knows:
            self.error(400, f"response_format type {rung} is unavailable now")
            return
        content = CONTENTS.get(fake.fault) or json.dumps(fake.plan, ensure_ascii=False)
        message = {"role": "assistant", "content": content}
        if rung == "tool":
            call = {"id": "call_1", "type": "function", "function": {"name": "plan", "arguments": content}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        if fake.fault == "refusal":
            message = {"role": "assistant", "content": None, "refusal": "I cannot help with gambling."}
        choices = [] if fake.fault == "empty_choices" else [{"index": 0, "finish_reason": "stop", "message": message}]
        answer = {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "fake",
            "choices": choices,
            "usage": {"prompt_tokens": 321, "completion_tokens": 45, "total_tokens": 366},
        }
        if fake.fault == "no_choices":
            del answer["choices"]
        self.answer(200, b"null" if fake.fault == "null" else json.dumps(answer).encode())

    def error(self, status, message):
        extra = {"location": "/elsewhere"} if status == 302 else {"retry-after": "60"} if status == 429 else {}
        self.answer(
            status, json.dumps({"error": {"message": message, "type": "invalid_request_error"}}).encode(), **extra
        )

    def answer(self, status, body, kind="application/json", **headers):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self, fake, asked):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        words = [fake.words[at : at + 3] for at in range(0, len(fake.words), 3)]
        for at, part in enumerate(words):
            if fake.fault == "cut" and at >= len(words) // 2:
                return
            if fake.fault == "garbage":
                self.wfile.write(b"data: {not json\n\n")
                return
            time.sleep(fake.pause)
            self.event({"delta": {"content": part}, "index": 0, "finish_reason": None})
        if fake.fault != "empty_choices":
            self.event({"delta": {}, "index": 0, "finish_reason": "stop"})
        if asked.get("include_usage"):
            self.event(None, usage={"prompt_tokens": 123, "completion_tokens": 17, "total_tokens": 140})
        self.wfile.write(b"data: [DONE]\n\n")

    def event(self, choice, usage=None):
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "fake", "usage": usage}
        chunk["choices"] = [choice] if choice else []
        self.wfile.write(b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n")
        self.wfile.flush()

    def fault_hang(self, body, fake):
        fake.over.wait(20)

    def fault_reset(self, body, fake):
        self.close_connection = True

    def fault_html(self, body, fake):
        self.answer(200, PORTAL, "text/html; charset=utf-8")

    def fault_garbage(self, body, fake):
        if body.get("stream"):
            self.stream(fake, {})
        else:
            self.answer(200, b"\x00\xff{{{{ not json at all")

    def fault_huge(self, body, fake):
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        while not fake.over.is_set():
            self.wfile.write(b" " * 65536)

    def fault_drip(self, body, fake):
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        while not fake.over.wait(0.2):
            self.wfile.write(b" ")
            self.wfile.flush()

    def fault_drip_headers(self, body, fake):
        self.close_connection = True
        for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 300:
            if fake.over.wait(0.1):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()


class FakeOpenAI:
    """The server, on a port of its own, while the `with` lasts."""

    def __init__(self):
        self.plan, self.words, self.fault, self.pause = {"action": "explain"}, "", "", 0.0
        self.knows, self.unknown, self.seen = {"json_schema", "tool", "json_object"}, (), []
        self.over = threading.Event()

    def __enter__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.fake = self
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        return self

    def __exit__(self, *args):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def rungs(self):
        """The ways in which it was asked, in order."""
        return [
            "tool" if request["body"].get("tools") else request["body"].get("response_format", {}).get("type", "text")
            for request in self.seen
        ]
