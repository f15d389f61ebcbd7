"""A rich console that writes to memory, for the forms that draw trees."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text as Line

from checker.render.layout import folded
from checker.render.view import View


def console_for(view: View) -> Console:
    """A console of the view's width and colours; neither emoji nor markup is read from texts."""
    return Console(
        file=io.StringIO(),
        width=view.width,
        force_terminal=view.colour,
        color_system="standard" if view.colour else None,
        emoji=False,
        markup=False,
        highlight=False,
        legacy_windows=False,
    )


def paragraph(console: Console, said: str, view: View, style: str = "") -> None:
    """Print a text over the whole width."""
    console.print(Line("\n".join(folded(said, view.width)), style=style), soft_wrap=True)


def written(console: Console) -> bytes:
    """What was printed on a console from :func:`console_for`, without blanks at line ends."""
    stream = console.file
    assert isinstance(stream, io.StringIO)
    return "".join(line.rstrip() + "\n" for line in stream.getvalue().splitlines()).encode()
