"""Programs as people wrote them: what is missing is named, and nothing around them is harmed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

import unstuck.capture.script as running
from unstuck.cache import OPERATIONS
from unstuck.capture.script import Captured, capture_script
from unstuck.errors import CaptureError, MemoryLimit, NoTraining, ProgramCrashed, ProgramExited

TRAINING = """\
import keras
import numpy as np
x = np.arange(80.0).reshape(20, 4)
model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, x.sum(axis=1))
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "jax")


def _capture(code: str, *args: str, **options: object) -> Captured:
    Path("program.py").write_text(code)
    return capture_script(Path("program.py"), args, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "import cv2_of_nobody\ncv2_of_nobody.imread('a')",
            "line 2 uses cv2_of_nobody.imread, and",
        ),
        ("from nobodys import load\nx = load()", "pip install nobodys, if it is a package"),
        ("from nobodys import *", "line 1 uses nobodys, and"),
        ("open('houses.csv')", "line 1 opens houses.csv, .* --data houses.csv=PATH"),
        ("import numpy as np\nnp.loadtxt('a/b.csv')", "line 2 opens a/b.csv"),
        ("import numpy as np\nnp.load('a.npy')", "line 2 opens a.npy"),
        ("import h5py\nh5py.File('a.h5')", "line 2 opens a.h5"),
        ("import keras\nkeras.models.load_model('m.keras')", "line 2 opens m.keras"),
        ("import getpass\ngetpass.getpass()", "line 2 asks for input"),
        ("raise MemoryError", "needs more memory than there is"),
    ],
)
def test_what_is_missing_is_named_with_its_line(code: str, words: str) -> None:
    with pytest.raises(ProgramCrashed, match=words) as caught:
        _capture(code)
    assert "unstuck" not in caught.value.traceback


def test_a_missing_module_matters_only_where_it_is_used() -> None:
    captured = _capture("from nobodys import tools\n" + TRAINING + "tools.show(model)\n")
    assert len(captured.recipes) == 1
    assert "module nobodys is not installed" in captured.notes[0]
    assert "line 8 uses nobodys.tools.show" in captured.notes[-1]


def test_a_program_that_provides_for_a_missing_module_is_left_to() -> None:
    code = "try:\n    import nobodys\nexcept ImportError:\n    nobodys = None\n"
    captured = _capture(code + "assert nobodys is None\n" + TRAINING)
    assert captured.notes == ()


def test_what_only_draws_is_left_out() -> None:
    code = (
        "import visualkeras as draw\nfigure, (one, two) = draw.subplots(1, 2)\n"
        "with draw.style:\n    one.plot([1])[0].set(a=1)\nfor line in draw.lines(): 1 / 0\n"
    )
    captured = _capture(code + TRAINING)
    assert "what the program draws with it was left out" in captured.notes[0]


def test_helpers_with_a_plain_meaning_are_provided() -> None:
    code = (
        "from python_toolbox import random_tools\n"
        "some = random_tools.shuffled(range(50))\n"
        "assert sorted(some) == list(range(50)) != some\n"
        "import tqdm\n"
        "list(tqdm.trange(1))\n"
    )
    named = "python_toolbox.random_tools.shuffled, tqdm.trange"
    notes = _capture(code + TRAINING).notes
    assert f"not installed, and replaced by unstuck's own: {named}" in notes


def test_a_question_is_answered_with_an_empty_line() -> None:
    captured = _capture("epochs = int(input('How many? [5] ') or 5)\n" + TRAINING)
    assert len(captured.recipes) == 1
    question = "line 1 asks for input ('How many? [5]')"
    assert f"{question}, and an empty line was the answer" in captured.notes


def test_nothing_waits_for_a_display() -> None:
    code = (
        "import matplotlib\nmatplotlib.use('TkAgg')\nimport matplotlib.pyplot as plt, tkinter\n"
        "plt.plot([1, 2])\nplt.pause(500)\nplt.show(block=True)\nplt.ginput(timeout=0)\n"
        "root = tkinter.Tk()\nroot.mainloop()\nimport webbrowser\nwebbrowser.open('x')\n"
    )
    show = "keras.utils.plot_model(model, 'model.png')\n"
    assert len(_capture(code + TRAINING.replace("model.fit", show + "model.fit")).recipes) == 1


def test_files_are_given() -> None:
    Path("real.csv").write_text("1,2\n3,4\n")
    code = (
        "import os, pathlib\nimport numpy as np\nname = '/content/drive/rows.csv'\n"
        "assert os.path.exists(name) and pathlib.Path(name).is_file()\n"
        "assert np.loadtxt(name, delimiter=',').tolist() == [[1, 2], [3, 4]]\n"
        "assert np.genfromtxt(name, delimiter=',').sum() == open(name).read().count(',') * 5\n"
    )
    given = {"rows.csv": Path("real.csv").absolute(), "other.csv": Path("real.csv").absolute()}
    captured = _capture(code + TRAINING, data=given)
    assert captured.notes == ("--data other.csv: the program opened no such file before it ended",)


def test_no_file_of_the_user_is_touched() -> None:
    Path("best.keras").write_text("trained for a week")
    Path("weights.weights.h5").write_text("these too")
    Path("old").mkdir()
    Path("old/log").write_text("")
    before = sorted(Path().rglob("*"))
    code = """
import os, shutil, pathlib
shutil.rmtree("old")
assert not os.path.exists("old")
os.makedirs("out/deep", exist_ok=True)
model.save("best.keras")
model.save_weights("weights.weights.h5")
model.save("out/deep/m.h5")
keras.models.load_model("best.keras")
model.load_weights("weights.weights.h5")
np.save("out/p.npy", x)
os.rename("out/p.npy", "out/q.npy")
assert sorted(os.listdir("out")) == ["deep", "q.npy"]
assert [p.name for p in pathlib.Path("out").glob("*.npy")] == ["q.npy"]
assert np.load("out/q.npy").shape == x.shape
with open("new.txt", "a") as file:
    file.write("a")
pathlib.Path("new.txt").unlink()
assert not pathlib.Path("new.txt").exists()
print("all well")
"""
    captured = _capture(TRAINING + code, after=60.0)
    assert "all well" in captured.output, captured.notes
    assert "nothing that the program writes (out first) was kept" in captured.notes[0]
    assert sorted(p for p in Path().rglob("*") if p.name != "program.py") == before
    assert Path("best.keras").read_text() == "trained for a week"


