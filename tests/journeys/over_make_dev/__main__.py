"""One person's whole life with an account, over the product of `make dev`: `make test-journey`.

Python's own library is all it needs.
"""

import argparse
import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
sys.path.append(str(REPOSITORY / "infra/product"))

import addresses
import building
import devices
import erasing
import exports
import leaving
import newcomers
import passwords
import people
import places
import registration
import required_factors
import second_factors
from cloud import Cloud
from facebook import Facebook
from github import GitHub
from maxmind import MaxMind
from report import Report

CHAPTERS = (registration, newcomers, people, devices, places, passwords, addresses, second_factors, leaving, exports)
ORIGIN = "https://app.example.com"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8420), help="and the three after it")
    chosen = options.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    folder = REPOSITORY / ".local/journey"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    report = Report()
    with ExitStack() as lifetime:
        maxmind = lifetime.enter_context(MaxMind())
        maxmind.configure(folder / "cloud")
        github = lifetime.enter_context(GitHub())
        facebook = lifetime.enter_context(Facebook())
        github.configure(folder / "cloud", facebook=facebook.client)
        by_code = {"EmailCodeSignIn": "on"}
        cloud = lifetime.enter_context(Cloud(REPOSITORY, folder, chosen.port, ORIGIN, by_code))
        cloud.maxmind, cloud.github = maxmind, github
        # From here on each function is asked for the first time while somebody else compiles.
        lifetime.enter_context(building.another_cargo(REPOSITORY))
        for chapter in CHAPTERS:
            print(chapter.__doc__.strip(), flush=True)
            chapter.run(report, cloud)
    known, github = cloud.people, cloud.github
    at_once = {"DeletionGraceDays": "0"}
    with Cloud(REPOSITORY, folder, chosen.port, ORIGIN, at_once) as cloud:
        cloud.people, cloud.github = known, github
        print(erasing.__doc__.strip(), flush=True)
        erasing.run(report, cloud)
    strict = folder / "strict"
    strict.mkdir()
    with Cloud(REPOSITORY, strict, chosen.port, ORIGIN, {"MfaRequired": "everybody"}) as cloud:
        print(required_factors.__doc__.strip(), flush=True)
        required_factors.run(report, cloud)
    print(f"\n{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
