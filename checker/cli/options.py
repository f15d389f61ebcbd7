"""Options that several commands share, and the language of their help."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from checker.engines import ENGINES
from checker.errors import Text

Lang = Literal["zh", "en"]
Form = Literal["text", "json"]


def locale_language() -> Lang:
    """``"en"`` where the environment's locale is an English one, else ``"zh"``."""
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "en" if named.lower().startswith("en") else "zh"


LANG = locale_language()


def translated(zh: str, en: str) -> str:
    """Words for help, in the language of the locale."""
    return Text(zh, en).in_language(LANG)


FactsArgument = Annotated[
    str, typer.Argument(metavar="FACTS", help=translated("事实文件（JSON 或 Excel 问卷，- 为标准输入）", "fact file (JSON or a questionnaire in Excel, - for standard input)"))
]
ClauseArgument = Annotated[
    str, typer.Argument(metavar="CLAUSE", help=translated("条款，如 auto-csr:5.4.4.1 或 5.4.4.1", "clause, such as auto-csr:5.4.4.1 or 5.4.4.1"))
]
LangOption = Annotated[Lang, typer.Option("--lang", help=translated("语言", "language"))]
FormOption = Annotated[Form, typer.Option("--format", help=translated("输出格式", "output format"))]
RulesOption = Annotated[
    Path | None,
    typer.Option("--rules", metavar="DIR", help=translated("规则目录，替代随附的规则", "a rules folder in place of the shipped one")),
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE",
                 help=translated("判定日，如 2025-06-30；缺省用事实文件的 as_of，再缺省用今天",
                                 "the day to judge on, such as 2025-06-30; default: the file's as_of, else today")),
]
PacksOption = Annotated[
    list[str] | None,
    typer.Option("--pack", metavar="NAME", help=translated("只用这些标准包（可重复；all 为全部）；缺省按企业特征选择",
                                                           "only these packs (repeatable; all for every one); default: by the company's traits")),
]
PackOption = Annotated[
    str | None,
    typer.Option("--pack", metavar="NAME", help=translated("标准包；只有一个合适时可省略", "the pack; not needed where only one fits")),
]
EngineOption = Annotated[
    str | None,
    typer.Option("--engine", metavar="|".join(ENGINES),
                 help=translated("求值器；缺省为 rete，每次都由 reference 复核", "evaluator; default rete, always confirmed by reference")),
]
