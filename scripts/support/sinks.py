"""Where test mails and webhooks go: servers on loopback that keep what they took, and can be told to misbehave.

Each keeps `taken`: a list of (identity, body), one for every message it *accepted*, in order. How often it misbehaves is
`moods`: {mood: share}; what is left over is good behaviour. The moods of both: "busy" (4xx, 429), "broken" (500, dropped),
"hang" (says nothing for `hang_seconds`); of mail also "refuse" (5xx for good) and "drop" (the connection is cut in the middle
of DATA, after or before the message was kept: both happen in real life, and only the second is a loss if nobody retries).
"""

import asyncio
import email
import email.policy
import http.server
import json
import random
import logging
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


# A connection that was cut on purpose leaves the server with half a line.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class MailSink:
    def __init__(self, port: int, seed: int = 1):
        self.port, self.random = port, random.Random(seed)
        self.moods: dict[str, float] = {}
        self.hang_seconds = 3.0
        self.taken: list[tuple[str, bytes]] = []
        sink = self

        class Moody(SMTP):
            async def smtp_DATA(self, arg):  # noqa: N802 (aiosmtpd's name)
                if sink.mood("drop"):
                    await self.push("354 End data with <CR><LF>.<CR><LF>")
                    await self._reader.read(200)
                    self.transport.abort()
                    return
                await super().smtp_DATA(arg)

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
                if sink.mood("busy"):
                    return "451 4.3.0 Try again later"
                if sink.mood("refuse"):
                    return "550 5.7.1 Not wanted here"
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):  # noqa: N802
                if sink.mood("hang"):
                    await asyncio.sleep(sink.hang_seconds)
                    return "451 4.4.2 Timeout"
                message = email.message_from_bytes(envelope.content, policy=email.policy.default)
                sink.taken.append((message["Message-ID"], envelope.content))
                if sink.mood("broken"):
                    server.transport.abort()
                return "250 OK"

        class Server(Controller):
            def factory(self):
                return Moody(self.handler, hostname="sink.example", data_size_limit=10_000_000)

        self.controller = Server(Handler(), hostname="127.0.0.1", port=port)

    def mood(self, name: str) -> bool:
        return self.random.random() < self.moods.get(name, 0)

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()


class WebhookSink:
    def __init__(self, port: int, seed: int = 2):
        self.on_taken = lambda body: None
        self.port, self.random = port, random.Random(seed)
        self.moods: dict[str, float] = {}
        self.hang_seconds = 3.0
        self.taken: list[tuple[str, bytes]] = []
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if sink.mood("busy"):
                    return self.answer(429, {"Retry-After": "1"})
                if sink.mood("hang"):
                    time.sleep(sink.hang_seconds)
                    return self.answer(503)
                if sink.mood("broken"):
                    return self.answer(500)
                sink.taken.append((self.headers["webhook-id"], body))
                sink.on_taken(body)
                self.answer(204)

            def answer(self, status, headers=()):
                self.send_response(status)
                for name, value in dict(headers).items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a client that was killed

        self.server = Server(("127.0.0.1", port), Handler)

    def mood(self, name: str) -> bool:
        return self.random.random() < self.moods.get(name, 0)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()


def event_ids(body: bytes) -> list[str]:
    """The events a webhook's body tells."""
    data = json.loads(body)["data"]
    return [data["event_id"]] if data.get("event_id") else [item.get("event_id") for item in data.get("items", [])]
