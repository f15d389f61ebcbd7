"""The commands on questionnaires: ``template`` and ``convert``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import typer

from checker.cli.edges import guarded, names_of, tell, write
from checker.cli.options import LANG, LangOption, RulesOption, translated
from checker.cli.progress import progress
from checker.errors import InputError, Place, Text
from checker.fact_files import build_facts, load_document
from checker.load import stdin
from checker.pack_files import load_packs
from checker.packs import Pack, Packs
from checker.render.view import clean
from checker.wording import problem

WORKBOOK, JSON = ".xlsx", ".json"

ForceOption = Annotated[bool, typer.Option("--force", help=translated("替换已有的文件", "replace files that are there"))]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(help=translated("生成 Excel 问卷：所选标准问到的每个事实一行，填好后可直接检查。",
                                "Make a questionnaire in Excel: one row for each fact that the packs ask for; filled in, it is checked as it is."))(template)
    app.command(help=translated("在 JSON 与 Excel 问卷之间转换，不丢失内容；JSON 转 JSON 得到规范写法。",
                                "Convert between JSON and questionnaires without loss; JSON to JSON gives the canonical form."))(convert)


def template(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help=translated("写入的文件（.xlsx）", "the file to write (.xlsx)"))],
    pack: Annotated[list[str] | None, typer.Option("--pack", metavar="NAME", help=translated("标准包（可重复）；缺省为全部", "packs (repeatable); default: all"))] = None,
    force: ForceOption = False,
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """Write an empty questionnaire."""
    with guarded(lang):
        from checker.questionnaire.asked import asked
        from checker.questionnaire.writing import write_questionnaire

        packs = load_packs(rules)
        _refuse(out, (WORKBOOK,), (), force=force)
        chosen = _named(pack, packs)
        traits = list(dict.fromkeys(found.traits[0] for found in chosen if len(found.traits) == 1)) if pack and "all" not in pack else []
        tree = {"company": {"traits": traits}, "period": {}, "facts": {}}
        wanted = asked(chosen, packs.vocabulary)
        write(out, write_questionnaire(tree, wanted, packs, lang, str(out)))
        said = Text(f"{out}：{len(wanted.facts)} 个问题（{'、'.join(found.name for found in chosen)}）。",
                    f"{out}: {len(wanted.facts)} questions ({', '.join(found.name for found in chosen)}).")
        typer.echo(said.in_language(lang), err=True)


def convert(
    inputs: Annotated[list[str], typer.Argument(metavar="FACTS...", help=translated("事实文件（JSON 或 Excel 问卷，- 为标准输入）", "fact files (JSON or questionnaires, - for standard input)"))],
    out: Annotated[str, typer.Option("-o", "--out", metavar="FILE|DIR", help=translated("写入的文件（.json 或 .xlsx），或目录：其中 JSON 转为问卷，问卷转为 JSON",
                                                                                       "the file to write (.json or .xlsx), or a folder: JSON becomes questionnaires there and questionnaires JSON"))],
    pack: Annotated[list[str] | None, typer.Option("--pack", metavar="NAME", help=translated("问卷中加上这些标准包的问题（可重复；all 为全部）；缺省按企业特征选择",
                                                                                             "add the questions of these packs to a questionnaire (repeatable; all for every one); default: by the company's traits"))] = None,
    force: ForceOption = False,
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """Convert fact files; a bad one does not take the others with it."""
    code = 0
    with guarded(lang):
        packs = load_packs(rules)
        folder = out.endswith(("/", os.sep)) or Path(out).is_dir()
        if len(inputs) > 1 and not folder:
            raise InputError([problem(Place(out), "folder_wanted")])
        if pack:
            _named(pack, packs)
        with progress(lang, long=len(inputs) > 1) as told:
            for number, (source, name) in enumerate(zip(inputs, names_of(inputs), strict=True)):
                told(number, len(inputs), Text("转换", "converting"))
                try:
                    content, target = _converted(source, Path(out) / name if folder else Path(out), pack, packs, lang, folder=folder)
                    _refuse(target, (WORKBOOK, JSON), inputs, force=force)
                    write(target, content, folder=folder)
                    typer.echo(Text(f"已写入 {clean(str(target))}。", f"written: {clean(str(target))}.").in_language(lang), err=True)
                except InputError as error:
                    tell(error.problems, lang)
                    code = 2
    raise typer.Exit(code)


def _converted(source: str, out: Path, pack: list[str] | None, packs: Packs, lang: str, *, folder: bool) -> tuple[bytes, Path]:
    """What a fact file becomes, and where it goes: in a folder the ending follows from what it was."""
    from checker.questionnaire.canonical import canonical, dumps

    document, found = load_document(stdin() if source == "-" else Path(source), packs, "<stdin>" if source == "-" else None)
    facts = build_facts(document, packs, found)
    tell(facts.warnings, lang)
    target = out.with_name(out.name + (JSON if document.of_cells else WORKBOOK)) if folder else out
    tree = canonical(document.data, packs)
    if target.suffix.lower() != WORKBOOK:
        return dumps(tree), target
    return _questionnaire(tree, pack, packs, lang, str(target)), target


def _questionnaire(tree: dict[str, Any], pack: list[str] | None, packs: Packs, lang: str, name: str) -> bytes:
    """The workbook; it is read again before anybody gets it."""
    from checker.questionnaire.asked import asked
    from checker.questionnaire.canonical import canonical, dumps, stated
    from checker.questionnaire.writing import write_questionnaire

    traits = tree["company"].get("traits", [])
    chosen = _named(pack, packs) if pack else [packs[found] for found in packs.fitting(traits)]
    wanted = asked([each.addressed_to(traits) for each in chosen], packs.vocabulary, stated=stated(tree["facts"], packs.vocabulary))
    content = write_questionnaire(tree, wanted, packs, lang, name)
    document, found = load_document(BytesIO(content), packs, name)  # whoever deletes the original relies on this
    build_facts(document, packs, found)
    if dumps(canonical(document.data, packs)) != dumps(tree):
        raise RuntimeError(f"{name} would not say the same as its original")
    return content


def _named(names: list[str] | None, packs: Packs) -> list[Pack]:
    return list(packs.values()) if not names or "all" in names else [packs.pack(name) for name in dict.fromkeys(names)]


def _refuse(path: Path, endings: tuple[str, ...], inputs: Sequence[str], *, force: bool) -> None:
    """Outputs of another kind, and what would be lost: an input always, another file without ``--force``."""
    if path.suffix.lower() not in endings:
        raise InputError([problem(Place(str(path)), "output_form", ending=path.suffix, forms=", ".join(endings))])
    if path.resolve() in {Path(name).resolve() for name in inputs if name != "-"}:
        raise InputError([problem(Place(str(path)), "would_overwrite")])
    if path.exists() and not force:
        raise InputError([problem(Place(str(path)), "already_there")])
