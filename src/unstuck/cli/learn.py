"""``learn``: a network that computes a function, and the proof that it does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.cli._shared import Duration, Format, app, progress_bar, refuse_unwritable, say
from unstuck.errors import UsageError
from unstuck.trials.executors import Placement

if TYPE_CHECKING:
    from unstuck.learning.learned import Learned


@app.command(epilog="Exit codes: 0 it is learned reliably, 1 it is not, 2 an error.")
def learn(
    function: Annotated[
        str | None,
        typer.Argument(
            help='A name (see --list), an expression such as "a*b + 3*c", or a table (.csv).',
            show_default=False,
        ),
    ] = None,
    more: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List the functions that have a name.")
    ] = False,
    ranges: Annotated[
        list[str] | None,
        typer.Option(
            "--range",
            metavar="NAME=LOW..HIGH",
            help="Of an expression's input, 0..99 if not given; further ones may follow.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="The column of a table to predict.", show_default=False)
    ] = None,
    seeds: Annotated[int, typer.Option(min=2, help="Trainings of the network chosen.")] = 32,
    rows: Annotated[
        int | None,
        typer.Option(min=4, help="Rows to train on; the function's own if not given."),
    ] = None,
    network: Annotated[
        str | None, typer.Option(help="The only network to try.", show_default=False)
    ] = None,
    budget: Duration = 300.0,
    executor: Annotated[
        Placement, typer.Option(help="Where trials run; ray needs the extra named ray.")
    ] = Placement.PROCESSES,
    cache: Annotated[
        bool,
        typer.Option("--cache/--no-cache", help="Keep finished trials, and use earlier ones."),
    ] = True,
    format: Annotated[Format, typer.Option(help="How to write the report.")] = Format.TEXT,
    save: Annotated[
        Path | None,
        typer.Option(help="Write the best trained network here (.keras).", show_default=False),
    ] = None,
    script: Annotated[
        Path | None,
        typer.Option(help="Write a program here that trains the same.", show_default=False),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Draw predictions and losses here (.html, .png, .svg); needs the extra plot.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Build a network that computes FUNCTION, and prove over many seeds that it does."""
    if listing:
        _list()
        return
    if function is None:
        raise UsageError("name a function, or see `unstuck learn --list`")
    refuse_unwritable(save, script, plot)
    from unstuck.keras_import import keras_on_jax
    from unstuck.learning import problem_of

    keras_on_jax()
    from unstuck.learning.learner import Settings, learn_problem
    from unstuck.learning.plot import refuse_unplottable

    if plot is not None:
        refuse_unplottable(plot)
    problem = problem_of(function, (*(ranges or ()), *(more or ())), target=target, rows=rows)
    settings = Settings(seeds, budget, network, executor, cache)
    try:
        with progress_bar() as progress:
            learned = learn_problem(problem, settings, progress)
    except KeyboardInterrupt:
        say("interrupted: every process was ended, nothing was written")
        raise typer.Exit(130) from None
    _report(learned, format)
    _write(learned, save, script, plot)
    raise typer.Exit(0 if learned.is_reliable else 1)


def _list() -> None:
    from rich.console import Console
    from rich.table import Table

    from unstuck.learning.functions import NAMED

    table = Table("function", "what it gives", box=None, pad_edge=False)
    for name, one in NAMED.items():
        table.add_row(one.signature(name).replace("[", "\\["), one.make(*one.defaults).sentence)
    Console().print(table)


def _report(learned: Learned, style: Format) -> None:
    from rich.console import Console

    from unstuck.report.learned import show, to_json

    if style is Format.JSON:
        sys.stdout.write(to_json(learned) + "\n")
    else:
        show(learned, Console())


def _write(learned: Learned, save: Path | None, script: Path | None, plot: Path | None) -> None:
    from unstuck.learning.plot import draw
    from unstuck.learning.program import program

    if save is not None:
        say(f"saved the best network to {learned.save(save)}")
    if script is not None:
        script.write_text(program(learned))
        say(f"wrote a program that trains it to {script}")
    if plot is not None:
        draw(learned, plot)
        say(f"drew predictions and losses to {plot}")
