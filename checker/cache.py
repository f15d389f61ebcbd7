"""What survives between runs: the validated trees of the rule files, found again by the content of those files.

Reading and validating YAML takes longer than everything else a check does. A cache entry is named by the digest of
the files, the schemas and the program, so it is never stale, and carries the digest of its own content, so a damaged
one is ignored. It holds data, never code. Where nothing can be written, everything works and is a little slower.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from checker.load import shipped

_FORMAT = b"esgcheck rules 1\n"


def digest_of(digests: Mapping[str, str]) -> str:
    """The digest of some files, by their names and digests."""
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in sorted(digests.items())).encode()).hexdigest()


def key_of(digests: Mapping[str, str]) -> str:
    """The name of the entry for rule files with these digests, read by this program with its schemas."""
    told = hashlib.sha256(_FORMAT + digest_of(digests).encode())
    for path in sorted(shipped("schemas").glob("*.json")) + sorted(Path(__file__).parent.glob("*.py")):
        told.update(path.read_bytes())
    return told.hexdigest()


def recall(key: str) -> dict[str, Any] | None:
    """The trees remembered under that key, or nothing."""
    try:
        head, _, content = (_folder() / key).read_bytes().partition(b"\n")
    except (OSError, RuntimeError):
        return None
    if head.decode("ascii", "replace") != hashlib.sha256(content).hexdigest():
        return None
    found: dict[str, Any] = json.loads(content, object_hook=_revive)
    return found


def remember(key: str, trees: Mapping[str, Any]) -> None:
    """Keep trees for the next run, if the machine lets us; a run beside this one sees the whole entry or none."""
    import tempfile  # here, because nearly every run finds its entry and writes none

    content = json.dumps(trees, ensure_ascii=False, default=_freeze).encode()
    with contextlib.suppress(OSError, RuntimeError):
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "wb") as stream:
            stream.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        Path(name).replace(folder / key)
        _forget_older(folder)


def _forget_older(folder: Path, keep: int = 8) -> None:
    entries = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in entries[keep:]:
        path.unlink()


def _folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("esgcheck", appauthor=False)


def _freeze(value: Decimal | date) -> dict[str, str]:
    return {"$date" if isinstance(value, date) else "$decimal": str(value)}


def _revive(tree: dict[str, Any]) -> Any:
    if len(tree) == 1:
        if "$decimal" in tree:
            return Decimal(tree["$decimal"])
        if "$date" in tree:
            return date.fromisoformat(tree["$date"])
    return tree
