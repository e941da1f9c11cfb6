"""Names of checks that people give: in comments, settings and arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from unstuck.checks._run import all_checks
from unstuck.errors import UsageError


def known(names: Iterable[str], where: str = "") -> tuple[str, ...]:
    """The names, each that of a check. ``where`` tells people where they stand.

    Raises:
        UsageError: there is no check of such a name.
    """
    there = [check.name for check in all_checks()]
    given = tuple(names)
    for name in given:
        if name not in there:
            near = get_close_matches(name, there, 1)
            meant = f"did you mean {near[0]}?" if near else "`unstuck checks` lists them"
            raise UsageError(f"{where and where + ': '}there is no check {name!r}; {meant}")
    return given


def chosen(select: Collection[str] | None, ignore: Collection[str]) -> frozenset[str]:
    """The checks to run: the selected ones, or all, less those to ignore."""
    wanted = {check.name for check in all_checks()} if select is None else set(select)
    return frozenset(wanted - set(ignore))
