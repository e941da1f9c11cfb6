"""The rules, one family after another, over and over until none finds anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unstuck.errors import PatchError
from unstuck.modernize import python2
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.modernize.python2 import parses
from unstuck.modernize.rules import FAMILIES, Family
from unstuck.modernize.words import Change, Left, Modern
from unstuck.patch.source import Edit

ROUNDS = 6  # a call within a call within a call ... of one family
SHOWN = 80  # characters of a change


class Modernizing:
    """One program on its way: its text so far, where its lines came from, what was changed."""

    def __init__(self, text: str, *, tensorflow: bool, partly: bool) -> None:
        self.original = self.text = text
        self.tensorflow, self.partly = tensorflow, partly
        self.lines = list(range(1, len(text.splitlines()) + 2))
        self.changes: list[Change] = []
        self.left: dict[tuple[int, str], Left] = {}
        self._program: Program | None = None

    def run(self) -> Modern:
        if python2.needed(self.text) and not self._from_python2():
            return self._result()
        for family in FAMILIES:
            for _ in range(ROUNDS):
                if not self._apply(family):
                    break
        if not parses(self.text):  # rather the old program than a broken one
            why = "the changes would not leave a program"
            return Modern(self.original, self.original, left=(Left(1, "the program", why),))
        return self._result()

    def _result(self) -> Modern:
        count = len(self.text.splitlines())
        changes = sorted(self.changes, key=lambda c: c.line)
        left = sorted(self.left.values(), key=lambda one: one.line)
        lines = tuple(self.lines[:count])
        return Modern(self.original, self.text, tuple(changes), tuple(left), lines)

    def _from_python2(self) -> bool:
        done = python2.translate(self.text)
        if isinstance(done, Left):
            self.left[done.line, done.what] = done
            return False
        self.text, self.lines = done.text, [*done.lines, done.lines[-1] + 1]
        self.changes += done.changes
        return True

    def _apply(self, family: Family) -> bool:
        """One pass of one family; whether it changed anything."""
        if not family.hint.search(self.text):
            return False
        if self._program is None:
            try:
                self._program = Program(self.text, tensorflow=self.tensorflow, partly=self.partly)
            except PatchError:
                return False
        program, accepted = self._program, list[Rewrite]()
        for found in family.rule(program):
            if isinstance(found, Refusal):
                line = self._line(found.span[0])
                self.left[line, found.what] = Left(line, found.what, found.why)
            elif not _overlap(found.edits, [e for a in accepted for e in a.edits]):
                accepted.append(found)
        for rewrite in accepted:
            self._note(rewrite)
        if not accepted:
            return False
        edits = list(dict.fromkeys(e for rewrite in accepted for e in rewrite.edits))
        self.text, moved = edited(self.text, edits)
        self.lines = [self.lines[old - 1] for old in moved]
        self._program = None
        return True

    def _note(self, rewrite: Rewrite) -> None:
        start, end = rewrite.span
        inside = [e for e in rewrite.edits if start <= e.start and e.end <= end]
        was = self.text[start:end]
        now = edited(was, [Edit(e.start - start, e.end - start, e.text) for e in inside])[0]
        line = self._line(start)
        self.changes.append(Change(line, _short(was), _short(now), rewrite.why, rewrite.differs))

    def _line(self, at: int) -> int:
        number = self.text.count("\n", 0, at)
        return self.lines[number]


def edited(text: str, edits: Sequence[Edit]) -> tuple[str, list[int]]:
    """The text with edits made, and the line of the old text for each line of the new one."""
    parts: list[tuple[str, int, bool]] = []
    at = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        parts += [(text[at : edit.start], at, False), (edit.text, edit.start, True)]
        at = edit.end
    parts.append((text[at:], at, False))
    olds, pending = [0], False
    for words, start, new in parts:
        if pending and words:
            olds.append(start)
            pending = False
        for i, character in enumerate(words):
            if character == "\n":
                if i + 1 < len(words):
                    olds.append(start if new else start + i + 1)
                else:
                    pending = True
    if pending:
        olds.append(len(text))
    lines = [text.count("\n", 0, old) + 1 for old in olds]
    return "".join(words for words, _, _ in parts), lines


def _overlap(edits: Iterable[Edit], others: Iterable[Edit]) -> bool:
    """Whether two rewrites want the same characters; equal edits are one and do not."""
    known = list(others)
    return any(
        a != b and ((a.start < b.end and b.start < a.end) or a.start == b.start)
        for a in edits
        for b in known
    )


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 4]} ..."
