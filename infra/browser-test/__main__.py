"""Uses the product of `make dev` with a browser: `make test-browser`.

The driver is Playwright for Python, which speaks Chromium's own protocol (so that passkeys can be tried with virtual
authenticators) and stays out of the Rust workspace: a crate that speaks it would add minutes to every build.
"""

import argparse
import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import sync_playwright

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY / "infra/product"))

import cookies
import mails
import pages
import providers
import passkeys
from chromium import launch
from cloud import Cloud
from front_end import serve
from report import Report


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8400), help="and the three after it")
    options.add_argument("--pictures", type=Path, help="put pictures of all pages and mails here")
    options.add_argument("--providers", type=Path, help="provider.mjs beside its packages; without it nobody signs in by one")
    options.add_argument("--axe", type=Path, help="axe.min.js; without it the pages' accessibility is not judged")
    chosen = options.parse_args()
    # A terminal that closes and a CI that stops a job end this the way Ctrl-C does: through every `finally`.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    folder = REPOSITORY / ".local/browser/run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    report = Report()
    with ExitStack() as lifetime:
        front_end = lifetime.enter_context(serve("localhost"))
        stranger = lifetime.enter_context(serve("localhost"))
        if chosen.providers:
            secrets = folder / "cloud/secrets"
            lifetime.enter_context(providers.start(chosen.providers, f"http://localhost:{chosen.port}", secrets))
        own = {
            "OAuthDefaultRedirect": f"{front_end.origin}/",
            "AppUrl": f"{front_end.origin}/",
            "PrivacyUrl": "https://acme.example/privacy",
            "TermsUrl": "https://acme.example/terms",
            "SupportEmail": "help@acme.example",
        }
        cloud = lifetime.enter_context(Cloud(REPOSITORY, folder, chosen.port, front_end.origin, own))
        playwright = lifetime.enter_context(sync_playwright())
        browser = lifetime.enter_context(launch(playwright))
        cookies.run(report, playwright, cloud, folder, front_end, stranger)
        passkeys.run(report, browser, cloud)
        if chosen.providers:
            providers.run(report, browser, cloud, front_end)
        # The local cloud watches the repository and would build anew for each picture, so they move there at the end.
        pictures = folder / "pictures" if chosen.pictures else None
        pages.run(report, browser, cloud, chosen.axe, pictures)
        mails.run(report, browser, REPOSITORY / "docs/generated/mails", pictures)
    if chosen.pictures and not report.failed:
        shutil.rmtree(chosen.pictures, ignore_errors=True)
        shutil.copytree(pictures, chosen.pictures)
    if not chosen.axe:
        print("skipped: axe-core and the providers need Node")
    print(f"\n{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
