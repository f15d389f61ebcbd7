"""A population: every record of very many companies by the same rules.

The line of data is that of a check, in columns: find the files, cut them into tasks, take records in, judge, put together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from checker.errors import InputError, Place
from checker.pack_files import load_packs
from checker.survey.asked import Asked
from checker.survey.output import BESIDE, beside, form_of, put_together, write_record, write_rejects, write_table
from checker.survey.peers import load_peers
from checker.survey.running import Executor, Order, Tally, Workshop
from checker.survey.sources import find_sources, plan
from checker.survey.summary import Summary, summarise
from checker.survey.summary_tree import summary_tree
from checker.survey.tabular import refuse_unknown_columns
from checker.version import VERSION
from checker.wording import problem


@dataclass(frozen=True)
class Survey:
    """A finished survey: where its table is, what came in and what came of it, in numbers, and the files that were no records.

    ``resumed`` says that an earlier run had begun it.
    """

    table: Path
    tally: Tally
    summary: Summary
    skipped: tuple[str, ...]
    resumed: bool
    order: Order

    @property
    def rejects(self) -> Path:
        """The file of the rejects."""
        return beside(self.table, ".rejects.ndjson")

    @property
    def page(self) -> Path:
        """Where the page with the summary belongs."""
        return beside(self.table, ".html")


def survey(inputs: Sequence[Path], out: Path, run: Executor, *, rules: Path | None = None, only: Sequence[str] = (), as_of: date | None = None,
           progress: Callable[[Tally, int, int], None] | None = None) -> Survey:
    """Judge every record of some files and folders.

    Args:
        inputs: files and folders of records.
        out: where the table goes; its ending says in which form.
        run: who does the work.
        rules: a folder of rules in place of the shipped one.
        only: names of packs to use whatever the companies' traits are; without any, as :class:`checker.survey.asked.Asked` says.
        as_of: the day to judge on; without it each record's own, and without that the day on which the survey began.
        progress: told what is done so far, how many tasks that is, and of how many.

    Raises:
        InputError: input that cannot be read, no such pack, output that cannot be written, or an unfinished survey of something else.
    """
    form_of(out)
    _refuse_to_overwrite(inputs, out)
    packs, peers = load_packs(rules), load_peers(rules)
    asked = Asked(packs, only)
    sources, skipped = find_sources(inputs, [out, *(beside(out, ending) for ending in BESIDE)])
    refuse_unknown_columns(sources, packs.vocabulary)
    tasks = plan(sources)
    order = Order(str(rules.resolve()) if rules else None, packs.digest, asked.only, as_of.isoformat() if as_of else None,
                  date.today().isoformat(), VERSION)
    workshop = Workshop(beside(out, ".parts"))
    order, resumed = workshop.open(order, tasks)
    told = progress or (lambda *_: None)
    total = sum(done := [tally for task in tasks if (tally := workshop.done(task))], Tally())
    told(total, len(done), len(tasks))
    for number, tally in enumerate(run([task for task in tasks if not workshop.done(task)], order, workshop.folder), len(done) + 1):
        total += tally
        told(total, number, len(tasks))
    whole = workshop.folder / "table.parquet"
    summary = summarise(put_together(workshop.parts(tasks, "parquet"), asked.schema, whole), asked, total, peers)
    write_table(whole, out)
    write_rejects(workshop.parts(tasks, "rejects"), beside(out, ".rejects.ndjson"))
    write_record(_told(order, total, [str(path.resolve()) for path in inputs], [asdict(source) for source in sources], skipped), summary_tree(summary),
                 beside(out, ".survey.json"))
    workshop.close()
    return Survey(out, total, summary, tuple(skipped), resumed, order)


def _refuse_to_overwrite(inputs: Sequence[Path], out: Path) -> None:
    """A result replaces an earlier result and nothing else.

    Raises:
        InputError: the result, or what belongs to it, would take the place of an input or of a folder.
    """
    written = {path.resolve() for path in (out, *(beside(out, ending) for ending in BESIDE if ending != ".parts"))}
    named = [path for path in inputs if path.resolve() in written]
    among = [out] if out.exists() and not beside(out, ".survey.json").exists() and any(root.resolve() in out.resolve().parents for root in inputs) else []
    for path in (*named, *among):
        raise InputError([problem(Place(str(path)), "would_overwrite")])
    if out.is_dir():
        raise InputError([problem(Place(str(out)), "is_directory")])


def _told(order: Order, tally: Tally, inputs: list[str], sources: list[dict[str, Any]], skipped: list[str]) -> dict[str, Any]:
    return {"schema": 1, **asdict(order), "records": tally.records, "judged": tally.judged, "rejected": tally.rejected, "singly": tally.singly,
            "inputs": inputs, "skipped": skipped, "sources": sources}
