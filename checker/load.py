"""The only reader of files: bytes in, a document out that knows the line and column of everything in it.

JSON and YAML are read strictly. Plain YAML loading would read clause ``5.10`` as the number 5.1 and keep the last of
two equal keys in silence; here only ``true``, ``false``, plain integers, plain decimals and ISO dates are typed, and a
repeated key is a problem with its line. Numbers are exact: integers and decimals, never binary floating point.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from checker.errors import InputError, Place, Problem
from checker.wording import problem

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Tree = dict[str, "Tree"] | list["Tree"] | str | bool | int | Decimal | date | None
TreePath = tuple[str | int, ...]
#: A line and a column, and in a workbook the sheet.
Position = tuple[int, int] | tuple[int, int, str]

#: Larger inputs are refused before they are read: one company's facts are thousands of times smaller. In bytes.
SIZE_LIMIT = 20_000_000
#: Deeper nesting is refused; JSON and YAML parsers recurse. The fact vocabulary needs less than ten levels.
NESTING_LIMIT = 200
#: After so many problems a file is given up: a reader mends a few at a time, and finding more could take for ever.
PROBLEM_LIMIT = 200
#: Numbers are refused from this many digits on, whatever their value.
DIGIT_LIMIT = 30
#: How files of Office begin: packed ones, and older or protected ones.
ZIP, COMPOUND = (b"PK\x03\x04", b"PK\x05\x06"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORKBOOKS = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods", ".et")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its name, its tree, the SHA-256 of its bytes (hexadecimal), and where things stand in it.

    ``data`` is a :data:`Tree`; it is typed loosely because its shape is a schema's business, not the type checker's.
    """

    name: str
    data: Any
    digest: str
    find: Callable[[TreePath], Position]

    @property
    def of_cells(self) -> bool:
        """Whether it was read from a workbook."""
        return len(self.find(())) > 2

    def place(self, *path: str | int) -> Place:
        """The place of what stands at ``path``, or of the nearest thing around it."""
        line, column, *sheet = self.find(path)  # only a cell has a sheet
        return Place(self.name, line, column, ".".join(map(str, path)), sheet="".join(map(str, sheet)))


def shipped(folder: str) -> Path:
    """A folder of data that ships with the program, ``"rules"`` or ``"schemas"``.

    A wheel carries it inside the package; an editable install and a checkout have it beside the package.
    """
    here = Path(__file__).parent
    inside = here / "_data" / folder
    return inside if inside.is_dir() else here.parent / folder


