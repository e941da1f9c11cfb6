"""``check``: why a program does not learn, and what makes it learn."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.cli._shared import (
    Duration,
    app,
    progress_bar,
    refuse_no_program,
    refuse_unwritable,
    say,
    seconds,
)
from unstuck.errors import UsageError
from unstuck.report.formats import Format, writer
from unstuck.trials.executors import Placement

if TYPE_CHECKING:
    from unstuck.verdict import Verdict


@app.command(
    context_settings={"allow_extra_args": False},
    epilog="Exit codes: 0 it learns, 1 findings, 2 an error, 3 inconclusive.",
)
def check(
    context: typer.Context,
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
            parser=seconds, metavar="TIME", help="Time for the program to reach its training."
        ),
    ] = 60.0,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="Only these checks, with commas between."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="NAMES", help="Leave these checks out.")
    ] = None,
    static: Annotated[bool, typer.Option("--static", help="Look only, train nothing.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Let the program's own training run to its end.")
    ] = False,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE=PATH",
            help="A file that the program opens, and where it lies; may be given again.",
        ),
    ] = None,
    stand_in: Annotated[
        bool,
        typer.Option(
            "--stand-in",
            help="Generate the data sets of keras.datasets that are not on this machine.",
        ),
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
    from unstuck.cli._settings import resolved
    from unstuck.options import Options
    from unstuck.pipeline import check_script

    refuse_no_program(script)
    refuse_unwritable(output, save)
    written = writer(format)
    _refuse_a_terminal(format, output)
    options = Options(
        static=static,
        watch=watch,
        limit=limit,
        executor=executor,
        cache=cache,
        data=_files(data or ()),
        stand_in=stand_in,
        **resolved(context, script),
    )
    try:
        with progress_bar() as progress:
            verdicts = check_script(script, arguments or (), options, progress)
    except KeyboardInterrupt:
        say("interrupted: every process was ended, nothing was written")
        raise typer.Exit(130) from None
    if save is not None:  # before anything is printed, since who reads may close the pipe
        _save(verdicts, save)
    if fix:
        _fix(verdicts, script)
    if diff:
        _print_diffs(verdicts)
    elif format is Format.TEXT and output is None:
        _show(verdicts)
    else:
        text = written(verdicts, str(script))
        output.write_text(text, encoding="utf-8") if output else sys.stdout.write(text)
    raise typer.Exit(_exit_code(verdicts, static=static))


def _refuse_a_terminal(form: Format, output: Path | None) -> None:
    """Before the work: a page that would be printed to people."""
    if form is Format.HTML and output is None and sys.stdout.isatty():
        raise UsageError("--format html writes a page: say where, as in --output report.html")


def _files(given: Sequence[str]) -> dict[str, Path]:
    """Paths by the names of ``--data``.

    Raises:
        UsageError: one is not of the form FILE=PATH, or its path is not there.
    """
    found: dict[str, Path] = {}
    for text in given:
        name, _, path = text.partition("=")
        if not name or not path:
            raise UsageError(f"--data takes FILE=PATH, not {text!r}")
        place = Path(path).expanduser().absolute()
        if not place.exists():
            raise UsageError(f"--data {name}: there is no {path}")
        found[name] = place
    return found


def _show(verdicts: Sequence[Verdict]) -> None:
    from rich.console import Console

    from unstuck.report.text import show

    for verdict in verdicts:
        show(verdict, Console())


def _print_diffs(verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        sys.stdout.write(verdict.patch or "")


def _save(verdicts: Sequence[Verdict], path: Path) -> None:
    cured = [v for v in verdicts if v.cured_model is not None]
    if not cured:
        say("no model was saved: there is no cured model")
        return
    say(f"saved the cured model to {cured[0].save(path)}")


def _fix(verdicts: Sequence[Verdict], script: Path) -> None:
    from unstuck.notebooks import write_cells
    from unstuck.patch import apply_patch, write_patch

    cured = [v for v in verdicts if v.cure and v.patch and v.recipe is not None]
    if not cured:
        say("nothing was changed: there is no cure that can be written into the program")
        return
    if len(cured) > 1:
        say("only the first training's cure was applied; check again for the others")
    recipe = cured[0].recipe
    assert recipe is not None
    patch = write_patch(recipe, cured[0].cure)
    if recipe.cells is None:
        apply_patch(script, patch)
    else:
        write_cells(script, recipe.cells.sources, recipe.cells.split(patch.patched))
    say(f"applied the cure to {script}")


def _exit_code(verdicts: Sequence[Verdict], *, static: bool) -> int:
    from unstuck.finding import Severity
    from unstuck.verdict import Answer

    codes = [v.exit_code for v in verdicts]
    if static:  # which tells nothing but where fit refuses the program
        above = any(f.severity is not Severity.NOTE for v in verdicts for f in v.findings)
        return int(above or any(v.outcome is Answer.FAILS for v in verdicts))
    return 1 if 1 in codes else max(codes)
