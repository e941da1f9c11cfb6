"""The user's source, with its calls found by place and edited span by span.

Edits are replacements of text, so everything that they do not touch stays as it was, byte for
byte. LibCST says where things stand; what does not have the expected form is not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import libcst as cst
from libcst import metadata

from unstuck.errors import PatchError
from unstuck.recipe import Place, Recipe
from unstuck.remedy import Remedy

Editor = Callable[["Source", Recipe, Recipe, Remedy], None]
"""Writes a remedy: into the source, for the recipe as captured and as cured."""

LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")  # Python's own; splitlines() knows more ends
Node = TypeVar("Node", bound=cst.CSTNode)


@dataclass(frozen=True)
class Edit:
    """Text to stand in place of the characters from ``start`` to ``end``."""

    start: int
    end: int
    text: str


class Source:
    """A parsed program and the edits asked for so far. ``file`` is its name in places; those of
    other files are not of this text.

    Raises:
        PatchError: the text is not valid Python.
    """

    def __init__(self, text: str, file: str = "") -> None:
        self.text, self.file = text, file
        try:
            wrapper = metadata.MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        except cst.ParserSyntaxError as error:
            raise PatchError(f"the source cannot be parsed: line {error.raw_line}") from error
        self.module = wrapper.module
        self._places = wrapper.resolve(metadata.PositionProvider)
        self._parents = wrapper.resolve(metadata.ParentNodeProvider)
        self._starts = [0]
        for line in LINES.findall(text):
            self._starts.append(self._starts[-1] + len(line))
        self.edits: list[Edit] = []
        self.needed: list[str] = []

    # -- finding -------------------------------------------------------------------------

    def all(self, kind: type[Node]) -> list[Node]:
        """Every node of a kind, in order."""
        found = [node for node in self._places if isinstance(node, kind)]
        return sorted(found, key=lambda node: self.span(node)[0])

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """First character and the one after the last, parentheses around it included."""
        place = self._places[node]
        start = self._starts[place.start.line - 1] + place.start.column
        end = self._starts[place.end.line - 1] + place.end.column
        around = node.lpar if isinstance(node, cst.BaseExpression) else ()
        for _ in around:
            start, end = self.text.rfind("(", 0, start), self.text.find(")", end) + 1
        return start, end

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node around a node."""
        return self._parents.get(node)

    def around(self, node: cst.CSTNode, kind: type[Node]) -> Node | None:
        """The nearest node of a kind around a node."""
        outer = self.parent(node)
        while outer is not None and not isinstance(outer, kind):
            outer = self.parent(outer)
        return outer

    def call(self, place: Place | None, what: str) -> cst.Call:
        """The call that stands at ``place``.

        Raises:
            PatchError: the place is not known or in another file, or no call begins and ends
                there.
        """
        if place is None:
            raise PatchError(f"it is not known where {what} stands in the source")
        if self.file and place.file != self.file:
            raise PatchError(f"{what} stands in another file, {Path(place.file).name}")
        for call in self.all(cst.Call):
            span = self._places[call]
            begins = (span.start.line, span.start.column) == (place.line, place.column)
            if begins and (span.end.line, span.end.column) == (place.end_line, place.end_column):
                return call
        raise PatchError(f"line {place.line} holds no call that makes {what}")

    def fit(self, recipe: Recipe) -> cst.Call:
        """The call of ``fit`` that a recipe comes from.

        Raises:
            PatchError: it is not known where it stands, or the program trains by other means.
        """
        if recipe.fit.by != "fit":
            raise PatchError(f"the program trains by {recipe.fit.by}, not by one fit")
        return self.call(recipe.fit.place, "fit")

    def compile(self, recipe: Recipe) -> cst.Call:
        """The call of ``compile`` that gives a recipe its loss.

        Raises:
            PatchError: it is not known where it stands, or the program computes its loss itself.
        """
        place = recipe.loss.place
        if recipe.fit.by_hand and place is not None:
            raise PatchError(
                f"the program computes its loss in a loop of its own, line {place.line}"
            )
        return self.call(place, "compile")

    def statement(self, node: cst.CSTNode) -> cst.SimpleStatementLine:
        """The statement, on lines of its own, that a node is part of.

        Raises:
            PatchError: it shares its line with others.
        """
        found = self.around(node, cst.SimpleStatementLine)
        if found is None or len(found.body) != 1:
            raise PatchError(f"“{self.code(node)}” does not stand on a line of its own")
        return found

    # -- editing -------------------------------------------------------------------------

    def replace(self, node: cst.CSTNode, text: str) -> None:
        """Put ``text`` in place of a node."""
        self.edits.append(Edit(*self.span(node), text))

    def insert(self, at: int, text: str) -> None:
        """Put ``text`` before the character ``at``."""
        self.edits.append(Edit(at, at, text))

    def cut(self, start: int, end: int) -> None:
        """Take out the characters from ``start`` to ``end``."""
        self.edits.append(Edit(start, end, ""))

    def drop(self, statement: cst.SimpleStatementLine) -> None:
        """Take out a statement with its line, and the comment on it.

        Raises:
            PatchError: it is all that its block holds.
        """
        block = self.parent(statement)
        if len(getattr(block, "body", ())) < 2:
            raise PatchError(f"“{self.code(statement)}” is all that stands in its block")
        start, end = self.span(statement)
        stop = self.text.find("\n", end)
        self.cut(start - len(self.indent(start)), len(self.text) if stop < 0 else stop + 1)

    def before(self, statement: cst.SimpleStatementLine, lines: Sequence[str]) -> None:
        """New lines before a statement, indented like it."""
        start = self.span(statement)[0]
        indent = self.indent(start)
        self.insert(start, "".join(f"{line}\n{indent}" if line else "\n" for line in lines))

    def after(self, statement: cst.SimpleStatementLine, lines: Sequence[str]) -> None:
        """New lines after a statement, indented like it."""
        start, end = self.span(statement)
        stop = self.text.find("\n", end)
        stop = len(self.text) if stop < 0 else stop
        indent = self.indent(start)
        self.insert(stop, "".join(f"\n{indent}{line}" for line in lines))

    def indent(self, at: int) -> str:
        """The text of the line before the character ``at``."""
        begin = self.text.rfind("\n", 0, at) + 1
        return self.text[begin:at]

    def module_name(self, module: str, alias: str) -> str:
        """The name under which the program knows a module; it is imported where it is not.

        ``keras`` may be known as ``tf.keras`` too.
        """
        for node in self.all(cst.ImportAlias):
            name = self.code(node.name)
            known = self.code(node.asname.name) if node.asname else name
            of = self.parent(node)
            if isinstance(of, cst.Import) and name == module:
                return known
            if isinstance(of, cst.ImportFrom) and name == module and of.module is not None:
                return known
            if isinstance(of, cst.Import) and name == "tensorflow" and module == "keras":
                return f"{known}.keras"
        line = f"import {module}" + ("" if alias == module else f" as {alias}")
        if line not in self.needed:
            self.needed.append(line)
            self.insert(self._after_imports(), f"{line}\n")
        return alias

    def imports(self, module: str) -> bool:
        """Whether the program imports a module, or something of it."""
        names = [self.code(node.name) for node in self.all(cst.ImportAlias)]
        names += [self.code(node.module) for node in self.all(cst.ImportFrom) if node.module]
        return any(name.partition(".")[0] == module for name in names)

    def _after_imports(self) -> int:
        last = 0
        for node in self.module.body:
            if isinstance(node, cst.SimpleStatementLine) and isinstance(
                node.body[0], cst.Import | cst.ImportFrom
            ):
                end = self.text.find("\n", self.span(node)[1])
                last = len(self.text) if end < 0 else end + 1
        return last

    def fresh(self, *names: str) -> list[str]:
        """Names like those wanted that the program does not use."""
        used = {self.code(node) for node in self.all(cst.Name)}
        found = []
        for name in names:
            chosen = name
            while chosen in used:
                chosen += "_"
            found.append(chosen)
        return found

    def edited(self) -> str:
        """The text with every edit made.

        Raises:
            PatchError: two edits want the same characters.
        """
        text, limit = self.text, len(self.text)
        numbered = sorted(enumerate(self.edits), key=lambda p: (p[1].start, p[1].end, p[0]))
        for _, edit in reversed(numbered):
            if edit.end > limit:
                raise PatchError("two changes want to edit the same words")
            text = text[: edit.start] + edit.text + text[edit.end :]
            limit = edit.start
        return text
