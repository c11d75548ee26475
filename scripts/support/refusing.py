"""A service of AWS that is down: it answers 500 to everything, and counts."""

import http.server
import threading


class Refusing(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        refusing = self
        self.asked = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                refusing.asked += 1
                self.send_response(500)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()
