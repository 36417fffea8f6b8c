"""A front end on another origin than the API, with the script of docs/browsers.md."""

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "browsers.md"


@dataclass
class FrontEnd:
    """Where it is."""

    host: str
    port: int

    @property
    def origin(self) -> str:
        """Its origin."""
        return f"http://{self.host}:{self.port}"

    def under(self, host: str) -> str:
        """The origin of the same page under another name."""
        return f"http://{host}:{self.port}"


def script(api: str) -> str:
    """The document's own, so that it is known to work."""
    code = re.search(r"```js\n(.*?)await call", DOCUMENT.read_text(), re.S)[1]
    return code.replace("https://id.acme.example", api)


@contextmanager
def serve(host: str):
    """An empty page on a free port."""

    class Page(BaseHTTPRequestHandler):
        """Answers every request with it."""

        def do_GET(self) -> None:
            """The page."""
            body = b"<!doctype html><html lang=en><title>A front end</title><h1>A front end</h1></html>"
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing to tell."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield FrontEnd(host, server.server_address[1])
    finally:
        server.shutdown()
