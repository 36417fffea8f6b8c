"""How many cases reached a handler signed in.

A case did if its operation needs a user who is signed in, it carried a session, and the product's own line of that
request says so: it names the operation's path as the route that was taken, the account as found by a session that is
alive, and no refusal that is made before a handler has its turn. What the handler then made of the case, a success or a
refusal of the body, does not matter.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

# Codes with which a request is refused before its handler runs, though it names an account or a route.
BEFORE_THE_HANDLER = {
    "csrf_failed",
    "deletion_pending",
    "method_not_allowed",
    "rate_limited",
    "token_invalid",
    "token_missing",
    "unavailable",
}


@dataclass
class Reached:
    """The cases of a run, counted."""

    cases: int = 0
    need_user: int = 0
    signed_in: int = 0
    # Of the cases that need a user and did not reach a handler signed in: operation and answer.
    missed: Counter = field(default_factory=Counter)

    def share(self) -> float:
        """Of all cases."""
        return self.signed_in / self.cases if self.cases else 0.0

    def __str__(self) -> str:
        within = self.signed_in / self.need_user if self.need_user else 0.0
        return (
            f"{self.cases:,} cases; {self.signed_in:,} of them ({self.share():.0%}) reached a handler signed in: "
            f"{within:.0%} of the {self.need_user:,} whose operation needs a user"
        )


def count(cases: Path, log: Path, paths: dict[str, str]) -> Reached:
    """Counts the cases with the product's log. `paths` has the path of each operation."""
    lines = requests(log)
    reached = Reached()
    for text in cases.read_text().splitlines():
        case = json.loads(text)
        reached.cases += 1
        if not case["needs_user"]:
            continue
        reached.need_user += 1
        line = lines.get(case["request_id"]) or {}
        is_there = line.get("route") == paths[case["operation"]] and "account" in line
        if case["has_session"] and is_there and line.get("code") not in BEFORE_THE_HANDLER:
            reached.signed_in += 1
        else:
            reached.missed[f"{case['operation']} {case['status']} {line.get('code') or ''}".strip()] += 1
    return reached


def requests(log: Path) -> dict[str, dict]:
    """The lines of requests in the log of functions, by request id."""
    found = {}
    with log.open(errors="replace") as lines:
        for line in lines:
            if '"latency_ms"' in line:
                try:
                    request = json.loads(line[line.index("{") :])
                except ValueError:
                    continue
                found[request["request_id"]] = request
    return found
