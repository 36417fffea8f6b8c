"""An export: asked for by API, packed by the exporter into the stack's bucket, fetched by the mailed link, and erased with
its person."""

import http.client
import io
import json
import re
import zipfile
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from api import Api
from journey import EMAIL, PASSWORD
from mailbox import Mailbox, path_in
from permissions import Permissions
from stack import MAIL_FROM, PUBLIC_URL, Stack
from steps import Report, expect, wait_for

REQUESTS = "/api/auth/data-requests"
READY = "data export is ready"
DELETED = "account is deleted"


class Exports:
    """Ada's, who has an account."""

    def __init__(self, report: Report, api: Api, mailbox: Mailbox, stack: Stack, permissions: Permissions) -> None:
        self._report, self._api, self._mailbox, self._stack = report, api, mailbox, stack
        self._permissions = permissions
        self._bucket = stack.physical["Bucket"]
        self._token = self._request = self._address = ""

    def open_the_bucket_to_plain_http(self) -> None:
        """The bucket's policy denies whatever does not come by TLS, and ministack is asked without."""
        with self._report.step("the bucket refuses whoever comes without TLS, and nobody else"):
            refused = "AccessDenied"
            listing = {"Bucket": self._bucket, "Prefix": "user_exports/"}
            expect(self._asked("list_object_versions", False, **listing) == refused, "it answers without TLS")
            expect(self._asked("list_object_versions", True, **listing) == "", "it refuses what came by TLS")
            # By TLS only its role counts: which prefixes, and what under them.
            for operation, request in (
                ("list_object_versions", listing | {"Prefix": "geo/"}),
                ("list_object_versions", {"Bucket": self._bucket}),
                ("put_object", {"Bucket": self._bucket, "Key": "geo/GeoLite2-City.mmdb"}),
                ("get_object", {"Bucket": self._bucket, "Key": "user_exports/x.zip"}),
            ):
                expect(self._asked(operation, True, **request) == refused, f"the exporter may {operation} {request}")
        with self._report.step("its policy is taken away, since here nothing comes by TLS"):
            policy = self._stack.aws.client("s3").get_bucket_policy(Bucket=self._bucket)["Policy"]
            statement, = json.loads(policy)["Statement"]
            told = (statement["Effect"], statement["Condition"])
            expect(told == ("Deny", {"Bool": {"aws:SecureTransport": "false"}}), f"it says more: {policy}")
            self._stack.aws.client("s3").delete_bucket_policy(Bucket=self._bucket)

    def ask(self) -> None:
        """From the request to the mail."""
        with self._report.step("Ada asks for her data", "PrivacyFunction"):
            login = {"login": EMAIL, "password": PASSWORD}
            self._token = self._api.post("/api/auth/token", login).expect(200).json()["access"]
            asked = self._api.post(REQUESTS, {"request_type": "EXPORT"}, self._token).expect(201).json()
            expect(asked["status"] == "PENDING", f"it is {asked}")
            self._request = asked["id"]
        with self._report.step("the stream wakes the exporter, and it is packed", "ExporterFunction"):
            wait_for("the request's completion", self._is_done)
        with self._report.step("Ada is mailed the link", "MailerFunction"):
            wait_for("the mail", self._link)

    def fetch(self) -> None:
        """What the link leads to."""
        with self._report.step("the link leads to the bucket", "PrivacyFunction"):
            self._address = self._api.get(self._link()).expect(303).location
            expect("X-Amz-Expires=300&" in self._address, "the address is good for another time")
        with self._report.step("which serves a ZIP to be saved, to whoever has no account at all"):
            status, headers, archive = self._fetched()
            expect(status == 200, f"answered {status}: {archive[:500]!r}")
            expect(headers["Content-Type"] == "application/zip", f"it is {headers['Content-Type']}")
            saved_as = headers["Content-Disposition"]
            expect(re.fullmatch(r'attachment; filename="user_data_export_[0-9a-f-]{36}_\d{8}_\d{6}\.zip"', saved_as), saved_as)
        with self._report.step("in which each file is as long as the description says, and Ada is who she is"):
            files = zipfile.ZipFile(io.BytesIO(archive))
            expect(files.testzip() is None, "a checksum is wrong")
            info = json.loads(files.read("export_info.json"))
            sizes = {told["name"]: told["bytes"] for told in info["files"]}
            found = {file.filename: file.file_size for file in files.infolist() if file.filename != "export_info.json"}
            expect(sizes == found and info["request_id"] == self._request, f"{sizes} are not {found}")
            expect(json.loads(files.read("user_info.json"))["email"] == EMAIL, "it is somebody else's")
        with self._report.step("no upload is left open, and a changed link leads nowhere", "PrivacyFunction"):
            uploads = self._stack.aws.client("s3").list_multipart_uploads(Bucket=self._bucket)
            expect("Uploads" not in uploads, f"left: {uploads.get('Uploads')}")
            self._api.get(f"{self._link()[:-6]}AAAAAA").expect(404, "not_found")

    def erase(self) -> None:
        """The file goes with Ada, who has no grace in this stack."""
        store = self._stack.aws.client("s3")
        (key, _), = self._versions()
        # What a second try of the exporter would have left, and another user's file whose key begins with hers.
        neighbour = f"{key}.neighbour"
        for other in (key, neighbour):
            store.put_object(Bucket=self._bucket, Key=other, Body=b"another")
        with self._report.step("Ada deletes her account", "PrivacyFunction"):
            self._api.post(REQUESTS, {"request_type": "DELETE"}, self._token).expect(201)
        with self._report.step("the exporter erases her, and her file with every version and no other",
                               "ExporterFunction"):
            wait_for("the end of her file", lambda: {found for found, _ in self._versions()} == {neighbour})
        with self._report.step("neither the mailed link nor the address in the bucket leads to it", "PrivacyFunction"):
            self._api.get(self._link()).expect(404, "not_found")
            expect(self._fetched()[0] in (403, 404), "it is still served")
        with self._report.step("a last mail says that it is done, and her account is gone", "MailerFunction"):
            wait_for("the mail", lambda: any(DELETED in mail["Subject"] for mail in self._mailbox.mails_to(EMAIL)))
            self._api.post("/api/auth/token", {"login": EMAIL, "password": PASSWORD}).expect(401)

    def _versions(self) -> list[tuple[str, str]]:
        """Every version of every export, and the marks of deletions: keys and ids."""
        page = self._stack.aws.client("s3").list_object_versions(Bucket=self._bucket, Prefix="user_exports/")
        found = page.get("Versions", []) + page.get("DeleteMarkers", [])
        return [(one["Key"], one["VersionId"]) for one in found]

    def _is_done(self) -> bool:
        found = self._api.get(f"{REQUESTS}/{self._request}", self._token).expect(200).json()
        expect(found["status"] != "FAILED", f"it is {found}")
        return found["status"] == "COMPLETED"

    def _link(self) -> str:
        mails = [mail for mail in self._mailbox.mails_to(EMAIL) if READY in mail["Subject"]]
        expect(all(mail["Source"] == MAIL_FROM for mail in mails), "somebody else sent it")
        return path_in(mails[-1], PUBLIC_URL) if mails else ""

    def _fetched(self) -> tuple[int, http.client.HTTPMessage, bytes]:
        """What is at the address: its host is ministack's, and its signature names no other header."""
        parts = urlsplit(self._address)
        connection = http.client.HTTPConnection("127.0.0.1", self._stack.aws.port, timeout=30)
        try:
            connection.request("GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        return answer.status, answer.headers, body

    def _asked(self, operation: str, by_tls: bool, **request) -> str:
        """The code with which the exporter's role is refused; empty if it is not."""
        client = self._permissions.of("ExporterFunctionRole", "s3")
        if by_tls:
            # What a proxy that ends TLS says to ministack.
            client.meta.events.register("before-sign.s3", said_to_come_by_tls)
        try:
            getattr(client, operation)(**request)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return ""


def said_to_come_by_tls(request, **_) -> None:
    request.headers["x-forwarded-proto"] = "https"
