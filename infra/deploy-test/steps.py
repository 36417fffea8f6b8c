"""Steps in words: each prints one line with its time, and one that fails shows what the functions logged."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

Found = TypeVar("Found")


class Unexpected(Exception):
    """Something is not as it should be; the text says what."""


class StepFailed(Exception):
    """A step failed and has been reported; what builds on it makes no sense."""


def expect(holds: object, words: str) -> None:
    """Refuses to go on when something does not hold."""
    if not holds:
        raise Unexpected(words)


def wait_for(what: str, look: Callable[[], Found], seconds: float = 20) -> Found:
    """The first truthy thing that `look` returns; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Unexpected(f"{what}: not within {seconds:g} seconds")
        time.sleep(0.2)


def utc(moment: datetime) -> str:
    """A time as the product and AWS write it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Report:
    """Counts and prints."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self.logs: Callable[[str], list[str]] = lambda _function: []
        """The last lines that a function, named as in the template, has logged."""

    @contextmanager
    def step(self, words: str, *functions: str) -> Iterator[None]:
        """One step, and the functions whose logs explain its failure."""
        began = time.monotonic()
        try:
            yield
        except Exception as error:
            self.failed += 1
            self._say("FAILED", began, words)
            print(f"                 {error if isinstance(error, Unexpected) else repr(error)}")
            for function in functions:
                print(f"                 {function} logged last:")
                for line in self.logs(function) or ["(nothing)"]:
                    print(f"                   {line.rstrip()}")
            raise StepFailed from error
        self.passed += 1
        self._say("ok", began, words)

    def chapter(self, words: str, *parts: Callable[[], None]) -> bool:
        """Steps that build on one another: the first that fails ends the chapter, not the test."""
        print(f"\n{words}")
        try:
            for part in parts:
                part()
        except StepFailed:
            print("                 the rest of this chapter was not run")
            return False
        return True

    def _say(self, mark: str, began: float, words: str) -> None:
        print(f"  {mark:<6} {time.monotonic() - began:6.1f} s  {words}", flush=True)
