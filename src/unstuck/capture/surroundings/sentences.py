"""What ended a program, in one sentence that says what to do about it."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

from unstuck.capture.owner import is_ours, is_users
from unstuck.capture.surroundings.asking import Asked, answered, is_of_an_answer
from unstuck.capture.surroundings.downloads import chain, unreachable
from unstuck.capture.surroundings.packages import how_to_get
from unstuck.errors import telling_line

# Names of files in the words of HDF5, of NumPy and of Keras.
_NAMED = re.compile(r"name = '([^']+)'|^(\S+) not found\.$|filepath=(\S+?)\.? ")


def sentence(error: BaseException, program: str) -> str:
    """What ended a program: with its line where something is missing, else the error itself."""
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg} (line {error.lineno})"
    what = _missing(error)
    if what:
        return f"{own_line(error, program)} {what}"
    text = telling_line(error)
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    frames = [f for f in traceback.extract_tb(error.__traceback__) if is_users(f.filename)]
    if frames and is_of_an_answer(frames[-1].lineno or 0):
        return f"{said} ({answered()}: write one there)"
    return said


def own_line(error: BaseException, program: str) -> str:
    """The line of the program's own code in which it was raised, with the file if it is another
    than the program itself; "it" where there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    own = next((f for f in reversed(frames) if is_users(f.filename)), None)
    if own is None:
        return "it"
    return (
        f"line {own.lineno}"
        if own.filename == program
        else f"line {own.lineno} of {Path(own.filename).name}"
    )


def own_traceback(error: BaseException) -> str:
    """The traceback from the program's first own frame on."""
    frames = traceback.extract_tb(error.__traceback__)
    first = next((i for i, f in enumerate(frames) if is_users(f.filename)), len(frames))
    lines = traceback.format_list([f for f in frames[first:] if not is_ours(f.filename)])
    header = "Traceback (most recent call last):\n" if lines else ""
    return header + "".join([*lines, *traceback.format_exception_only(error)])


def _missing(error: BaseException) -> str:
    """What the program lacks, as the rest of a sentence that began with its line; "" if the error
    is not of that kind."""
    if isinstance(error, Asked):
        question = f" ({error.prompt!r})" if error.prompt else ""
        return f"asks for input{question}, and nobody is there to answer: write the answer there"
    if isinstance(error, ModuleNotFoundError) and error.name:
        used = getattr(error, "used", error.name)
        return f"uses {used}, and {error.name} {how_to_get(error.name)}"
    download = next(filter(None, map(unreachable, chain(error))), "")
    if download:
        return download
    file = next(filter(None, map(_file, chain(error))), "")
    if file:
        return f"opens {file}, which is not there: --data {_last(file)}=PATH says where it is"
    if isinstance(error, MemoryError):
        return f"needs more memory than there is: {str(error) or 'MemoryError'}"
    return ""


def _file(error: BaseException) -> str:
    """The file that was not found."""
    if isinstance(error, FileNotFoundError) and error.filename:
        return str(error.filename)
    said = str(error)
    if isinstance(error, FileNotFoundError) or "not found" in said.lower():
        match = _NAMED.search(said)
        return next(filter(None, match.groups()), "") if match else ""
    return ""


def _last(file: str) -> str:
    return re.split(r"[\\/]", file.rstrip("\\/"))[-1] or file
