"""Where the forms of reports go: pairs of ``--format`` and ``-o``, one file for all companies or a folder with one for each."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from checker.cli.edges import known, names_of, out, write
from checker.errors import InputError, Place, Problem, Text
from checker.render.formats import FORMATS
from checker.render.view import View, clean
from checker.report import Report
from checker.wording import problem

#: How standard output is named after ``-o``.
STDOUT = "-"
#: How many columns a text in a file has.
PAGE = 80


@dataclass(frozen=True, slots=True)
class Output:
    """One form of the reports and where it goes: a file, a folder, or standard output."""

    form: str
    target: str
    rendered: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def folder(self) -> bool:
        """Whether every company has a file of its own there."""
        return self.target != STDOUT and (self.target.endswith(("/", os.sep)) or Path(self.target).is_dir())

    def files(self, sources: Sequence[str]) -> dict[str, Path]:
        """The file for each company of a folder, by the source of its facts."""
        return {source: Path(self.target) / (name + FORMATS[self.form].ending) for source, name in zip(sources, names_of(sources), strict=True)}

    def take(self, source: str, report: Report, view: View) -> None:
        """Render the report of one company; a file has no colours and the width of a page."""
        render, _ = FORMATS[self.form].load()
        self.rendered.append((source, render(report, view if self.target == STDOUT else replace(view, width=PAGE, colour=False))))

    def deliver(self, sources: Sequence[str]) -> None:
        """Write what was rendered.

        Raises:
            InputError: it cannot be written there.
        """
        if self.folder:
            files = self.files(sources)
            for source, content in self.rendered:
                write(files[source], content, folder=True)
        elif self.rendered:
            _, join = FORMATS[self.form].load()
            contents = [content for _, content in self.rendered]
            content = join(contents) if join else contents[0]
            if self.target == STDOUT:
                out(content)
            else:
                write(Path(self.target), content)


def outputs(formats: Sequence[str], targets: Sequence[str], sources: Sequence[str], beside: Sequence[Path] = ()) -> list[Output]:
    """The outputs that the options ask for; without any, text on standard output. ``beside`` are files and folders that are read, too.

    Raises:
        InputError: the options do not pair up, or what they ask for cannot be.
    """
    for name in formats:
        known(name, FORMATS, "--format")
    if not formats and not targets:
        formats = ["text"]
    if not formats:
        formats = [_form_of(target) for target in targets]
    if len(formats) == 1 and not targets:
        targets = [STDOUT]
    if len(formats) != len(targets):
        raise InputError([problem(Place("--format"), "unpaired_outputs", formats=len(formats), files=len(targets))])
    found = [Output(form, target) for form, target in zip(formats, targets, strict=True)]
    problems = [*_clashes(found, sources, beside), *(wrong for output in found for wrong in _impossible(output, sources))]
    if problems:
        raise InputError(problems)
    return found


def _form_of(target: str) -> str:
    """The form that the ending of a file stands for; the longest ending that fits."""
    fitting = [name for name, form in FORMATS.items() if target.lower().endswith(form.ending)]
    if not fitting:
        forms = ", ".join(f"{form.ending} ({name})" for name, form in FORMATS.items())
        raise InputError([problem(Place("-o"), "output_ending", target=target, forms=forms)])
    return max(fitting, key=lambda name: len(FORMATS[name].ending))


def _clashes(found: Sequence[Output], sources: Sequence[str], beside: Sequence[Path]) -> list[Problem]:
    """Outputs that would take each other's place, or that of an input."""
    inputs = {_real(path) for path in (*(Path(source) for source in sources if source != STDOUT), *beside)}
    taken: set[Path | str] = set()
    problems = []
    for output in found:
        files = output.files(sources).values() if output.folder else [Path(output.target)]
        for file in files:
            where: Path | str = STDOUT if output.target == STDOUT else _real(file)
            if where in inputs or (isinstance(where, Path) and inputs & set(where.parents)):
                problems.append(problem(Place(str(file)), "would_overwrite"))
            elif where in taken:
                problems.append(problem(Place("-o"), "output_twice", target=str(where)))
            taken.add(where)
    return problems


def _real(path: Path) -> Path:
    """Where a path leads; a name that no file can have stays as it is, and is refused when it is opened."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):  # RuntimeError: links in a circle
        return path


def _impossible(output: Output, sources: Sequence[str]) -> list[Problem]:
    """What the form cannot do: appear on a terminal, or hold several companies."""
    form = FORMATS[output.form]
    problems = []
    if form.binary and output.target == STDOUT and sys.stdout.isatty():
        problems.append(problem(Place("-o"), "binary_output", form=output.form, ending=form.ending))
    if len(sources) > 1 and not output.folder and form.load()[1] is None:
        problems.append(problem(Place("-o"), "one_company_a_file", form=output.form))
    return problems


def written(found: Sequence[Output], sources: Sequence[str]) -> Text | None:
    """Which files there are now, in a sentence; nothing where there are none."""
    files = [clean(str(file)) for output in found if output.target != STDOUT and output.rendered
             for file in ([output.files(sources)[source] for source, _ in output.rendered] if output.folder else [output.target])]
    if not files:
        return None
    more = len(files) - 3
    named = files[:3]
    return Text(f"已写入 {'、'.join(named)}" + (f" 等 {len(files)} 个文件。" if more > 0 else "。"),
                f"written: {', '.join(named)}" + (f" and {more} more." if more > 0 else "."))
