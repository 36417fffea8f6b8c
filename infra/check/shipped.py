"""What each function is made of: the crates that are linked into it, and those that only help to build it.

Asked of `cargo tree`, for the processor that Lambda runs them on, with the features of the workspace as the Makefile's
RELEASE builds them: without the operator's command line, the tests and what drives the benchmarks. `cargo metadata` would count what only
a test switches on.
"""

import re
import subprocess
from dataclasses import dataclass

TARGET = "aarch64-unknown-linux-gnu"


@dataclass(frozen=True, order=True)
class Crate:
    name: str
    version: str
    licence: str
    own: bool


@dataclass(frozen=True)
class Function:
    crate: Crate
    linked: frozenset[Crate]
    building: frozenset[Crate]
    needs: dict[Crate, set[Crate]]


def functions() -> list[Function]:
    """The crates of the folder `functions`, each with all that it needs, directly or not."""
    roots, linked = graph("normal,no-proc-macro")
    _, built = graph("normal,build")
    found = []
    for root in sorted(roots):
        at_run_time = reach(root, linked)
        both = reach(root, built)
        needs = {crate: built.get(crate, set()) for crate in both | {root}}
        found.append(Function(root, frozenset(at_run_time), frozenset(both - at_run_time), needs))
    return found


def graph(edges: str) -> tuple[set[Crate], dict[Crate, set[Crate]]]:
    """The functions, and who needs whom. `cargo tree` lists a crate's needs once and marks repetitions with `(*)`."""
    command = ["cargo", "tree", "--locked", "--workspace"]
    command += [f"--exclude=latchkey-{name}" for name in ("bench", "ops", "tests")]
    command += ["--target", TARGET, "--edges", edges, "--prefix", "depth"]
    lines = subprocess.run([*command, "--format", "|{p}|{l}|"], check=True, capture_output=True, text=True).stdout
    line_of_crate = re.compile(r"(\d+)\|(\S+) v(\S+)(?: \((.*?)\))*\|(.*?)\|")
    roots, needs, path = set(), {}, []
    for line in filter(None, lines.splitlines()):
        depth, name, version, place, licence = line_of_crate.match(line).groups()
        crate = Crate(name, version, re.sub(r"\s*/\s*", " OR ", licence), own="/" in (place or ""))
        del path[int(depth):]
        if path:
            needs.setdefault(path[-1], set()).add(crate)
        elif re.search(r"/functions/[^/]+$", place or ""):
            roots.add(crate)
        path.append(crate)
    return roots, needs


def reach(root: Crate, needs: dict[Crate, set[Crate]]) -> set[Crate]:
    """All that a crate needs, without itself."""
    found, waiting = set(), [root]
    while waiting:
        new = needs.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
