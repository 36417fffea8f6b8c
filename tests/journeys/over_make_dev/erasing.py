"""Leaving for good, where nobody is given time to think it over."""

import base64
import hashlib
import hmac
import http.client
import json
import urllib.parse
import uuid

from authenticator import Authenticator, second_step
from caller import Caller, same
from cloud import PASSWORD, Cloud
from exports import NEW, REQUESTS, UMA
from github import PERSON
from report import Report, expect


def run(report: Report, cloud: Cloud) -> None:
    nobody = Caller(cloud)
    account, secret = cloud.people["uma"]
    phone = Authenticator(cloud, secret)
    with report.step("a day later she asks again, and it is carried out at once"):
        cloud.advance("P1D")
        done = second_step(cloud, nobody.sign_in(NEW, PASSWORD), totp_code=phone.next_code())
        uma = Caller(cloud, done.json["access"])
        same(uma.post(REQUESTS, {"request_type": "EXPORT"}).status, 201)
        cloud.mail(NEW, "/api/auth/data-export/download/", count=2)
        known, before = traces(cloud, account), everything(cloud)
        for what in ("the id", "the number", f"the MAC of {NEW}", "who she is at GitHub", "the MAC of that"):
            expect(known[what] in before, f"{what} was never there")
        deletion = uma.post(REQUESTS, {"request_type": "DELETE"}).json
        last = cloud.mail(NEW, "was deleted on")
        expect(deletion["id"] in last["text"], "the mail names no certificate")
        same(nobody.sign_in(NEW, PASSWORD).brief, "401 invalid_credentials")
    with report.step("both tables and the bucket hold neither id, address nor any digest of it"):
        forget_counted_now(cloud)
        stored = everything(cloud)
        for what, trace in known.items():
            expect(trace not in stored, f"{what} is still there")
        expect(deletion["id"] in stored, "there is no certificate")
    with report.step("the same address is anybody's"):
        anew = cloud.new_account(NEW)
        expect(anew["user"]["id"] != account, "it is the same account")
        same(anew["user"]["username"], None)
        same(Caller(cloud, anew["access"]).patch("/api/auth/me", {"username": "uma"}).status, 200)


def forget_counted_now(cloud: Cloud) -> None:
    """The sign-in that has just failed was counted under the address, as one at any address that nobody has."""
    for item in scan(cloud, "EphemeralTable"):
        if item["pk"]["S"].startswith("RATE#login#"):
            key = {"pk": item["pk"], "sk": item["sk"]}
            ask(cloud, "DeleteItem", {"TableName": "EphemeralTable", "Key": key})


def everything(cloud: Cloud) -> str:
    """What lies in both tables and in the bucket."""
    stored = json.dumps([scan(cloud, "MainTable"), scan(cloud, "EphemeralTable")])
    files = [path for path in (cloud.folder / "buckets").rglob("*") if path.is_file() and "mmdb" not in path.name]
    return stored + "".join(str(path) + path.read_bytes().decode("latin-1") for path in files)


def traces(cloud: Cloud, account: str) -> dict[str, str]:
    """By what she could be found."""
    found = {"the id": account, "the username": '"uma"', "the number": "442079460777", "the account": "DE99"}
    key = base64.b64decode(json.loads((cloud.folder / "secrets/macs.json").read_text())["lookup"])
    found["who she is at GitHub"] = str(PERSON)
    found["the MAC of that"] = text(mac(key, b"social/v1", cloud.github.url.encode(), str(PERSON).encode()))
    for address in (UMA, NEW):
        plain = hashlib.sha256(address.encode())
        found |= {
            address: address,
            f"SHA-256 of {address}": plain.hexdigest(),
            f"the same of {address} in base64": text(plain.digest()),
            f"the MAC of {address}": text(mac(key, b"address/v1", address.encode())),
            f"the MAC of {address} as a login": text(mac(key, b"login/v1", b"email", address.encode())),
            f"the MAC of {address} for bounces": text(mac(key, b"suppression/v1", address.encode())),
            f"who stands for {address}": str(uuid.UUID(bytes=mac(key, b"nobody/v1", address.encode())[:16])),
        }
    return found


def mac(key: bytes, *parts: bytes) -> bytes:
    """As the product makes them: each part behind its length."""
    return hmac.digest(key, b"".join(len(part).to_bytes(8, "big") + part for part in parts), "sha256")


def text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def scan(cloud: Cloud, table: str) -> list[dict]:
    """Every item of a table."""
    items, place = [], {}
    while True:
        answer = ask(cloud, "Scan", {"TableName": table, **place})
        items += answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return items
        place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def ask(cloud: Cloud, operation: str, request: dict) -> dict:
    """A request to the local DynamoDB, past the product."""
    port = urllib.parse.urlsplit(cloud.url).port + 1
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"x-amz-target": f"DynamoDB_20120810.{operation}", "content-type": "application/x-amz-json-1.0"}
        connection.request("POST", "/", json.dumps(request), headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return json.loads(body)
    finally:
        connection.close()
