"""The exceptions of unstuck, as a tree. Each message is one sentence for the user.

UnstuckError
├── UsageError           an argument that cannot be understood
├── CaptureError         no training could be captured
│   ├── NoTraining       the program never called ``fit``
│   ├── ProgramCrashed   the program raised; ``traceback`` is its own
│   ├── ProgramExited    the program left with ``sys.exit`` or died before ``fit``
│   ├── TimeLimit        the program ran past its limit before ``fit``
│   └── MemoryLimit      the program took too much memory before ``fit``
├── Unsupported          the compiled engine cannot train this; the fallback can
├── RemedyError          a remedy does not apply to this recipe
└── PatchError           the source cannot be edited as asked
"""


class UnstuckError(Exception):
    """Base of every error that unstuck raises on purpose."""


class UsageError(UnstuckError):
    """An argument that cannot be understood."""


class CaptureError(UnstuckError):
    """No training could be captured.

    Attributes:
        output: the end of what the program printed.
    """

    output: str = ""


class NoTraining(CaptureError):
    """The program ended without calling ``fit``."""


class ProgramCrashed(CaptureError):
    """The program raised before it trained.

    Attributes:
        traceback: the program's own traceback, without unstuck's frames.
    """

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback


class ProgramExited(CaptureError):
    """The program left, or was killed, before it trained."""


class TimeLimit(CaptureError):
    """The program reached its time limit before it trained."""


class MemoryLimit(CaptureError):
    """The program took more memory than there is to spare before it trained."""


class Unsupported(UnstuckError):
    """The compiled engine cannot train this recipe; the message names what it met."""


class RemedyError(UnstuckError):
    """A remedy does not apply to this recipe; the message says why."""


class PatchError(UnstuckError):
    """The source cannot be edited as asked."""


def telling_line(error: BaseException) -> str:
    """The line of an error's message that says what is wrong: the first, but where Keras says there
    in which call it happened, the next. "" where there is none."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    where = len(lines) > 1 and lines[0].startswith("Exception encountered when calling")
    return lines[where].strip() if lines else ""
