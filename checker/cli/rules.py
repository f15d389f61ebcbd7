"""The commands under ``rules``: what there is to be judged by."""

from __future__ import annotations

from typing import Annotated

import typer

from checker.cli.edges import guarded, out, view_for
from checker.cli.options import LANG, ClauseArgument, FormOption, LangOption, PacksOption, RulesOption, translated
from checker.errors import InputError, Place
from checker.pack_files import load_packs
from checker.packs import Pack, Packs


def add_to(app: typer.Typer) -> None:
    """Add the group of commands to the program."""
    browse = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=translated("浏览标准包、条款与事实词表。", "Browse packs, clauses and the vocabulary of facts."))
    browse.command("list", help=translated("列出条款。", "List the clauses."))(rules_list)
    browse.command("show", help=translated("显示一个条款的全部内容。", "Show everything about one clause."))(rules_show)
    browse.command("facts", help=translated("列出事实词表：每个事实的类型、单位与问题。", "List the vocabulary: every fact with its type, unit and question."))(rules_facts)
    browse.command("notes", help=translated("列出来源中截断、含糊、矛盾之处及所采读法。", "List what is cut off, vague or contradictory in the sources, and how it is read."))(rules_notes)
    browse.command("crosswalk", help=translated("事实对标准：一个事实回答哪些标准的哪些条款。", "Facts by standard: which clauses of which standards one fact answers."))(rules_crosswalk)
    browse.command("schema", help=translated("输出事实文件的 JSON Schema，由词表生成。", "Print the JSON Schema of fact files, made from the vocabulary."))(rules_schema)
    app.add_typer(browse, name="rules")


def rules_list(
    pack: PacksOption = None,
    format_: FormOption = "text",
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """List the clauses of all packs or of some."""
    with guarded(lang):
        from checker.render import catalogue

        packs = load_packs(rules)
        make = catalogue.clauses_json if format_ == "json" else catalogue.clauses_text
        out(make(_chosen(pack, packs), view_for(lang)))


def rules_show(
    clause: ClauseArgument,
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """Show one clause: statement, source, condition, and the facts it asks for."""
    with guarded(lang):
        from checker.render import catalogue

        packs = load_packs(rules)
        out(catalogue.clause_text(packs.clause(clause), packs.vocabulary, view_for(lang)))


def rules_facts(
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help=translated("只列此主题或前缀", "only this topic or prefix"))] = None,
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """List the facts there are."""
    with guarded(lang):
        from checker.render import catalogue

        vocabulary = load_packs(rules).vocabulary
        words = [word for path, word in vocabulary.words.items() if f"{path}.".startswith(f"{topic or ''}".rstrip(".") + ("." if topic else ""))]
        if not words:
            raise InputError([vocabulary.unknown_fact(topic or "", Place("TOPIC"))])
        out(catalogue.facts_text(words, vocabulary, view_for(lang)))


def rules_notes(
    pack: PacksOption = None,
    format_: FormOption = "text",
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """List every source note of all packs or of some."""
    with guarded(lang):
        from checker.notes import notes
        from checker.render import catalogue

        packs = load_packs(rules)
        make = catalogue.notes_json if format_ == "json" else catalogue.notes_text
        out(make(notes(_chosen(pack, packs), packs.vocabulary), view_for(lang)))


def rules_crosswalk(
    format_: FormOption = "text",
    lang: LangOption = LANG,
    rules: RulesOption = None,
) -> None:
    """List the facts that clauses of several packs ask for."""
    with guarded(lang):
        from checker.crosswalk import crosswalk
        from checker.render import catalogue

        packs = load_packs(rules)
        found = crosswalk(packs)
        out(catalogue.crosswalk_json(found) if format_ == "json" else catalogue.crosswalk_text(found, packs, view_for(lang)))


def _chosen(names: list[str] | None, packs: Packs) -> list[Pack]:
    return [packs.pack(name) for name in (names or packs) if name != "all"] or list(packs.values())


def rules_schema(lang: LangOption = LANG, rules: RulesOption = None) -> None:
    """Print the contract of fact files."""
    with guarded(lang):
        from checker.contract import facts_schema

        out(facts_schema(load_packs(rules)))
