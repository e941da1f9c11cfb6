"""Findings that a program's author has looked at and ignores, with a reason, by a comment.

``# unstuck: ignore[NAME] reason`` is about the line that it ends, or, alone on its line, about
the next line of code. ``# unstuck: ignore-file[NAME] reason`` is about the whole file.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from unstuck.checks._names import known
from unstuck.checks._run import all_checks, run_checks
from unstuck.errors import UsageError
from unstuck.finding import Finding, Status
from unstuck.recipe import Place, Recipe
from unstuck.trace import Trace

COMMENT = re.compile(r"unstuck:\s*ignore(-file)?\b\s*(?:\[([^\]]*)\])?(.*)", re.DOTALL)
FORM = "`# unstuck: ignore[NAME] reason`"
BLANK = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENCODING})
BLANK |= {tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Suppression:
    """One comment. ``about`` is the line of code that it is about; None for the whole file."""

    file: str
    line: int
    names: tuple[str, ...]
    reason: str
    about: int | None

    def covers(self, finding: Finding, script: str) -> bool:
        """Whether the finding is one of those ignored; one without a place is the script's."""
        place = finding.place or Place(script, 0)
        there = (place.file or script) == self.file and self.about in (None, place.line)
        return finding.check in self.names and there


@dataclass
class Suppressions:
    """The suppressions of one program, what they have suppressed, and which checks have looked."""

    comments: tuple[Suppression, ...]
    used: set[tuple[Suppression, str]] = field(default_factory=set)
    looked: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, *recipes: Recipe) -> Suppressions:
        """Those in every file of the user's from which a part of the recipes comes.

        Raises:
            UsageError: one has no reason, or names no check that there is.
        """
        texts: dict[str, str] = {}
        for recipe in recipes:
            texts |= {file: _text(file) for file in _files(recipe) if file not in texts}
            if recipe.source:
                texts[recipe.script] = recipe.source
        return cls(tuple(s for file, text in texts.items() for s in suppressions(text, file)))

    def sort(self, findings: Iterable[Finding], script: str) -> tuple[list[Finding], list[Finding]]:
        """The findings that stand, and those ignored: with the reason, and without remedies."""
        kept, ignored = [], []
        for finding in findings:
            by = next((s for s in self.comments if s.covers(finding, script)), None)
            if by is None:
                kept.append(finding)
                continue
            self.used.add((by, finding.check))
            ignored.append(
                replace(finding, remedies=(), advice="", status=Status.IGNORED, reason=by.reason)
            )
        return kept, ignored

    def idle(self) -> tuple[str, ...]:
        """A sentence for each name that suppressed nothing, of the checks that have looked."""
        return tuple(
            f"{Path(s.file).name}:{s.line} ignores {name}, which was not found there"
            for s in self.comments
            for name in s.names
            if name in self.looked and (s, name) not in self.used
        )


@dataclass
class Look:
    """The checks of one training: those that were asked for, and the findings set aside."""

    names: Collection[str]
    suppressions: Suppressions
    ignored: list[Finding] = field(default_factory=list)
    ran: set[str] = field(default_factory=set)

    def __call__(self, recipe: Recipe, trace: Trace | None = None) -> list[Finding]:
        """What the checks find and nothing suppresses; see ``run_checks``."""
        watched = trace is not None
        ran = {c.name for c in all_checks() if c.needs_trace == watched and c.name in self.names}
        found = run_checks(recipe, trace, ran)
        kept, ignored = self.suppressions.sort(found, recipe.script)
        known_by_now = {(f.check, f.place, f.layer) for f in self.ignored}
        self.ignored += [f for f in ignored if (f.check, f.place, f.layer) not in known_by_now]
        self.ran |= ran
        self.suppressions.looked |= ran
        return kept


def suppressions(text: str, file: str) -> Iterator[Suppression]:
    """The suppressions in the text of a program; none where that is no Python.

    Raises:
        UsageError: one has no reason, or names no check that there is.
    """
    tokens = _tokens(text)
    code = [t.start[0] for t in tokens if t.type not in BLANK]
    for token in tokens:
        found = _written(token)
        if found is None:
            continue
        whole, names, reason = found.groups()
        line = token.start[0]
        alone = not token.line[: token.start[1]].strip()
        after = min((n for n in code if n > line), default=line) if alone else line
        given = _checked(names or "", reason, f"{file}:{line}")
        yield Suppression(file, line, *given, None if whole else after)


def _written(token: tokenize.TokenInfo) -> re.Match[str] | None:
    """What a comment says, of one or several parts (``# noqa  # unstuck: ...``)."""
    if token.type != tokenize.COMMENT:
        return None
    parts = (p.strip("# ") for p in re.split(r"(?:^|\s)#+\s", token.string))
    return next((m for part in parts if (m := COMMENT.match(part))), None)


def _checked(names: str, reason: str, where: str) -> tuple[tuple[str, ...], str]:
    given = [name.strip() for name in names.split(",") if name.strip()]
    if not given:
        raise UsageError(f"{where}: the comment names no check to ignore; write {FORM}")
    words = reason.strip(" :,-–—")  # noqa: RUF001
    if not re.search(r"\w", words):
        raise UsageError(f"{where}: the comment gives no reason to ignore this; write {FORM}")
    return known(given, where), words


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    try:
        return list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return []


def _files(recipe: Recipe) -> set[str]:
    own = [x.place for x in recipe.model.layers]
    parts = [recipe.model.place, recipe.loss.place, recipe.optimizer.place, recipe.fit.place]
    return {place.file for place in (*own, *parts) if place and place.file}


def _text(file: str) -> str:
    try:
        with tokenize.open(file) as opened:
            return opened.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return ""
