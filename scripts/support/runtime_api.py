"""The Lambda Runtime API (version 2018-06-01) on a free port of 127.0.0.1, for one process of a function at a time.

What is documented is done: `next` hands out one call with its deadline, `response` and `error` take what became of it, `init/error` ends
the function. Lambda's own retries and batches are the callers' matter.
"""

import http.server
import json
import os
import queue
import subprocess
import threading
import time

VERSION = "/2018-06-01"


class Failed(Exception):
    """The function said that the call failed."""


class Server(http.server.ThreadingHTTPServer):
    """Says nothing of a function that is killed while it is answered."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class RuntimeApi:
    """Serves one function; `call` waits for its answer."""

    def __init__(self, timeout: float = 30.0):
        self.timeout = timeout
        self.calls: queue.Queue = queue.Queue()
        self.answers: dict[str, queue.Queue] = {}
        self.asked_first = threading.Event()
        self.server = Server(("127.0.0.1", 0), self.handler())
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def reply(self, status: int, headers: dict[str, str], body: bytes):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                if self.path != f"{VERSION}/runtime/invocation/next":
                    return self.reply(404, {}, b"")
                api.asked_first.set()
                name, payload = api.calls.get()
                if name is None:
                    self.close_connection = True
                    return None
                deadline = int((time.time() + api.timeout) * 1000)
                headers = {"Lambda-Runtime-Aws-Request-Id": name, "Lambda-Runtime-Deadline-Ms": str(deadline),
                           "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:trailbell",
                           "Lambda-Runtime-Trace-Id": "Root=1-0-0", "Content-Type": "application/json"}
                return self.reply(200, headers, payload)

            def do_POST(self):
                if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                    body = b""
                    while size := int(self.rfile.readline().split(b";")[0], 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                else:
                    body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                parts = self.path.removeprefix(f"{VERSION}/runtime/").split("/")
                self.reply(202, {"Content-Type": "application/json"}, b'{"status":"OK"}')
                if len(parts) == 3 and parts[0] == "invocation":
                    api.answers[parts[1]].put((parts[2], body))

        return Handler

    def call(self, payload, seconds: float | None = None):
        """Calls the function; the answer, or Failed with its words."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        name = f"call-{time.monotonic_ns()}"
        self.answers[name] = queue.Queue()
        self.calls.put((name, body))
        kind, answer = self.answers[name].get(timeout=seconds or self.timeout + 5)
        del self.answers[name]
        if kind == "error":
            raise Failed(json.loads(answer)["errorMessage"])
        return json.loads(answer)

    def close(self):
        self.calls.put((None, b""))
        self.server.shutdown()


class Function:
    """A process of a function's `bootstrap` under a Runtime API."""

    def __init__(self, program: list[str], environment: dict[str, str], timeout: float = 30.0, log=None):
        self.api = RuntimeApi(timeout)
        variables = {"AWS_LAMBDA_RUNTIME_API": self.api.address, "AWS_LAMBDA_FUNCTION_NAME": "trailbell",
                     "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
                     "AWS_LAMBDA_LOG_GROUP_NAME": "g", "AWS_LAMBDA_LOG_STREAM_NAME": "s", "AWS_REGION": "us-east-1",
                     "_HANDLER": "bootstrap"}
        self.began = time.perf_counter()
        self.process = subprocess.Popen(program, env=os.environ | variables | environment, stdout=log, stderr=log)

    def ready(self, seconds: float = 30.0) -> float:
        """Waits until it asks for its first call; the seconds since its start."""
        if not self.api.asked_first.wait(seconds):
            raise Failed("the function never asked for a call")
        return time.perf_counter() - self.began

    def call(self, payload, seconds: float | None = None):
        return self.api.call(payload, seconds)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.api.close()
