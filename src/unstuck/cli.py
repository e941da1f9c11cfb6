"""The command line: arguments in, exit code out.

Exit codes: 0 it learns and nothing above a note was found; 1 findings; 2 unstuck or its
arguments failed; 3 inconclusive. The output format never changes the exit code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.errors import ProgramCrashed, UnstuckError
from unstuck.trials.executors import Placement

if TYPE_CHECKING:
    from unstuck.pipeline import Progress
    from unstuck.verdict import Verdict

app = typer.Typer(
    help="Why does this network not learn, and what would make it learn? Proven by retraining.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"


def _seconds(given: str | float) -> float:
    """Seconds of ``60``, ``60s``, ``2m`` or ``1h``; typer passes the default through here too."""
    text = str(given)
    scale = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(text[-1:], 0.0)
    try:
        seconds = float(text[:-1]) * scale if scale else float(text)
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        raise typer.BadParameter(f"{text!r} is no time such as 60s, 2m or 1h")
    return seconds


Duration = Annotated[
    float, typer.Option(parser=_seconds, metavar="TIME", help="Time for everything: 60s, 2m, 1h.")
]


@app.command(
    context_settings={"allow_extra_args": False},
    epilog="Exit codes: 0 it learns, 1 findings, 2 an error, 3 inconclusive.",
)
def check(
    script: Annotated[Path, typer.Argument(help="The program that trains.", show_default=False)],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(help="Arguments of the program, after --.", metavar="-- ARGS"),
    ] = None,
    goal: Annotated[
        str | None,
        typer.Option(
            help='What counts as learned, such as "accuracy>=0.95"; derived if not given.'
        ),
    ] = None,
    budget: Duration = 60.0,
    seeds: Annotated[int, typer.Option(min=2, help="Trials of each set of changes.")] = 32,
    limit: Annotated[
        float,
        typer.Option(
            parser=_seconds, metavar="TIME", help="Time for the program to reach its training."
        ),
    ] = 60.0,
    static: Annotated[bool, typer.Option("--static", help="Look only, train nothing.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Let the program's own training run to its end.")
    ] = False,
    executor: Annotated[
        Placement, typer.Option(help="Where trials run; ray needs the extra named ray.")
    ] = Placement.PROCESSES,
    cache: Annotated[
        bool,
        typer.Option(
            "--cache/--no-cache", help="Keep finished trials, and use those of earlier checks."
        ),
    ] = True,
    format: Annotated[Format, typer.Option(help="How to write the report.")] = Format.TEXT,
    output: Annotated[
        Path | None, typer.Option(help="Write the report to this file.", show_default=False)
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print the cure as a diff, nothing else.")
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Apply the cure to the program.")] = False,
    save: Annotated[
        Path | None,
        typer.Option(help="Write the cured, trained model here (.keras).", show_default=False),
    ] = None,
) -> None:
    """Find out why the training in SCRIPT does not learn, and what makes it learn."""
    from unstuck.pipeline import Options, check_script

    _refuse_unwritable(output, save)
    options = Options(
        goal=goal,
        budget=budget,
        seeds=seeds,
        static=static,
        watch=watch,
        limit=limit,
        executor=executor,
        cache=cache,
    )
    try:
        with _progress() as progress:
            verdicts = check_script(script, arguments or (), options, progress)
    except KeyboardInterrupt:
        _say("interrupted: every process was ended, nothing was written")
        raise typer.Exit(130) from None
    if diff:
        _print_diffs(verdicts)
    else:
        _report(verdicts, script, format, output)
    if save is not None:
        _save(verdicts, save)
    if fix:
        _fix(verdicts, script)
    raise typer.Exit(_exit_code(verdicts, static=static))


@app.command()
def explain(name: Annotated[str, typer.Argument(help="The name of a check.")]) -> None:
    """Explain one check: what it finds, why that stops learning, what to do instead."""
    from rich.console import Console

    from unstuck.checks._run import all_checks

    found = [c for c in all_checks() if c.name == name]
    if not found:
        raise UnstuckError(f"there is no check {name!r}; `unstuck checks` lists them")
    console, one = Console(highlight=False), found[0]
    console.print(f"[bold]{one.name}[/] ({one.severity})\n\n{one.summary}\n")
    console.print(f"[bold]Why it stops learning[/]\n{one.why}\n")
    console.print(f"[bold]Use instead[/]\n{one.instead}\n")
    console.print(f"[bold]Known false alarms[/]\n{one.false_alarms}\n")
    console.print("[bold]Sources[/]\n" + "\n".join(one.sources))


@app.command()
def checks() -> None:
    """List every check with what it finds."""
    from rich.console import Console
    from rich.table import Table

    from unstuck.checks._run import all_checks

    table = Table("check", "severity", "what it finds", box=None, pad_edge=False)
    for one in all_checks():
        table.add_row(one.name, str(one.severity), one.summary)
    Console().print(table)


class CacheAction(StrEnum):
    """What to do with what is kept."""

    SHOW = "show"
    CLEAR = "clear"


@app.command()
def cache(
    action: Annotated[CacheAction, typer.Argument(help="What to do with it.")] = CacheAction.SHOW,
) -> None:
    """Show or clear what is kept of earlier checks: finished trials and compiled programs."""
    from unstuck.trials.store import cache_folder, clear_cache, described_cache

    if action is CacheAction.CLEAR:
        clear_cache()
    print(f"{cache_folder()}\n{described_cache()}")


@contextmanager
def _progress() -> Iterator[Progress]:
    """A progress bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("starting", total=1.0)
        yield lambda text, share: bar.update(task, description=text, completed=share)


