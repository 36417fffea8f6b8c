"""Measures which lines the tests reach, and fails below a floor.

Runs cargo-llvm-cov with a build folder of its own, so that the ordinary one stays as it is. It reads profiles with
llvm-cov and llvm-profdata of the compiler's own LLVM: rustup's component `llvm-tools`, a distribution's package, or
whatever LLVM_COV and LLVM_PROFDATA name.

Not counted: the tests themselves. Counted as never reached: each function's `main.rs` and most of the local cloud's
program, which need Lambda or sockets and which the tests go around.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

# Percent of lines, a little below what was measured. What is shipped has the higher one.
FLOORS = {"shipped": 92.0, "all": 82.0}
VERSION = "0.9.1"
REPORT = Path("target/coverage")
TOOLS = Path(".local/tools")


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def llvm_tools() -> dict[str, str]:
    """Where llvm-cov and llvm-profdata are, as the variables that cargo-llvm-cov reads. Empty: it finds rustup's."""
    if "LLVM_COV" in os.environ and "LLVM_PROFDATA" in os.environ:
        return {}
    if has_component() or rustup_adds_it():
        return {}
    major = re.search(r"LLVM version: (\d+)", output("rustc", "-vV"))[1]
    found = {f"LLVM_{tool.upper()}": shutil.which(f"llvm-{tool}-{major}") for tool in ("cov", "profdata")}
    if not all(found.values()):
        sys.exit(
            f"coverage needs llvm-cov and llvm-profdata of LLVM {major}: `rustup component add llvm-tools`, or a "
            f"package such as llvm-{major}, or LLVM_COV and LLVM_PROFDATA set to the two programs"
        )
    return found


def has_component() -> bool:
    return any(Path(output("rustc", "--print", "sysroot").strip()).glob("lib/rustlib/*/bin/llvm-profdata*"))


def rustup_adds_it() -> bool:
    if not shutil.which("rustup"):
        return False
    return subprocess.run(["rustup", "component", "add", "llvm-tools"], capture_output=True).returncode == 0


def cargo_llvm_cov(environment: dict[str, str]) -> list[str]:
    """The command, installed first where it is missing."""
    command = ["cargo", "llvm-cov"]
    if subprocess.run([*command, "--version"], env=environment, capture_output=True).returncode != 0:
        print(f"cargo-llvm-cov is missing: building it into {TOOLS} (two minutes, once) ...", flush=True)
        install = ["cargo", "install", "--quiet", "--locked", "--root", str(TOOLS), f"cargo-llvm-cov@{VERSION}"]
        subprocess.run(install, check=True)
    return command


def table(summary: dict) -> dict[str, tuple[int, int]]:
    """Lines and reached lines per crate, and of what is shipped and of all."""
    lines, reached = Counter(), Counter()
    for file in summary["data"][0]["files"]:
        path = Path(file["filename"]).relative_to(Path.cwd()).as_posix()
        crate = re.split(r"/(?:src|tests)/", path)[0]
        groups = {crate, "all"} | ({"shipped"} if crate.startswith(("shared", "functions/")) else set())
        for group in groups:
            lines[group] += file["summary"]["lines"]["count"]
            reached[group] += file["summary"]["lines"]["covered"]
    order = sorted(lines, key=lambda group: (group == "all", group == "shipped", group))
    return {group: (lines[group], reached[group]) for group in order}


def main() -> int:
    environment = os.environ | llvm_tools() | {"CARGO_LLVM_COV_TARGET_DIR": str((REPORT / "build").absolute())}
    environment["PATH"] += os.pathsep + str((TOOLS / "bin").absolute())
    command = cargo_llvm_cov(environment)
    REPORT.mkdir(parents=True, exist_ok=True)
    summary = REPORT / "summary.json"
    for arguments in (
        ["--workspace", "--no-report"],
        ["report", "--html", "--output-dir", REPORT],
        ["report", "--json", "--summary-only", "--output-path", summary],
    ):
        subprocess.run([*command, *arguments], env=environment, check=True)

    low = []
    print(f"\n{'':24}{'lines':>8}{'reached':>9}{'percent':>9}")
    for group, (lines, reached) in table(json.loads(summary.read_text())).items():
        percent, floor = 100 * reached / lines, FLOORS.get(group, 0.0)
        print(f"{group:24}{lines:8}{reached:9}{percent:9.1f}" + (f"  (at least {floor})" if floor else ""))
        if percent < floor:
            low.append(f"{group}: {percent:.1f} % of the lines are reached, and {floor} must be")
    print(f"\nThe pages are in {REPORT}/html/index.html")
    for line in low:
        print(line, file=sys.stderr)
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
