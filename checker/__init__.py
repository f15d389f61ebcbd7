"""esgcheck as a library: the same line that the command runs.

>>> from checker import check, load_facts, load_packs
>>> packs = load_packs()
>>> report = check(load_facts("fixtures/kaisiman-2024.json", packs), packs)
>>> [finding.clause.number for finding in report.findings() if finding.verdict == "violated"]  # doctest: +SKIP
"""

from checker.check import check
from checker.errors import DisagreementError, InputError
from checker.fact_files import load_facts
from checker.facts import FactBase
from checker.pack_files import load_packs
from checker.packs import Packs
from checker.report import Report

__all__ = ["DisagreementError", "FactBase", "InputError", "Packs", "Report", "check", "load_facts", "load_packs"]
