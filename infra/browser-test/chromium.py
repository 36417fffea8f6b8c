"""The Chromium of this machine."""

import os
import shutil
import sys
from contextlib import contextmanager

# A name for this machine that is another site to a browser, as a stranger's page is.
STRANGER = "evil.example"


def find_chromium() -> str | None:
    """Its path: what CHROMIUM says, or the usual names."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for path in (shutil.which(name) for name in names if name) if path), None)


def arguments() -> dict:
    """How it is started."""
    flags = [f"--host-resolver-rules=MAP {STRANGER} 127.0.0.1"]
    # Its sandbox refuses to run as root, as which containers run.
    return {"executable_path": find_chromium(), "args": flags, "chromium_sandbox": os.geteuid() != 0}


@contextmanager
def launch(playwright):
    """A browser without a profile."""
    browser = playwright.chromium.launch(**arguments())
    try:
        yield browser
    finally:
        browser.close()


if __name__ == "__main__":
    sys.exit(find_chromium() is None)
