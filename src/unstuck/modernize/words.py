"""What modernising says of a program: its text for today, and every change as a value."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.differences import unified


@dataclass(frozen=True)
class Change:
    """One change of the text. ``line`` is that of the program as it was; ``differs`` says, where
    it is not empty, in what the changed program means something else than the old one did."""

    line: int
    was: str
    now: str
    why: str
    differs: str = ""

    def __str__(self) -> str:
        more = f" ({self.differs})" if self.differs else ""
        return f"line {self.line}: {self.was} -> {self.now}: {self.why}{more}"


@dataclass(frozen=True)
class Left:
    """An old form that has no translation, so that it stays; ``why`` says what to do instead."""

    line: int
    what: str
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what} stays: {self.why}"


@dataclass(frozen=True)
class Modern:
    """A program as it was and in today's words. ``lines`` gives, for each line of ``text``, the
    line of ``original`` that it comes from, both counted from 1."""

    original: str
    text: str
    changes: tuple[Change, ...] = ()
    left: tuple[Left, ...] = ()
    lines: tuple[int, ...] = ()

    @property
    def changed(self) -> bool:
        return self.text != self.original

    def diff(self, name: str) -> str:
        """The changes as a unified diff of the file ``name``."""
        return unified(name, self.original, self.text)

    def notes(self) -> tuple[str, ...]:
        """What the report of a check says of them: how many, and each that matters."""
        if not self.changes and not self.left:
            return ()
        count = len(self.changes)
        many = "1 change" if count == 1 else f"{count} changes"
        first = [f"modernised: {many} (`unstuck modernize` lists them)"] if count else []
        differing = [
            f"line {c.line}, {c.was}, runs as {c.now}: {c.differs}"
            if c.was != c.now
            else f"line {c.line}, {c.was}: {c.differs}"
            for c in self.changes
            if c.differs
        ]
        return (*first, *dict.fromkeys(differing), *(f"not modernised: {one}" for one in self.left))
