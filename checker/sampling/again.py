"""The records of a sample once more, from where the survey found them, and only if they are still what it judged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from checker.errors import InputError, Place, Problem
from checker.facts import FactBase
from checker.packs import Packs
from checker.survey.blocks import facts_of_row, facts_of_text
from checker.survey.sources import Source, read_records, record_of
from checker.wording import problem


class Again:
    """Reads records again.

    Args:
        sources: the files of the survey, as it noted them.
        digests: for each record that will be asked for, the digest of its text, or nothing where the survey noted none.
    """

    def __init__(self, sources: Iterable[Mapping[str, Any]], digests: Mapping[str, str | None]) -> None:
        self._digests = digests
        named = {told["name"]: Source(**told) for told in sources}
        self._places: dict[str, tuple[Source, int]] = {}
        for record in digests:
            candidates = [named[name] for name in (record, record.rpartition(":")[0]) if name in named]
            if found := record_of(candidates, record):
                self._places[record] = found
        self._records: dict[Source, list[str]] = {}
        for record, (source, _) in self._places.items():
            self._records.setdefault(source, []).append(record)
        self._read: dict[Source, dict[int, Any] | Problem] = {}

    def facts(self, record: str, packs: Packs) -> FactBase:
        """The fact base of a record.

        Raises:
            InputError: its file is gone or cannot be read, or the record is another one now; the place names the file.
        """
        if record not in self._places:
            raise InputError([problem(Place(record), "record_lost", reason=".survey.json")])
        source, number = self._places[record]
        if source.form == "json":
            found = self._together(source, [number])
        elif source not in self._read:
            found = self._read[source] = self._together(source, [self._places[other][1] for other in self._records[source]])
        else:
            found = self._read[source]
        if isinstance(found, Problem):
            raise InputError([found])
        facts = self._made(record, found.get(number), packs)
        if facts is None:
            raise InputError([problem(Place(source.path), "record_changed")])
        return facts

    def _together(self, source: Source, numbers: Iterable[int]) -> dict[int, Any] | Problem:
        """Some records of a file by number, or why they cannot be had. A table has to be untouched, as its rows have no digest."""
        try:
            state = Path(source.path).stat()
            untouched = (state.st_size, state.st_mtime_ns) == (source.size, source.changed)
            if not untouched and not any(self._digests[record] for record in self._records[source]):
                return problem(Place(source.path), "record_changed")
            return dict(read_records(source, numbers))
        except OSError as error:
            return problem(Place(source.path), "record_lost", reason=error.strerror or str(error))
        except Exception as error:  # noqa: BLE001  # whatever the reader of such a file says of one that is damaged
            return problem(Place(source.path), "record_lost", reason=str(error).splitlines()[0] if str(error) else type(error).__name__)

    def _made(self, record: str, read: Any, packs: Packs) -> FactBase | None:
        """The fact base of what was read, unless that is not what the survey judged."""
        if read is None:
            return None
        if not isinstance(read, bytes):
            return replace(facts_of_row(record, read, packs), digest=hashlib.sha256(json.dumps(read, ensure_ascii=False, default=str).encode()).hexdigest())
        if self._places[record][0].form == "ndjson":
            read = read.rstrip(b"\r\n")
        return facts_of_text(record, read, packs) if hashlib.sha256(read).hexdigest() == self._digests[record] else None

