"""An authenticator app, from Python's own library (RFC 6238)."""

import base64
import hmac
import struct
import urllib.parse
from dataclasses import dataclass
from datetime import datetime

from caller import Answer, Caller, same
from cloud import Cloud


@dataclass
class Authenticator:
    """A secret, and the product's time."""

    cloud: Cloud
    secret: str

    @classmethod
    def scan(cls, cloud: Cloud, enrolled: Answer) -> "Authenticator":
        """Takes the secret out of what a QR code would hold."""
        uri = urllib.parse.urlsplit(enrolled.json["otpauth_uri"])
        told = dict(urllib.parse.parse_qsl(uri.query))
        same((uri.scheme, uri.netloc, told["issuer"], told["digits"], told["period"]), ("otpauth", "totp", "Acme", "6", "30"))
        same(told["secret"], enrolled.json["secret"])
        assert enrolled.json["qr_code"].startswith("<svg "), "no picture"
        return cls(cloud, told["secret"])

    def code(self) -> str:
        """The code of the moment."""
        now = self.cloud.post("/_local/clock", {"advance": "PT0S"})["now"]
        step = int(datetime.fromisoformat(now).timestamp()) // 30
        digest = hmac.digest(base64.b32decode(self.secret), struct.pack(">Q", step), "sha1")
        at = digest[-1] & 15
        return str((struct.unpack(">I", digest[at:at + 4])[0] & 0x7FFFFFFF) % 10**6).zfill(6)

    def next_code(self) -> str:
        """A code that was not shown before."""
        self.cloud.advance("PT30S")
        return self.code()


def second_step(cloud: Cloud, first: Answer, **factor: str) -> Answer:
    """Finishes a sign-in."""
    same((first.status, first.json["status"]), (200, "mfa_required"))
    return Caller(cloud).post("/api/auth/token/mfa", {"mfa_token": first.json["mfa_token"], **factor})
