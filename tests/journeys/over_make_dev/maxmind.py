"""A stand-in for MaxMind's download service, and for the store that it sends people on to."""

import base64
import gzip
import hashlib
import io
import tarfile
from pathlib import Path

from stand_in import Answer, Asked, StandIn

ACCOUNT, KEY = "123456", "key_of_the_journey"
DATABASE = Path(__file__).resolve().parents[2] / "places/places.mmdb"
BASE = "/geoip/databases/GeoLite2-City/download?suffix=tar.gz"
STORE = "/archive?signature=permission"


class MaxMind:
    """Both, each on a port of its own, and out of service until told otherwise.

    The weekly schedule runs whenever the chapters have moved the clock by seven days, which may be before the chapter
    about places begins.
    """

    def __init__(self) -> None:
        self._in_service = False
        self.asked: list[tuple[str, bool]] = []
        self._archive = archive()
        self._store, self._service = StandIn(self._of_the_store), StandIn(self._of_the_service)

    def __enter__(self) -> "MaxMind":
        self._store.__enter__()
        self._service.__enter__()
        return self

    def __exit__(self, *why: object) -> None:
        self._service.__exit__(*why)
        self._store.__exit__(*why)

    def configure(self, folder: Path) -> None:
        """Leaves its address and the account where the local cloud looks for them."""
        (folder / "secrets").mkdir(parents=True)
        (folder / "secrets/GEOIPUPDATE_ACCOUNT_ID.txt").write_text(f"{ACCOUNT}\n")
        (folder / "secrets/GEOIPUPDATE_LICENSE_KEY.txt").write_text(f"{KEY}\n")
        (folder / ".env").write_text(f"MAXMIND_URL=http://127.0.0.1:{self._service.port}\n")

    def begin_service(self) -> None:
        """From now on both answer, and note what they are asked for."""
        self._in_service = True

    def _of_the_service(self, asked: Asked) -> Answer:
        if not self._in_service:
            return 503, {}, b"Service unavailable"
        self._note(asked)
        pair = base64.b64encode(f"{ACCOUNT}:{KEY}".encode()).decode()
        if (asked.method, asked.authorization) != ("GET", f"Basic {pair}"):
            return 401, {}, b"Invalid license key"
        if asked.path == f"{BASE}.sha256":
            return 200, {}, f"{hashlib.sha256(self._archive).hexdigest()}  GeoLite2-City.tar.gz\n".encode()
        if asked.path == BASE:
            return 302, {"location": f"http://localhost:{self._store.port}{STORE}"}, b""
        return 404, {}, b""

    def _of_the_store(self, asked: Asked) -> Answer:
        self._note(asked)
        is_sent_on = (asked.method, asked.path, asked.authorization) == ("GET", STORE, None)
        return (200, {}, self._archive) if is_sent_on else (400, {}, b"")

    def _note(self, asked: Asked) -> None:
        self.asked.append((asked.path, asked.authorization is not None))


def archive() -> bytes:
    """The database as MaxMind packs it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in (("LICENSE.txt", b"a test"), ("GeoLite2-City.mmdb", DATABASE.read_bytes())):
            entry = tarfile.TarInfo(f"GeoLite2-City_20260227/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)
