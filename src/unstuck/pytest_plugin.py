"""The plugin of pytest: ``@pytest.mark.learns`` on a function that returns what to train.

It is loaded whenever pytest starts, so it imports what it needs only when such a test runs.
"""

from __future__ import annotations

from typing import Any

import pytest

MARKER = (
    "learns(goal=None, seeds=16, at_least=0.95, **more): the function returns a compiled model and "
    "its data (model, x, y), and the test passes if the training learns; more arguments are those "
    "of unstuck.check and of fit."
)
FORM = "return (model, x, y), or (model, x, y, {arguments of fit})"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a marked function for what it returns, and train that."""
    marker = pyfuncitem.get_closest_marker("learns")
    if marker is None:
        return None
    if marker.args:
        pytest.fail("the marker learns takes arguments by name only: goal=, seeds=", pytrace=False)
    names = pyfuncitem._fixtureinfo.argnames  # as pytest itself calls a test
    given = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
    model, x, y, fit = _parts(given)
    _train(pyfuncitem, model, x, y, {**marker.kwargs, **fit})
    return True


def _parts(given: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
    """Model, inputs, targets and arguments of fit, of what a test returned."""
    if not isinstance(given, tuple) or not 2 <= len(given) <= 4:
        what = "nothing" if given is None else type(given).__name__
        pytest.fail(f"a test marked learns gave {what} back: {FORM}", pytrace=False)
    model, x, *rest = given
    y, fit = rest[0] if rest else None, rest[1] if len(rest) > 1 else {}
    if not isinstance(fit, dict):
        pytest.fail(f"the fourth part is {type(fit).__name__}, no dict: {FORM}", pytrace=False)
    return model, x, y, fit


def _train(item: pytest.Item, model: Any, x: Any, y: Any, arguments: dict[str, Any]) -> None:
    from unstuck import UnstuckError, assert_learns

    try:
        verdict = assert_learns(model, x, y, **arguments)
    except AssertionError as error:
        problem = str(error)
    except UnstuckError as error:
        problem = f"unstuck: {error}"
    else:
        item.user_properties.append(("learned", str(verdict.as_written)))
        return
    pytest.fail(problem, pytrace=False)
