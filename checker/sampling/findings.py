"""What inspectors have found, from a file: for records of the sample, confirmed or not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from checker.errors import InputError, Place, Problem, Text
from checker.load import decode, read_bytes
from checker.wording import problem

#: What a finding may be called, in lower case.
_SAID = {"yes": True, "是": True, "no": False, "否": False}
COLUMNS = ("record", "confirmed")


def load_findings(path: Path, sample: Iterable[str]) -> dict[str, bool]:
    """The findings of a CSV file with the columns ``record`` and ``confirmed``; other columns may stand beside them.

    Args:
        path: the file, UTF-8.
        sample: the records of the sample. Those without a row, or with nothing under ``confirmed``, are left out.

    Raises:
        InputError: no such file or columns, a record that is not in the sample or stands there twice, a finding that is
            neither yes nor no.
    """
    name, known = str(path), dict.fromkeys(sample)
    reader = csv.DictReader(io.StringIO(decode(read_bytes(path, name), name), newline=""))
    problems = [problem(Place(name, 1), "missing_key", key=column) for column in COLUMNS if column not in (reader.fieldnames or ())]
    if problems:
        raise InputError(problems)
    found: dict[str, bool] = {}
    lines: dict[str, int] = {}
    try:
        for row in reader:
            record, said = ((row[column] or "").strip() for column in COLUMNS)
            place = Place(name, reader.line_num)
            if not record and not said:
                continue
            problems.extend(_problems(place, record, said, known, lines))
            lines[record] = reader.line_num
            if said.lower() in _SAID:
                found[record] = _SAID[said.lower()]
    except csv.Error as error:
        problems.append(problem(Place(name, reader.line_num), "not_tabular", form="CSV", reason=str(error)))
    if problems:
        raise InputError(problems)
    return found


def _problems(place: Place, record: str, said: str, known: dict[str, None], lines: dict[str, int]) -> Iterable[Problem]:
    if record not in known:
        hint = Text("请用抽样时的 --sample、--seed 和 --by。", "Give the --sample, --seed and --by that it was drawn with.")
        yield problem(place, "finding_not_drawn", record=record, hint=hint)
    elif record in lines:
        yield problem(place, "finding_twice", record=record, line=lines[record])
    if said and said.lower() not in _SAID:
        yield problem(place, "finding_unclear", said=said)
