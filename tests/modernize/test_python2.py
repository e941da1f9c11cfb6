"""Python 2 in, Python 3 out; where its lines went; division."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.modernize import modernize
from unstuck.modernize.division import whole_divisions
from unstuck.modernize.python2 import parses

PAIRS = [
    ("print 'a', b", "print('a', b)"),
    ("print\nprint 1", "print()\nprint(1)"),
    ("print >>f, 1", "print(1, file=f)"),
    ("print 'a',", "print('a', end=' ')"),
    ("try:\n    f()\nexcept KeyError, e: pass", "try:\n    f()\nexcept KeyError as e: pass"),
    ("raise ValueError, 'no'", "raise ValueError('no')"),
    ("exec 'a = 1'", "exec('a = 1')"),
    ("print range(3), xrange(3)", "print(list(range(3)), range(3))"),
    ("print d.has_key(1)", "print(1 in d)"),
    ("for k, v in d.iteritems():\n    print k", "for k, v in d.items():\n    print(k)"),
    ("print a <> b", "print(a != b)"),
    ("print `a`", "print(repr(a))"),
    ("print 10L, 0777, u'a'", "print(10, 0o777, 'a')"),
    ("import cPickle as pickle\nprint 1", "import pickle as pickle\nprint(1)"),
    ("import urllib2\nprint urllib2.urlopen(u)",
     "import urllib.request, urllib.error, urllib.parse\nprint(urllib.request.urlopen(u))"),
    ("print reduce(f, x)", "from functools import reduce\nprint(reduce(f, x))"),
    ("x = map(f, y)\nprint x", "x = list(map(f, y))\nprint(x)"),
    ("print zip(a, b)[0]", "print(list(zip(a, b))[0])"),
    ("print raw_input('a')", "print(input('a'))"),
    ("from itertools import izip\nprint izip(a, b)", "\nprint(zip(a, b))"),
    ("print isinstance(a, basestring)", "print(isinstance(a, str))"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_python_2_becomes_python_3(old: str, new: str) -> None:
    made = modernize(old + "\n")
    assert made.text == new + "\n"
    assert made.changes and len(made.lines) == new.count("\n") + 1


def test_python_3_is_no_python_2() -> None:
    text = "x = map(str, range(3))\nprint(x)\nd = {}.items()\n"
    assert modernize(text).text == text


def test_comments_and_formatting_stay() -> None:
    old = "# one\nx = [1,2 ,3]   # two\n\nif x :\n    print  'a' # three\n"
    assert modernize(old).text == old.replace("print  'a'", "print('a')")


def test_lines_of_a_program_that_grew() -> None:
    old = "a = 1\ndef f((x, y), z):\n    return x\nprint f((1, 2), 3)\n"
    made = modernize(old)
    assert parses(made.text)
    after = made.text.splitlines()
    call = next(i for i, line in enumerate(after) if line.startswith("print"))
    assert made.lines[call] == 4
    assert len(made.lines) == len(after) > 4


def test_tabs_and_spaces_mixed() -> None:
    old = "if a:\n        x = 1\n\tprint x\n"
    made = modernize(old)
    assert made.text == "if a:\n        x = 1\n        print(x)\n"


def test_what_is_neither_is_named() -> None:
    made = modernize("x = 1\ny = = 2\n")
    assert made.text == "x = 1\ny = = 2\n"
    assert made.left[0].line == 2 and "neither" in made.left[0].why


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("n = 7\nprint n / 2", "n = 7\nprint(n // 2)"),
        ("print len(x) / 32", "print(len(x) // 32)"),
        ("print x.shape[0] / 10 * 3", "print(x.shape[0] // 10 * 3)"),
        ("print 1 / 2.0", "print(1 / 2.0)"),
        ("from __future__ import division\nprint 1 / 2",
         "from __future__ import division\nprint(1 / 2)"),
    ],
)  # fmt: skip
def test_certain_divisions_of_whole_numbers_stay_whole(old: str, new: str) -> None:
    assert modernize(old + "\n").text == new + "\n"


UNCERTAIN = """import numpy as np
x = np.array([7, 8])
half = 2.0
x /= 2
rows[0] /= 2
print x / rows[0] / 2, (x + 1) / half, 1 / (3 / 2), x/2
"""


def test_uncertain_divisions_are_decided_when_they_are_made() -> None:
    made = modernize(UNCERTAIN)
    scope: dict[str, object] = {"rows": [9]}
    exec(made.text.replace("print(", "found = ("), scope)
    whole, fractions, both, short = scope["found"]  # type: ignore[misc]
    assert scope["x"].tolist() == [3, 4] and scope["rows"] == [4]  # type: ignore[attr-defined]
    assert whole.tolist() == [0, 0] and short.tolist() == [1, 2]
    assert fractions.tolist() == [2.0, 2.5] and both == 1
    assert [c.line for c in made.changes if "decides" in c.why] == [4, 5, 6, 6, 6, 6]
    text = made.text.splitlines()
    assert made.lines[text.index("half = 2.0")] == 3
    assert made.lines[len(text) - 1] == 6


def test_divisions_over_several_lines_are_told() -> None:
    made = modernize("print 1\nx = (a\n  / b)\n")
    assert "a\n  / b" in made.text
    assert any("dropped the fraction" in note for note in made.notes())


@given(st.recursive(st.sampled_from("abc"), lambda s: st.tuples(s, s, st.booleans()), max_leaves=6))
def test_any_nest_of_divisions_gives_what_python_2_gave(nest: object) -> None:
    def words(n: object, sign: str) -> str:
        if not isinstance(n, tuple):
            return str(n)
        text = f"{words(n[0], sign)} {sign} {words(n[1], sign)}"
        return f"({text})" if n[2] else text

    scope = {"a": 360, "b": 7, "c": 2}
    made = whole_divisions(f"x = {words(nest, '/')}\n").text
    try:
        wanted = eval(words(nest, "//"), dict(scope))
    except ZeroDivisionError:
        return
    exec(made, scope)
    assert scope["x"] == wanted


def test_a_name_that_also_holds_fractions_is_uncertain() -> None:
    assert whole_divisions("n = 7\nn = 0.5\nn / 2\n").kept == ()
    assert whole_divisions("n = 7\nfor n in x:\n    n / 2\n").kept == ()