def read_bytes(source: Path | IO[bytes], name: str) -> bytes:
    """The bytes of a file or stream, at most :data:`SIZE_LIMIT`.

    Raises:
        InputError: missing, a directory, not permitted, too large, empty, or the system cannot read it.
    """
    here = Place(name)
    try:
        if isinstance(source, Path):
            if source.is_dir():
                raise InputError([problem(here, "is_directory")])
            with source.open("rb") as stream:
                content = stream.read(SIZE_LIMIT + 1)
        else:
            content = source.read(SIZE_LIMIT + 1)
    except OSError as error:
        known = {errno.ENOENT: "not_found", errno.ENOTDIR: "not_found", errno.EACCES: "not_permitted"}
        code = known.get(error.errno or 0, "not_readable")
        raise InputError([problem(here, code, reason=error.strerror or str(error))]) from None
    except ValueError:  # a NUL in the name
        raise InputError([problem(here, "not_found")]) from None
    if len(content) > SIZE_LIMIT:
        raise InputError([problem(here, "too_large", limit=SIZE_LIMIT // 1_000_000)])
    if not content.strip():
        raise InputError([problem(here, "empty")])
    return content


def decode(content: bytes, name: str) -> str:
    """The text of a UTF-8 file; a byte-order mark is accepted and dropped.

    Raises:
        InputError: the bytes are not UTF-8; the place is the line of the first wrong byte.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise InputError([problem(Place(name, line, column), "not_utf8")]) from None


def is_workbook(content: bytes, name: str) -> bool:
    """Whether a file is a workbook by its first bytes, or claims to be one by its name."""
    return content.startswith((*ZIP, COMPOUND)) or name.lower().endswith(_WORKBOOKS)


def load_json(source: Path | IO[bytes], name: str | None = None) -> Document:
    """Read one JSON file.

    Raises:
        InputError: unreadable (see :func:`read_bytes`, :func:`decode`), not JSON, nested too deeply, a repeated key, or
            a number that is not a plain integer or decimal.
    """
    name = name or (str(source) if isinstance(source, Path) else "<stdin>")
    return parse_json(read_bytes(source, name), name)


def parse_json(content: bytes, name: str) -> Document:
    """The document of a JSON file that was read already; see :func:`load_json`."""
    text = decode(content, name)
    suspicious: list[str] = []
    try:
        data = json.loads(
            text,
            object_pairs_hook=lambda pairs: _unique(pairs, suspicious),
            parse_int=lambda digits: _plain_number(digits, suspicious),
            parse_float=lambda digits: _plain_number(digits, suspicious),
            parse_constant=suspicious.append,
        )
    except json.JSONDecodeError as error:
        raise InputError([_not_json(name, text, error)]) from None
    except RecursionError:
        raise InputError([problem(Place(name), "too_deep", limit=NESTING_LIMIT)]) from None
    if suspicious or _SURROGATE.search(text):
        problems = _strictness_problems(name, text)
        if problems:
            raise InputError(problems)
    return Document(name, data, hashlib.sha256(content).hexdigest(), _JsonPlaces(text).find)


def load_yaml(path: Path, name: str | None = None) -> Document:
    """Read one YAML file, strictly (see the module).

    Raises:
        InputError: unreadable, not YAML, a repeated key, an anchor, alias or tag, or nested too deeply.
    """
    import yaml  # here, because a check that finds its packs in the cache reads no YAML at all

    name = name or str(path)
    content = read_bytes(path, name)
    text = decode(content, name)
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        raise InputError([problem(at, "not_yaml", reason=str(error.problem))]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError([problem(Place(name), "not_yaml", reason=str(error).splitlines()[0])]) from None
    except RecursionError:
        raise InputError([problem(Place(name), "too_deep", limit=NESTING_LIMIT)]) from None
    if root is None:
        raise InputError([problem(Place(name), "empty")])
    problems: list[Problem] = []
    data = _YamlTree(name, problems).build(root, 0)
    if problems:
        raise InputError(problems)
    return Document(name, data, hashlib.sha256(content).hexdigest(), lambda path: _yaml_position(root, path))


# --- JSON ---------------------------------------------------------------------------------------------------------

#: How a number may be written.
PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _unique(pairs: list[tuple[str, Tree]], suspicious: list[str]) -> dict[str, Tree]:
    found = dict(pairs)
    if len(found) != len(pairs):
        suspicious.append("repeated key")
    return found


def _plain_number(digits: str, suspicious: list[str]) -> int | Decimal:
    if len(digits) > DIGIT_LIMIT or not PLAIN_NUMBER.fullmatch(digits):
        suspicious.append(digits)
        return 0
    return Decimal(digits) if "." in digits else int(digits)


def _strictness_problems(name: str, text: str) -> list[Problem]:
    """What JSON allows and we do not, found by walking the tokens of a text that is known to parse."""
    found: list[Problem] = []
    seen: set[TreePath] = set()
    for path, offset, token in _json_places(text):
        told = [*_number_problem(token)]
        if path in seen:
            told.append(("repeated_key", {"key": str(path[-1])}))
        if token[0] == '"' and not _encodable(json.loads(token)):
            told.append(("lone_surrogate", {}))
        seen.add(path)
        if told:
            at = Place(name, *_position(text, offset), path=".".join(map(str, path)))
            found += [problem(at, code, fatal=True, **words) for code, words in told]
        if len(found) >= PROBLEM_LIMIT:
            break
    return found


def _number_problem(token: str) -> Iterator[tuple[str, dict[str, object]]]:
    if token[0] in '"{[' or token in ("true", "false", "null"):
        return
    if token in ("NaN", "Infinity", "-Infinity"):
        yield "not_finite", {"number": token}
    elif len(token) > DIGIT_LIMIT:
        yield "too_many_digits", {"digits": len(token.strip("-")), "limit": DIGIT_LIMIT}
    elif not PLAIN_NUMBER.fullmatch(token):
        yield "exponent", {"number": token}


def _json_places(text: str) -> Iterator[tuple[TreePath, int, str]]:
    """Path, offset and first token of every value in a valid JSON text, in the order of the text."""
    stack: list[str | int] = []
    kinds: list[str] = []
    key: str | None = None
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in ("}", "]"):
            stack.pop()
            kinds.pop()
        elif token == ",":
            if kinds[-1] == "[":
                stack[-1] = int(stack[-1]) + 1
        elif token == ":":
            stack[-1] = key or ""
        elif kinds and kinds[-1] == "{" and key is None:
            key = json.loads(token)
            continue
        else:
            yield tuple(stack), match.start(), token
            if token in ("{", "["):
                kinds.append(token)
                stack.append(0)
        if token != ":":
            key = None


class _JsonPlaces:
    """Where things stand in a JSON text; found out for the whole text at the first question, as most files get none."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _breaks(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]

    @cached_property
    def _offsets(self) -> dict[TreePath, int]:
        return {path: offset for path, offset, _ in _json_places(self._text)}

    def find(self, path: TreePath) -> tuple[int, int]:
        """Line and column of the value at a path, or of the closest value around it."""
        while path and path not in self._offsets:
            path = path[:-1]
        offset = self._offsets[path]
        line = bisect_left(self._breaks, offset)
        return line + 1, offset - (self._breaks[line - 1] if line else -1)


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _not_json(name: str, text: str, error: json.JSONDecodeError) -> Problem:
    """The problem in our words; which words Python uses, and where it points, differs between its versions."""
    offset = error.pos
    found = text[offset : offset + 1]
    before = text[:offset].rstrip()
    if found in ("}", "]") and before.endswith(","):
        offset, found = len(before) - 1, ","
    place = Place(name, *_position(text, offset))
    if not found:
        return problem(place, "json_truncated")
    if found == "," and text[offset + 1 :].lstrip()[:1] in ("}", "]"):
        return problem(place, "json_trailing_comma")
    if error.msg == "Extra data":
        return problem(place, "json_extra")
    if error.msg.startswith("Invalid control character"):
        return problem(place, "json_control_character")
    hints = {"'": "json_single_quotes", "/": "json_comment", "#": "json_comment"}
    return problem(place, hints.get(found, "json_syntax"), reason=error.msg)


# --- YAML ---------------------------------------------------------------------------------------------------------

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class _YamlTree:
    """Builds plain values from YAML nodes and collects every problem on the way."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self._name = name
        self._problems = problems
        self._built: set[int] = set()

    def build(self, node: Node, level: int) -> Tree:
        if level > NESTING_LIMIT:
            raise InputError([problem(self._at(node), "too_deep", limit=NESTING_LIMIT)])
        if id(node) in self._built:
            self._problems.append(problem(self._at(node), "yaml_alias"))
            return None
        self._built.add(id(node))
        if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
            self._problems.append(problem(self._at(node), "yaml_tag", tag=node.tag))
            return None
        kind = type(node).__name__
        if kind == "MappingNode":
            return self._mapping(cast("MappingNode", node), level)
        if kind == "SequenceNode":
            return [self.build(part, level + 1) for part in cast("SequenceNode", node).value]
        scalar = cast("ScalarNode", node)
        return str(scalar.value) if scalar.style else self._plain(scalar)

    def _mapping(self, node: MappingNode, level: int) -> Tree:
        found: dict[str, Tree] = {}
        for key, value in node.value:
            if type(key).__name__ != "ScalarNode":
                self._problems.append(problem(self._at(key), "yaml_key"))
                continue
            if key.value in found:
                self._problems.append(problem(self._at(key), "repeated_key", key=key.value))
            found[key.value] = self.build(value, level + 1)
        return found

    def _plain(self, node: ScalarNode) -> Tree:
        text: str = node.value
        if text in ("true", "false"):
            return text == "true"
        if len(text) <= DIGIT_LIMIT and _INTEGER.fullmatch(text):
            return int(text)
        if len(text) <= DIGIT_LIMIT and _DECIMAL.fullmatch(text):
            return Decimal(text)
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self._problems.append(problem(self._at(node), "impossible_date", said=text))
        return text

    def _at(self, node: Node) -> Place:
        return Place(self._name, node.start_mark.line + 1, node.start_mark.column + 1)


def _yaml_position(root: Node, path: TreePath) -> tuple[int, int]:
    node = root
    for step in path:
        parts: Mapping[str | int, Node] = (
            {key.value: value for key, value in node.value}
            if type(node).__name__ == "MappingNode"
            else dict(enumerate(node.value))
            if type(node).__name__ == "SequenceNode"
            else {}
        )
        if step not in parts:
            break
        node = parts[step]
    return node.start_mark.line + 1, node.start_mark.column + 1


def stdin() -> IO[bytes]:
    """Standard input as bytes, for the input named ``-``."""
    return sys.stdin.buffer if hasattr(sys.stdin, "buffer") else io.BytesIO(sys.stdin.read().encode())
