"""Checks what the product is built from: licences, and one TLS stack.

Reads `cargo metadata` alone, so it works offline. A licence expression (SPDX) passes when it can be satisfied with
licences of the list below. `cargo deny` would do the same and look up advisories besides; where it is installed,
`make check` runs its advisories as well.
"""

import json
import re
import subprocess
import sys

ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "ISC", "MIT", "MIT-0", "MPL-2.0", "Unicode-3.0", "Unlicense", "Zlib",
}
# A second TLS stack doubles a binary and its attack surface.
BANNED = {"openssl", "openssl-sys", "native-tls", "ring"}


def satisfied(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression can be satisfied; `/` is the old way to write OR."""
    expression = re.sub(r"\s*/\s*", " OR ", expression)
    tokens = re.findall(r"\(|\)|\bAND\b|\bOR\b|[A-Za-z0-9.+-]+(?: WITH [A-Za-z0-9.-]+)?", expression)
    python = {"AND": "and", "OR": "or", "(": "(", ")": ")"}
    return bool(eval(" ".join(python.get(token, str(token in allowed)) for token in tokens)))


def main() -> int:
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    built = {node["id"] for node in metadata["resolve"]["nodes"]}
    wrong = []
    for package in metadata["packages"]:
        name, licence = package["name"], package["license"] or ""
        if package["id"] not in built or package["source"] is None:
            continue
        if not package["source"].startswith("registry+"):
            wrong.append(f"{name} {package['version']} does not come from the registry")
        if not satisfied(licence, ALLOWED):
            wrong.append(f"{name} {package['version']} has the licence {licence or '(none)'}")
        if name in BANNED and is_built(name):
            wrong.append(f"{name} {package['version']} is a second TLS stack")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(built)} packages, {len(wrong)} that must not be there")
    return 1 if wrong else 0


def is_built(name: str) -> bool:
    """Optional dependencies stand in the metadata; only `cargo tree` tells what is really built."""
    command = ["cargo", "tree", "--locked", "--workspace", "--invert", name, "--edges", "normal,build"]
    return bool(subprocess.run(command, capture_output=True).stdout.strip())


if __name__ == "__main__":
    sys.exit(main())