def test_a_skipped_training_starts_no_command() -> None:
    code = TRAINING + "import os\nos.system('touch pushed')\n"
    captured = _capture(code)
    assert "no command is started after a skipped training: " in captured.notes[-1]
    assert not Path("pushed").exists()


def test_another_folder_and_threads() -> None:
    code = (
        "import os, threading\nos.mkdir('elsewhere')\nos.chdir('elsewhere')\n"
        "def main():\n    import time\n    time.sleep(0.5)\n"
        + "".join(f"    {line}\n" for line in TRAINING.splitlines())
        + "threading.Thread(target=main).start()\n"
    )
    (recipe,) = _capture(code).recipes
    assert recipe.source == code
    assert recipe.fit.place is not None
    assert (recipe.fit.place.line, recipe.fit.place.column) == (12, 4)


def test_no_machine_is_waited_for() -> None:
    """One that cannot be reached is tried once, however often the program tries again."""
    code = """
import socket, time, urllib.request
began = time.time()
for i in range(200):
    try:
        urllib.request.urlopen("http://nowhere.invalid/file.csv")
    except OSError:
        time.sleep(0.01)
assert time.time() - began < 60
urllib.request.urlretrieve("http://nowhere.invalid/file.csv")
"""
    with pytest.raises(ProgramCrashed, match="line 10 would download http://nowhere") as caught:
        _capture(code, limit=120.0)
    assert "cannot be reached" in str(caught.value) or "answers" in str(caught.value)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "memory_limit", lambda: 400 * 2**20)
    code = (
        "import time\nkept = []\nwhile True:\n    kept.append(b'x' * 2**24)\n    time.sleep(0.01)\n"
    )
    with pytest.raises(MemoryLimit, match=r"took more than 0\.4 GiB of memory"):
        _capture(code)


def test_children_of_a_program_end_with_it() -> None:
    code = (
        "import subprocess, sys\n"
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'],\n"
        "                     start_new_session=True)\n"
        "print('child', c.pid, flush=True)\nwhile True: pass\n"
    )
    with pytest.raises(CaptureError, match="within 5 s") as caught:
        _capture(code, limit=5.0)
    assert not _runs(int(caught.value.output.split()[-1]))


def test_a_program_ends_with_the_check() -> None:
    """Even where the check is killed and can end nothing itself."""
    Path("program.py").write_text("import os\nprint(os.getpid(), flush=True)\nwhile True: pass\n")
    code = (
        "from pathlib import Path\nfrom unstuck.capture.script import capture_script\n"
        "capture_script(Path('program.py'))"
    )
    check = subprocess.Popen([sys.executable, "-c", code])
    child = _first_child(check.pid)
    check.kill()
    check.wait()
    assert psutil.wait_procs([child], timeout=20)[1] == []


def _runs(pid: int) -> bool:
    """Whether a process does anything; one that ended may still be waiting to be told of."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _first_child(pid: int) -> psutil.Process:
    for _ in range(200):
        children = psutil.Process(pid).children()
        if children:
            time.sleep(2.0)  # until it watches
            return children[0]
        time.sleep(0.1)
    raise AssertionError("the check started no program")


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (
            "import argparse\np = argparse.ArgumentParser()\n"
            "p.add_argument('--rows', required=True)\np.parse_args()",
            ProgramExited,
            "are required: --rows; its own arguments follow after --",
        ),
        ("import sys\nsys.exit('no GPU')", ProgramExited, "left before it trained: no GPU"),
        ("import sys\nprint('why')\nsys.exit(3)", ProgramExited, "exit code 3 .*: why"),
        ("import atexit, sys\natexit.register(sys.exit, 9)", NoTraining, "never calls fit"),
        ("import signal\nsignal.raise_signal(signal.SIGKILL)", ProgramExited, "died"),
    ],
)
def test_ways_to_leave(code: str, error: type[CaptureError], words: str) -> None:
    with pytest.raises(error, match=words):
        _capture(code)


def test_what_it_printed_is_kept() -> None:
    with pytest.raises(ProgramCrashed) as caught:
        _capture("print('step', 1)\nprint(1 / 0)")
    assert caught.value.output == "step 1\n"


def test_warnings_that_are_errors_to_the_program_are_none_to_capture() -> None:
    code = "import warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')\n"
    (recipe,) = _capture(TRAINING.replace("x = ", code + "x = ")).recipes
    assert np.isfinite(recipe.data.inputs[0]).all()
    assert os.environ["KERAS_BACKEND"] == recipe.framework.backend


def test_compiled_operations_are_kept_and_not_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNSTUCK_CACHE", str(tmp_path / "kept"))
    first, again = _capture(TRAINING), _capture(TRAINING)
    assert list((tmp_path / "kept" / OPERATIONS).glob("*-cache"))
    assert not [note for captured in (first, again) for note in captured.notes]


def test_a_cache_that_cannot_be_made_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").touch()
    monkeypatch.setenv("UNSTUCK_CACHE", str(tmp_path / "file" / "kept"))
    assert _capture(TRAINING).notes == ()
