"""Where people sign in from."""

import json
import time

from caller import Caller, people, same
from cloud import PASSWORD, Cloud
from maxmind import BASE, STORE
from report import Report

RIO = "rio@example.com"
TASK = {"task": "update-places", "time": "2026-03-02T09:30:00Z"}
PLACE = "Linköping, Östergötland County (SE)"


def run(report: Report, cloud: Cloud) -> None:
    people(cloud, RIO)
    there = Caller(cloud, headers={"x-local-source-address": "203.0.113.9"})
    with report.step("without a database no place is told"):
        same(location(cloud, there), None)
    with report.step("the schedule fetches it from MaxMind, and shows the account to nobody else"):
        cloud.maxmind.begin_service()
        cloud.post("/_local/invoke/scheduler", TASK)
        same(cloud.maxmind.asked[:3], [(f"{BASE}.sha256", True), (BASE, True), (STORE, False)])
        before = len(cloud.maxmind.asked)
        cloud.post("/_local/invoke/scheduler", TASK)
        assert len(cloud.maxmind.asked) > before
        # Later requests, of the weekly schedule or of this test, fetched the digest alone.
        same(set(cloud.maxmind.asked[3:]), {(f"{BASE}.sha256", True)})
    with report.step("an hour later functions have read it, and sessions and mails name the place"):
        cloud.advance("PT1H")
        found = None
        for _ in range(40):
            if found := location(cloud, there):
                break
            time.sleep(0.25)
        same(found, PLACE)
        assert PLACE in cloud.mail(RIO, PLACE)["text"]
    with report.step("an address of the own network has no place"):
        near = Caller(cloud, headers={"x-local-source-address": "192.168.1.20"})
        same(location(cloud, near), None)


def location(cloud: Cloud, caller: Caller) -> str | None:
    """Where a sign-in of this caller is told to be."""
    signed_in = Caller(cloud, caller.sign_in(RIO, PASSWORD).json["access"])
    listed = json.loads(signed_in.get("/api/auth/sessions?limit=100").text)["items"]
    return next(one for one in listed if one["current"])["location"]
