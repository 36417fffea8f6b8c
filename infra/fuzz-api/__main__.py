"""Asks the product of `make dev` what its OpenAPI document allows and what it does not: `make fuzz-api`.

Fails for an answer with a status, a content type, headers or a body that the document does not name, for any 5xx, and
where too few of the cases reached a handler signed in: what is refused at the door tries nothing behind it.
"""

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY / "infra/product"))

import reached
from cloud import Cloud

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
# At least this share of all cases reaches a handler signed in.
LEAST = 0.6
# Operations that need a user get so many times the examples of others: about half of all operations need none, and
# those have more to be varied.
FAVOUR = 4
# A session or an account is spent by each case that succeeds, and making another takes longer than the case.
COSTLY = {"sign_out", "delete_account"}


def operations(url: str) -> dict[str, dict]:
    """The operations of the document, each with its path."""
    with urllib.request.urlopen(f"{url}/api/openapi.json", timeout=30) as answer:
        # It is always packed.
        paths = json.loads(gzip.decompress(answer.read()))["paths"]
    return {
        operation["operationId"]: operation | {"path": path}
        for path, methods in paths.items()
        for operation in methods.values()
    }


def settings(known: dict[str, dict], cases: int) -> str:
    """The configuration of Schemathesis: how many examples each operation gets."""
    # Where there is nothing to vary, a few requests are all that there are.
    varied = [name for name, operation in known.items() if "requestBody" in operation or operation.get("parameters")]
    favoured = [name for name in varied if known[name].get("security") and name not in COSTLY]
    each = -(-cases * 11 // (10 * (len(varied) + (FAVOUR - 1) * len(favoured))))
    return "\n".join((
        "[generation]",
        f"max-examples = {each}",
        # A session that is invented is refused at the door, and tests have each way in which one can be wrong.
        "with-security-parameters = false",
        # One method besides those of the document is enough to see how others are answered.
        "[phases.coverage]",
        'unexpected-methods = ["TRACE"]',
        "[[operations]]",
        f"include-operation-id = {json.dumps(favoured)}",
        f"generation = {{ max-examples = {each * FAVOUR} }}",
    ))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8500))
    options.add_argument("--cases", type=int, default=20_000, help="at least so many in all")
    options.add_argument("--seed", type=int, help="to see a failure again")
    chosen = options.parse_args()
    folder = REPOSITORY / ".local/fuzz-api/run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cases = folder / "cases.jsonl"
    with Cloud(REPOSITORY, folder, chosen.port, "http://localhost:3000") as cloud:
        known = operations(cloud.url)
        configuration = folder / "schemathesis.toml"
        configuration.write_text(settings(known, chosen.cases))
        command = [
            Path(sys.executable).with_name("schemathesis"), "--config-file", configuration,
            "run", f"{cloud.url}/api/openapi.json",
            "--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS),
            "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off", "--workers", "2",
            # The first request to a function waits until it has started.
            "--request-timeout", "60", "--report", "json", "--report-dir", folder,
        ]
        if chosen.seed is not None:
            command += ["--seed", str(chosen.seed)]
        variables = {
            "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": Path(__file__).parent, "FUZZED_URL": cloud.url, "FUZZED_CASES": cases,
        }
        found = subprocess.run(command, cwd=folder, env=os.environ | variables).returncode
    count = reached.count(cases, folder / "cloud.log", {name: operation["path"] for name, operation in known.items()})
    print(count)
    print("the most frequent of those that need a user and did not, with their answers:")
    for answer, number in count.missed.most_common(8):
        print(f"  {number:6,}  {answer}")
    if count.share() >= LEAST:
        return found
    print(f"fewer than {LEAST:.0%} reached a handler signed in")
    return found or 1


if __name__ == "__main__":
    sys.exit(main())
