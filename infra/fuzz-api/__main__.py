"""Asks the product of `make dev` what its OpenAPI document allows and what it does not: `make fuzz-api`.

Fails for an answer with a status, a content type, headers or a body that the document does not name, and for any 5xx.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY / "infra/product"))

from cloud import Cloud

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def operations(url: str) -> int:
    """How many operations the document has."""
    with urllib.request.urlopen(f"{url}/api/openapi.json", timeout=30) as answer:
        return sum(len(methods) for methods in json.load(answer)["paths"].values())


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8500))
    options.add_argument("--cases", type=int, default=20_000, help="at least so many in all")
    options.add_argument("--seed", type=int, help="to see a failure again")
    chosen = options.parse_args()
    folder = REPOSITORY / ".local/fuzz-api/run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with Cloud(REPOSITORY, folder, chosen.port, "http://localhost:3000") as cloud:
        # Some operations have fewer different requests than that, so the others get more.
        each = -(-chosen.cases * 11 // (10 * operations(cloud.url)))
        command = [
            Path(sys.executable).with_name("schemathesis"), "run", f"{cloud.url}/api/openapi.json",
            "--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS), "--max-examples", str(each),
            "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off", "--workers", "2",
            # The first request to a function waits until it has started.
            "--request-timeout", "60", "--report", "json", "--report-dir", folder,
        ]
        if chosen.seed is not None:
            command += ["--seed", str(chosen.seed)]
        variables = {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": Path(__file__).parent, "FUZZED_URL": cloud.url}
        return subprocess.run(command, cwd=folder, env=os.environ | variables).returncode


if __name__ == "__main__":
    sys.exit(main())
