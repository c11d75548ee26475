"""A stand-in for SNS over TLS, for measurements: it takes `Publish`, checks each signature as SNS would, answers at once (or after a delay), and counts.

It does nothing else, so that what is measured is the caller. It is a process of its own: its work is not on the measured core, and does
not wait for the Runtime API's.
"""

import contextlib
import hashlib
import hmac
import multiprocessing
import pathlib
import re
import socket
import socketserver
import ssl
import time
import urllib.parse

SECRET = "a-secret-of-this-measurement"
AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([a-z0-9-]+)/sns/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?"
                           r"Signature=([0-9a-f]{64})")
TAKEN = (b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>94f20ce6-13c5-43a0-9a9e-ca52d816e90b'
         b"</MessageId></PublishResult><ResponseMetadata><RequestId>f187a3c1-376f-11df-8963-01868b7c937a</RequestId></ResponseMetadata></PublishResponse>")


class Certificates:
    """A CA of our own, a server's certificate from it (RSA, 2,048 bits, as AWS's are), and a bundle such as machines have, with that CA in it."""

    def __init__(self, place: pathlib.Path):
        import certifi
        import trustme

        authority = trustme.CA(key_type=trustme.KeyType.RSA)
        server = authority.issue_cert("localhost", "127.0.0.1", key_type=trustme.KeyType.RSA)
        self.chain, self.key, self.bundle = place / "chain.pem", place / "key.pem", place / "bundle.pem"
        self.chain.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
        self.key.write_bytes(server.private_key_pem.bytes())
        # As many roots as in production: reading them is part of a start.
        self.bundle.write_bytes(pathlib.Path(certifi.where()).read_bytes() + b"\n" + authority.cert_pem.bytes())


def is_signed(headers: dict[str, str], body: bytes) -> bool:
    """Whether the request bears the signature (version 4) that its content and our secret make."""
    found = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if not found:
        return False
    _, day, region, names, signature = found.groups()
    shown = "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in names.split(";"))
    request = "\n".join(["POST", "/", "", shown, names, hashlib.sha256(body).hexdigest()])
    scope = f"{day}/{region}/sns/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers.get("x-amz-date", ""), scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, "sns", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex() == signature


class Connection(socketserver.StreamRequestHandler):
    """Requests one after another, as HTTP/1.1 keeps a connection."""

    def handle(self):
        with contextlib.suppress(OSError, ValueError, IndexError):
            while self.one():
                pass

    def one(self) -> bool:
        if not self.rfile.readline():
            return False
        headers = {}
        while (line := self.rfile.readline().decode("latin-1").strip()):
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(headers["content-length"]))
        parameters = urllib.parse.parse_qs(body.decode())
        is_good = is_signed(headers, body) and parameters["Action"] == ["Publish"] and bool(parameters["Message"][0])
        with (counter := self.server.taken if is_good else self.server.refused).get_lock():
            counter.value += 1
        time.sleep(self.server.delay)
        status, answer = ("200 OK", TAKEN) if is_good else ("403 Forbidden", b"<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>")
        self.wfile.write(f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)
        return True


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def get_request(self):
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The handshake is the connection's own thread's, by its first read.
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request, client_address):
        pass  # a client that is gone


class SnsOverTls:
    """The stand-in; `taken` and `refused` count."""

    def __init__(self, certificates: Certificates, delay: float = 0.0):
        self.server = Server(("127.0.0.1", 0), Connection)
        self.server.delay = delay
        self.server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.context.load_cert_chain(certificates.chain, certificates.key)
        self.server.taken, self.server.refused = (multiprocessing.Value("q", 0) for _ in range(2))
        self.url = f"https://localhost:{self.server.server_address[1]}"
        self.process = multiprocessing.get_context("fork").Process(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.process.start()
        self.server.socket.close()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.join()

    @property
    def taken(self) -> int:
        return self.server.taken.value

    @property
    def refused(self) -> int:
        return self.server.refused.value
