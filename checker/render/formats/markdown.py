"""A report as Markdown (CommonMark with tables), for pull requests and wikis. Every word from data stays text, whoever renders it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from checker.errors import Text
from checker.render.drafting import draft
from checker.render.telling import PARTS, WORDS, restriction, told
from checker.render.view import View
from checker.report import Report

#: What means something to Markdown wherever it stands; what GitHub makes of addresses, mentions, formulas and smileys, too.
_ANYWHERE = re.compile(r"[\\`*_\[\]<>|~&@$#]|:(?=//|\w)|(?<=www)\.", re.IGNORECASE)
#: What means something only where a line begins: lists, rules, underlined headings.
_FIRST = re.compile(r"^([0-9]+(?=[.)](?:\s|$)))?([.)](?=\s|$)|[+=-])")


def render(report: Report, view: View) -> bytes:
    """The report as Markdown in UTF-8."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(autoescape=False, undefined=StrictUndefined, loader=PackageLoader("checker.render"), trim_blocks=True, lstrip_blocks=True)  # noqa: S701  # Markdown has its own escapes: see below
    environment.filters["text"] = escaped
    words = {name: view.say(said) for name, said in WORDS.items()} | {"colon": view.say(Text("：", ": "))}
    made = environment.get_template("report.md.j2").render(
        paper=draft(report, view), words=words, parts={name: view.say(said) for name, said in PARTS.items()}, limited=restriction(view),
        told=partial(told, view=view))
    return (re.sub(r"\n{3,}", "\n\n", made).strip() + "\n").encode()


def join(rendered: Sequence[bytes]) -> bytes:
    """Several reports below one another."""
    return b"\n".join(rendered)


def escaped(said: object) -> str:
    """Words on one line that mean nothing to Markdown; a backslash takes every mark its meaning (CommonMark 2.4)."""
    return _FIRST.sub(r"\1\\\2", _ANYWHERE.sub(r"\\\g<0>", " ".join(str(said).split()))).replace("\\@", "&#64;")  # addresses become links in spite of a backslash
