"""Where predictions go in a program's source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.checks._decoding import decodings

NAMES = frozenset({"round", "int"})
FOLLOWED = {
    "directly": "round(model.predict(x)[0][0])",
    "as a method": "model.predict(x).round()",
    "by a cast": "model.predict(x).astype('int32')",
    "through a name": "p = model.predict(x)\nq = p.ravel()\nint(q[0])",
    "through a name bound again": "p = model.predict(x)\np = p[:, 0]\nint(p[0])",
    "in a loop over pairs": "for a, (b, p) in zip(x, enumerate(model.predict(x))):\n    int(p)",
    "in a comprehension": "[int(v) for v in model.predict(x)[0]]",
    "by map": "p = model.predict(x)\nlist(map(int, p))",
    "through a function": "def f(n):\n    return model.predict(n)[0]\nint(f(3))",
    "scaled back": "p = model.predict(x) * spread + mean\nint(p[0])",
    "inverse transform": "int(scaler.inverse_transform(model.predict(x))[0, 0])",
    "module name inside a function": "p = model.predict(x)\ndef f():\n    return int(p[0])",
}
ENDED = {
    "a comparison": "int(model.predict(x)[0] > 0.5)",
    "a likeliest class": "int(model.predict(x).argmax())",
    "a score": "round(r2_score(y, model.predict(x)))",
    "a difference": "round(y - model.predict(x))",
    "a count": "int(len(model.predict(x)))",
    "a shape": "int(model.predict(x).shape[0])",
    "digits": "p = model.predict(x)\nround(p[0], 2)\np.round(decimals=3)",
    "a percentage": "int(model.predict(x)[0] * 100)",
    "a float cast": "model.predict(x).astype('float32')",
    "a name that also holds something else": "p = model.predict(x)\np = 3.7\nint(p)",
    "a parameter of the same name": "p = model.predict(x)\ndef f(p):\n    return int(p)",
    "another function's name": "def f():\n    p = model.predict(x)\ndef g():\n    return int(p)",
    "a function of the name predict": "int(predict(x))",
    "no Python": "int(model.predict(x)",
}


@pytest.mark.parametrize("source", FOLLOWED.values(), ids=FOLLOWED)
def test_follows(source: str) -> None:
    assert len(list(decodings(source, NAMES))) == 1


@pytest.mark.parametrize("source", ENDED.values(), ids=ENDED)
def test_ends(source: str) -> None:
    assert list(decodings(source, NAMES)) == []


def test_tells_where() -> None:
    ((call, name),) = decodings("import os\nx = int(m.predict(1)[0])\n", NAMES)
    assert (name, call.lineno, call.col_offset) == ("int", 2, 4)


@given(st.text(max_size=40), st.lists(st.sampled_from([*FOLLOWED.values(), *ENDED.values()])))
def test_never_raises(noise: str, parts: list[str]) -> None:
    list(decodings("\n".join([*parts, noise]), NAMES))
    list(decodings(noise, NAMES))
