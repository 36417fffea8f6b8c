"""A stand-in for MaxMind's download service, and for the store that it sends people on to."""

import base64
import gzip
import hashlib
import io
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ACCOUNT, KEY = "123456", "key_of_the_journey"
DATABASE = Path(__file__).resolve().parents[2] / "places/places.mmdb"
BASE = "/geoip/databases/GeoLite2-City/download?suffix=tar.gz"
STORE = "/archive?signature=permission"


class MaxMind:
    """Both, each on a port of its own."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []
        self._archive = archive()
        self._store = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(self._of_the_store))
        self._service = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(self._of_the_service))

    def __enter__(self) -> "MaxMind":
        for server in (self._store, self._service):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._store, self._service):
            server.shutdown()
            server.server_close()

    def configure(self, folder: Path) -> None:
        """Leaves its address and the account where the local cloud looks for them."""
        (folder / "secrets").mkdir(parents=True)
        (folder / "secrets/GEOIPUPDATE_ACCOUNT_ID.txt").write_text(f"{ACCOUNT}\n")
        (folder / "secrets/GEOIPUPDATE_LICENSE_KEY.txt").write_text(f"{KEY}\n")
        (folder / ".env").write_text(f"MAXMIND_URL=http://127.0.0.1:{self._service.server_port}\n")

    def _of_the_service(self, path: str, authorization: str | None) -> tuple[int, dict[str, str], bytes]:
        pair = base64.b64encode(f"{ACCOUNT}:{KEY}".encode()).decode()
        if authorization != f"Basic {pair}":
            return 401, {}, b"Invalid license key"
        if path == f"{BASE}.sha256":
            return 200, {}, f"{hashlib.sha256(self._archive).hexdigest()}  GeoLite2-City.tar.gz\n".encode()
        if path == BASE:
            return 302, {"location": f"http://localhost:{self._store.server_port}{STORE}"}, b""
        return 404, {}, b""

    def _of_the_store(self, path: str, authorization: str | None) -> tuple[int, dict[str, str], bytes]:
        return (200, {}, self._archive) if (path, authorization) == (STORE, None) else (400, {}, b"")

    def _handler(self, answer) -> type[BaseHTTPRequestHandler]:
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                authorization = self.headers["authorization"]
                asked.append((self.path, authorization is not None))
                status, headers, body = answer(self.path, authorization)
                self.send_response(status)
                for name, value in (headers | {"content-length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def archive() -> bytes:
    """The database as MaxMind packs it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in (("LICENSE.txt", b"a test"), ("GeoLite2-City.mmdb", DATABASE.read_bytes())):
            entry = tarfile.TarInfo(f"GeoLite2-City_20260227/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)
