"""Pages of HTML that stand by themselves: a template, our own style and script inside, and a policy that lets a browser run nothing else.

Words come into a template as text and are escaped. Style and script are files of ours; the policy names both by their digests.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

#: How many characters of a text are told where it stands in full somewhere else.
_SHORT = 500


@dataclass(frozen=True, slots=True)
class Inline:
    """A style or a script as it stands in the page, and its digest as a policy names it."""

    source: str
    digest: str


def page(template: str, lang: str, *, style: str | None = None, script: str | None = None, **values: Any) -> bytes:
    """A page in UTF-8 from a template of ``templates/``, in a language, with the style and script of these files."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # here, because it is needed for pages only
    from markupsafe import Markup

    loader = PackageLoader("checker.render")
    environment = Environment(autoescape=True, undefined=StrictUndefined, loader=loader, trim_blocks=True, lstrip_blocks=True)
    environment.filters["short"] = short
    inline = {}
    for name, file in (("style", style), ("script", script)):
        if file:
            source = _compact(loader.get_source(environment, file)[0])  # as it will stand in the page, or the digest is another
            digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
            inline[name] = Inline(Markup(source), f"sha256-{digest}")  # noqa: S704  # a file of ours
    made = environment.get_template(template).render(lang="zh-CN" if lang == "zh" else "en", **inline, **values)
    return _compact(made).encode()


def short(said: str) -> str:
    """Words that stand in many places and are told in full in another: cut off where they are very long."""
    return said if len(said) <= _SHORT else said[:_SHORT] + "…"


def _compact(text: str) -> str:
    """A text without the blank lines that a template leaves."""
    return "".join(line.rstrip() + "\n" for line in text.split("\n") if line.strip())
