"""How a reader wants to see a report; what it says does not depend on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checker.conditions import Verdict
from checker.errors import Text
from checker.report import Finding


@dataclass(frozen=True, slots=True)
class View:
    """Language, the verdicts to list (all of them where none is named), line width in columns, colours or not."""

    lang: str = "zh"
    only: frozenset[Verdict] = frozenset()
    width: int = 80
    colour: bool = False

    def say(self, words: Text) -> str:
        """Words in the reader's language, with nothing in them that could steer a terminal."""
        return clean(words.in_language(self.lang))

    def listed(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings to list."""
        return [finding for finding in findings if not self.only or finding.verdict in self.only]


def clean(said: str) -> str:
    """A text from an input on one line: control characters, which could steer a terminal, become a replacement mark."""
    return "".join(character if character.isprintable() else " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"
                   for character in said)
