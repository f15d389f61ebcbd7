"""What the forms for other tools share: names that last, addresses, and where the facts stand on which a finding rests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5

from checker.conditions import Count, Leaf, asked_by
from checker.description import describe
from checker.errors import Place, Text
from checker.facts import Fact, Statement
from checker.lines import ScoreLine
from checker.report import Finding, Report, absence_text, event_text, value_text

#: Whose names these are: in OSCAL the namespace of our properties, everywhere the root of our identifiers.
NAMESPACE = "urn:esgcheck:exchange"
_ROOT: UUID = uuid5(NAMESPACE_URL, NAMESPACE)


@dataclass(frozen=True, slots=True)
class Witness:
    """Something on which a finding rests: what it is called, what was said (or why nothing was), and where in the facts.

    ``about`` is the path of a fact, or the kind of an event; ``stated`` is false where the place is only the nearest thing around.
    """

    about: str
    label: Text
    said: Text
    place: Place
    stated: bool

    @property
    def told(self) -> Text:
        """Name and word together."""
        return Text(f"{self.label.zh}：{self.said.zh}", f"{self.label.en}: {self.said.en}") if self.said.zh else self.label


def witnesses(finding: Finding, report: Report) -> tuple[Witness, ...]:
    """What settled a finding, each once: first what is wanting, then the other facts in their order, the events last."""
    asked = (fact for leaf, _ in finding.settled for fact in asked_by(leaf))
    facts = (found for path in dict.fromkeys((*finding.needs, *asked)) for found in of_fact(path, finding, report))
    events = (of_event(index, report) for index, event in enumerate(report.recorded) if any(event is bearing for bearing in finding.events))
    factless = (_of_leaf(leaf, report) for leaf, _ in finding.settled if not asked_by(leaf) and not (isinstance(leaf, Count) and finding.events))
    found = tuple(dict.fromkeys((*facts, *events, *factless)))
    return found or (Witness("", finding.clause.title, Text("", ""), report.place(), stated=False),)


def of_fact(path: str, finding: Finding, report: Report) -> Iterator[Witness]:
    """Every statement of a fact; where there is none, why, and the closest thing around the place where one would stand."""
    word = report.vocabulary.words[path]
    fact = next((line.fact for line in finding.facts if line.word.path == path), None)
    for said in fact.statements if fact else ():
        yield Witness(path, word.label, statement_text(path, said, report), report.place(*said.at), stated=True)
    if fact is None:
        yield Witness(path, word.label, absence_text(None, report.vocabulary), report.place("facts", *path.split(".")), stated=False)


def of_event(index: int, report: Report) -> Witness:
    """A recorded event."""
    event = report.recorded[index]
    return Witness(event.kind, event_text(event, report.vocabulary), Text("", ""), report.place("events", index), stated=True)


def _of_leaf(leaf: Leaf, report: Report) -> Witness:
    """What asks for no fact: events that nobody recorded, the day judged, another clause's verdict."""
    place = report.place("event_statements") if isinstance(leaf, Count) else report.place("facts")
    return Witness("", describe(leaf, report.vocabulary), Text("", ""), place, stated=False)


def statement_text(path: str, said: Statement, report: Report) -> Text:
    """What one statement says: a value with its unit, or the reasons for having none."""
    if said.value is None:
        return absence_text(Fact(path, (said,)), report.vocabulary)
    word = report.vocabulary.words[path]
    return value_text(said.value, word, report.vocabulary.terms.units[word.unit] if word.unit else None)


def identity(*parts: str) -> str:
    """A name-based UUID: the same parts have the same one, on any machine and on any day."""
    told = "\x1f".join(f"{len(part)}:{part}" for part in parts)
    return str(uuid5(_ROOT, told.encode("utf-8", "backslashreplace").decode()))  # the name of a file may be no text


def run_identity(report: Report) -> tuple[str, ...]:
    """What a report was made from: who made it of which facts by which rules for which day."""
    return (report.program, report.facts, report.facts_digest, report.as_of.isoformat(), *(judged.pack.digest for judged in report.packs),
            *(f"{waived.waiver} {waived.effect}" for waived in report.waivers))


def company_identity(report: Report) -> str:
    """Who was judged, whatever year or file: by the registered code, without one by name."""
    return report.company.credit_code or report.company.name


def uri(name: str) -> str:
    """The name of a file as a URI reference: blanks, Chinese and brackets percent-encoded, a path from the root with its scheme."""
    path = PurePath(name)
    encoded = quote(path.as_posix().encode("utf-8", "surrogateescape"), safe="/" if not path.drive else "/:")
    return ("file://" + ("" if encoded.startswith("/") else "/") + encoded) if path.is_absolute() else encoded


def own_points(finding: Finding) -> ScoreLine | None:
    """The line of the ledger that is a finding's own: of clauses that share a cell only the first has the points, lest they be added twice."""
    return finding.score if finding.score and finding.score.clause.name == finding.clause.name else None
