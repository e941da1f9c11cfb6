"""Windows and pictures: nobody is there to see them, so that none opens and none is waited for."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from unstuck.capture.surroundings.late import Wrap, Wraps

# No display for windows, and for what can do without one, its own way to.
HEADLESS = {
    "MPLBACKEND": "Agg",
    "QT_QPA_PLATFORM": "offscreen",
    "SDL_VIDEODRIVER": "dummy",
    "SDL_AUDIODRIVER": "dummy",
}
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
WINDOWS = ("tkinter", "turtle")


def _nothing(*_args: Any, **_named: Any) -> None:
    return None


def _no_key(*_args: Any, **_named: Any) -> int:
    """What ``cv2.waitKey`` returns where no key was pressed."""
    return -1


def _unopened(*_args: Any, **_named: Any) -> bool:
    return False


def _instead(call: Callable[..., Any]) -> Wrap:
    return lambda _original: call


def _unseen(original: Callable[..., Any]) -> Callable[..., Any]:
    """``switch_backend``: to none that opens windows."""
    return lambda *_args, **_named: original(HEADLESS["MPLBACKEND"])


# What shows or waits, by the module that holds it.
SHOWS: Wraps = (
    ("matplotlib.pyplot", {"switch_backend": _unseen}),
    *(
        (path, {name: _instead(call) for name in names.split()})
        for path, call, names in (
            ("matplotlib", _nothing, "use"),
            ("matplotlib.pyplot", _nothing, "show pause waitforbuttonpress"),
            ("matplotlib.backend_bases.FigureCanvasBase", _nothing, "start_event_loop"),
            ("PIL.Image.Image", _nothing, "show"),
            ("plotly.io", _nothing, "show"),
            ("webbrowser", _unopened, "open open_new open_new_tab"),
            ("cv2", _nothing, "imshow namedWindow destroyAllWindows destroyWindow"),
            ("cv2", _no_key, "waitKey waitKeyEx"),
            ("keras.utils", _nothing, "plot_model"),
        )
    ),
)


def no_display() -> None:
    """No display for this process and those that it starts."""
    for name in DISPLAYS:
        os.environ.pop(name, None)
    os.environ.update(HEADLESS)
