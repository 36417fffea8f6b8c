"""Everything that is known of a person: asked for, downloaded, and left behind."""

import csv
import hashlib
import json
import re
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

from authenticator import Authenticator, second_step
from caller import Caller, people, same
from cloud import PASSWORD, Cloud
from github import PERSON, TOKEN
from report import Report, expect

UMA, NEW = "uma@example.com", "uma@example.org"
ME, PROFILE, REQUESTS = "/api/auth/me", "/api/auth/profile", "/api/auth/data-requests"
LINK = "/api/auth/data-export/download/"


def run(report: Report, cloud: Cloud) -> None:
    uma, vic = people(cloud, UMA, "vic@example.com")
    nobody = Caller(cloud)
    with report.step("a person has something in every domain"):
        same(uma.patch(ME, {"username": "uma"}).status, 200)
        same(uma.patch(PROFILE, {"phone": "+44 20 7946 0777", "bank_account": "DE99", "marketing_consent": True}).status, 200)
        cloud.advance("PT1S")
        same(uma.patch(PROFILE, {"marketing_consent": False}).status, 200)
        same(uma.post("/api/auth/email-change", {"new_email": NEW, "current_password": PASSWORD}).status, 202)
        same(uma.post("/api/auth/email-change/confirm", {"code": cloud.code(NEW, "    ")}).status, 200)
        connected = uma.post("/api/auth/social/accounts/github/connect", {"access_token": TOKEN})
        same((connected.status, connected.json["uid"]), (200, str(PERSON)))
        spy = {"user-agent": "=HYPERLINK(\"https://evil.example\")"}
        same(Caller(cloud, headers=spy).sign_in(NEW, PASSWORD, device_name="@SUM(1+1)").status, 200)
        phone = Authenticator.scan(cloud, uma.post("/api/auth/mfa/totp"))
        same(uma.post("/api/auth/mfa/totp/confirm", {"code": phone.code()}).status, 200)
        cloud.people = {"uma": (uma.get(ME).json["id"], phone.secret)}
    with report.step("an export is asked for with a fresh proof, twice a day at most, by nobody else"):
        same(nobody.post(REQUESTS, {"request_type": "EXPORT"}).brief, "401 token_missing")
        same(uma.post(REQUESTS, {"request_type": "EVERYTHING"}).brief, "422 invalid_body")
        asked = uma.post(REQUESTS, {"request_type": "EXPORT", "notes": "for my records"})
        same((asked.status, asked.json["status"]), (201, "PENDING"))
        same(vic.get(f"{REQUESTS}/{asked.json['id']}").brief, "404 not_found")
        cloud.advance("PT6M")
        same(uma.post(REQUESTS, {"request_type": "EXPORT"}).brief, "403 step_up_required")
    with report.step("the mailed link leads curl to a ZIP whose name says whose it is"):
        mail = cloud.mail(NEW, LINK)
        link = re.search(rf"{re.escape(cloud.url)}{LINK}\S+", mail["text"])[0]
        expect(re.search(r"\d+\.\d\d MB", mail["text"]) and "good until" in mail["text"], "the mail tells no size or end")
        folder = Path(tempfile.mkdtemp(prefix="latchkey-export-"))
        said = subprocess.run(
            ["curl", "-sSLOJ", "-w", "%{http_code} %{content_type}", link], cwd=folder, capture_output=True, text=True, check=True
        )
        same(said.stdout, "200 application/zip")
        (archive,) = folder.iterdir()
        expect(re.fullmatch(r"user_data_export_uma_\d{8}_\d{6}\.zip", archive.name), archive.name)
        found = uma.get(f"{REQUESTS}/{asked.json['id']}").json
        same((found["status"], found["notes"]), ("COMPLETED", "for my records"))
    with report.step("each file parses, is what the description says, and tells the truth"):
        files = {name: zipfile.ZipFile(archive).read(name) for name in zipfile.ZipFile(archive).namelist()}
        info = json.loads(files["export_info.json"])
        same({told["name"] for told in info["files"]}, files.keys() - {"export_info.json"})
        for told in info["files"]:
            content = files[told["name"]]
            same((told["bytes"], told["sha256"]), (len(content), hashlib.sha256(content).hexdigest()))
            same(told["records"], records(told["name"], content.decode()))
        user, profile = json.loads(files["user_info.json"]), json.loads(files["profile.json"])
        same((user["id"], user["email"], user["username"]), (cloud.people["uma"][0], NEW, "uma"))
        same((profile["phone"], profile["marketing_consent"]), ("+44 20 7946 0777", False))
        consents = list(csv.DictReader(files["consent_history.csv"].decode().splitlines()))
        same([consent["given"] for consent in consents], ["yes", "no"])
        same(json.loads(files["email_addresses.json"])["given_up"][0]["email"], UMA)
        (link_to_github,) = json.loads(files["social_accounts.json"])
        expect(str(PERSON) in json.dumps(link_to_github), "the provider's name of her is not there")
        events = [json.loads(line)["event_type"] for line in files["audit_logs.jsonl"].decode().splitlines()]
        # What one request writes has one time, and stands in any order.
        expect("ACCOUNT_CREATED" in events[:3], "the log does not begin with the account")
        same(("EMAIL_CHANGE" in events, "DATA_EXPORT_REQUESTED" in events), (True, True))
    with report.step("nothing in it is a formula or a secret"):
        sessions = list(csv.DictReader(files["sessions.csv"].decode().splitlines()))
        cells = [cell for row in sessions + consents for cell in row.values()]
        same([cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))], [])
        expect(any("'=HYPERLINK" in cell for cell in cells), "the user agent is not there")
        whole = b"".join(files.values()).decode()
        same([word for word in ("argon2", "digest", TOKEN, phone.secret) if word in whole], [])
    with report.step("a link that was changed is a link that nobody sent"):
        path = link.removeprefix(cloud.url)
        same(nobody.get(path[:-4] + "AAAA").brief, "404 not_found")
        same(nobody.get(path).status, 303)
    with report.step("a deletion is asked for the same way, and taken back in its grace"):
        same(uma.post("/api/auth/step-up", {"totp_code": phone.next_code()}).status, 204)
        deletion = uma.post(REQUESTS, {"request_type": "DELETE"}).json
        same((deletion["status"], uma.get(ME).brief), ("PENDING", "401 token_invalid"))
        done = second_step(cloud, nobody.sign_in(NEW, PASSWORD), totp_code=phone.next_code())
        uma = Caller(cloud, done.json["access"])
        same(uma.post(REQUESTS, {"request_type": "DELETE"}).brief, "403 deletion_pending")
        same(uma.get(REQUESTS).json["items"][0]["scheduled_at"], deletion["scheduled_at"])
        same(uma.delete(f"{REQUESTS}/{deletion['id']}").status, 204)
        same(uma.get(PROFILE).status, 200)
    with report.step("after seven days the night takes the export away"):
        cloud.advance("P8D")
        same(nobody.get(path).brief, "404 not_found")
        buckets = cloud.folder / "buckets"
        wait(lambda: not [file for file in buckets.rglob("*.zip") if "user_exports" in str(file)], "the file is still there")


def records(name: str, content: str) -> int:
    """How many there are, as readers of each format count them."""
    if name.endswith(".csv"):
        return len(list(csv.DictReader(content.splitlines(keepends=True))))
    if name.endswith(".jsonl"):
        return len([json.loads(line) for line in content.splitlines()])
    value = json.loads(content)
    return len(value) if isinstance(value, list) else 1


def wait(holds, otherwise: str) -> None:
    """Until it holds."""
    for _ in range(100):
        if holds():
            return
        time.sleep(0.2)
    raise AssertionError(otherwise)