def _refuse_unwritable(*paths: Path | None) -> None:
    """Before the work, not after it: a report or model that cannot be written."""
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise UnstuckError(f"the folder of {path} does not exist")


def _report(verdicts: Sequence[Verdict], script: Path, style: Format, output: Path | None) -> None:
    from rich.console import Console

    from unstuck.report.json import to_json
    from unstuck.report.text import show

    if style is Format.JSON:
        text = to_json(verdicts, str(script)) + "\n"
        output.write_text(text) if output else sys.stdout.write(text)
        return
    if output is None:
        for verdict in verdicts:
            show(verdict, Console())
        return
    with output.open("w") as file:
        for verdict in verdicts:
            show(verdict, Console(file=file, width=100))


def _print_diffs(verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        sys.stdout.write(verdict.patch or "")


def _save(verdicts: Sequence[Verdict], path: Path) -> None:
    cured = [v for v in verdicts if v.cured_model is not None]
    if not cured:
        _say("no model was saved: there is no cured model")
        return
    _say(f"saved the cured model to {cured[0].save(path)}")


def _fix(verdicts: Sequence[Verdict], script: Path) -> None:
    from unstuck.patch import apply_patch, write_patch

    cured = [v for v in verdicts if v.cure and v.patch and v.recipe is not None]
    if not cured:
        _say("nothing was changed: there is no cure that can be written into the program")
        return
    if len(cured) > 1:
        _say("only the first training's cure was applied; check again for the others")
    recipe = cured[0].recipe
    assert recipe is not None
    apply_patch(script, write_patch(recipe, cured[0].cure))
    _say(f"applied the cure to {script}")


def _say(text: str) -> None:
    sys.stderr.write(f"unstuck: {text}\n")


def _exit_code(verdicts: Sequence[Verdict], *, static: bool) -> int:
    from unstuck.finding import Severity

    if static:
        above = (f.severity is not Severity.NOTE for v in verdicts for f in v.findings)
        return int(any(above))
    codes = [v.exit_code for v in verdicts]
    return 1 if 1 in codes else max(codes)


def main() -> None:
    """Run the command line; every expected failure is one sentence and exit code 2."""
    try:
        app()
    except ProgramCrashed as error:
        sys.stderr.write(error.traceback)
        _say(str(error))
        sys.exit(2)
    except UnstuckError as error:
        _say(str(error))
        sys.exit(2)
