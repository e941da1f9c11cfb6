"""A program as the rules see it: its calls and names, by what its own imports make of them."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import libcst as cst
from libcst import metadata

from unstuck.modernize.calls import Calls, dotted
from unstuck.modernize.names import home
from unstuck.patch.source import Edit


@dataclass(frozen=True)
class Rewrite:
    """Edits that belong together. ``span`` is what is shown of it, in characters; ``imports`` are
    new lines of import, each put where the program's imports of that package stand."""

    edits: tuple[Edit, ...]
    span: tuple[int, int]
    why: str
    differs: str = ""


@dataclass(frozen=True)
class Refusal:
    """What a rule meets and cannot translate."""

    span: tuple[int, int]
    what: str
    why: str


Rule = Callable[["Program"], Iterator[Rewrite | Refusal]]


class Program(Calls):
    """A parsed program; ``tensorflow`` tells whether TensorFlow can be imported here, ``partly``
    whether one that needs it is written anew as far as Keras goes."""

    def __init__(self, text: str, *, tensorflow: bool = False, partly: bool = False) -> None:
        super().__init__(text)
        self.tensorflow, self.partly = tensorflow, partly
        wrapper = metadata.MetadataWrapper(self.module, unsafe_skip_copy=True)
        self._scopes: Any = wrapper.resolve(metadata.ScopeProvider)
        self._by_kind: dict[type[cst.CSTNode], list[Any]] = {}

    def every(self, kind: type[Any]) -> list[Any]:
        """Every node of a kind, in order; remembered."""
        if kind not in self._by_kind:
            self._by_kind[kind] = self.all(kind)
        return self._by_kind[kind]

    # -- names -----------------------------------------------------------------------------

    def spelled(self, node: cst.CSTNode) -> str:
        """The full dotted name of an imported name as the program's imports spell it, or ""."""
        scope = self._scopes.get(node)
        if scope is None or not isinstance(node, cst.Name | cst.Attribute) or not dotted(node):
            return ""
        found = scope.get_qualified_names_for(node)
        if not found:
            return self._starred(node)
        names = {q.name for q in found if q.source is metadata.QualifiedNameSource.IMPORT}
        return names.pop() if len(names) == 1 == len(found) else ""

    def name(self, node: cst.CSTNode) -> str:
        """The full name in today's words, wherever old versions kept it; "" for
        another's."""
        spelled = self.spelled(node)
        return home(spelled) if spelled else ""

    def _starred(self, node: cst.Name | cst.Attribute) -> str:
        """What a name may be that only ``from keras.layers import *`` can have brought."""
        name = dotted(node)
        own = self._assigned | _BUILT_IN
        if not self._stars or name.split(".")[0] in own:
            return ""
        upper = name[:1].isupper()
        fitting = [m for m in self._stars if m.startswith("keras.layers") == upper]
        return f"{(fitting or self._stars)[0]}.{name}" if len(self._stars) == 1 or fitting else ""

    @cached_property
    def _stars(self) -> list[str]:
        found = [n for n in self.every(cst.ImportFrom) if isinstance(n.names, cst.ImportStar)]
        named = [dotted(n.module) for n in found if n.module is not None]
        return [n for n in named if n.split(".")[0] in ("keras", "tensorflow")]

    @cached_property
    def _assigned(self) -> frozenset[str]:
        """Names that the program itself makes."""
        kinds = (cst.FunctionDef, cst.ClassDef)
        made = {n.name.value for kind in kinds for n in self.every(kind)}
        targets = [t.target for t in self.every(cst.AssignTarget)]
        return frozenset(made | {t.value for t in targets if isinstance(t, cst.Name)})

    def calls(self, names: Collection[str] = ()) -> Iterator[tuple[cst.Call, str]]:
        """Calls of what has a full name (one of ``names``, if given), with that name."""
        for call in self.every(cst.Call):
            name = self.name(call.func)
            if name and (not names or name in names):
                yield call, name

    def methods(self, *names: str) -> Iterator[tuple[cst.Call, str]]:
        """Calls of a method of some object of the program."""
        for call in self.every(cst.Call):
            func = call.func
            named = isinstance(func, cst.Attribute) and func.attr.value in names
            if named and not self.spelled(func):
                yield call, func.attr.value

    def uses(self) -> Iterator[tuple[cst.Name | cst.Attribute, str]]:
        """Whole dotted names in expressions, with the full name as spelled by the imports."""
        for kind in (cst.Attribute, cst.Name):
            for node in self.every(kind):
                parent = self.parent(node)
                if isinstance(parent, cst.Attribute) or self.imported(node):
                    continue
                if isinstance(parent, cst.Arg | cst.Param | cst.FunctionDef | cst.ClassDef) and (
                    getattr(parent, "keyword", None) is node
                    or getattr(parent, "name", None) is node
                ):
                    continue
                inner = node
                while isinstance(inner, cst.Attribute) and not self.spelled(inner):
                    inner = inner.value
                spelled = self.spelled(inner)
                if spelled:
                    yield inner, spelled

    def imported(self, node: cst.CSTNode) -> bool:
        return self.around(node, cst.Import) is not None or (
            self.around(node, cst.ImportFrom) is not None
        )

    @property
    def knows_keras(self) -> bool:
        """Whether the program imports Keras, its own or TensorFlow's."""
        for node in (*self.every(cst.ImportFrom), *self.every(cst.ImportAlias)):
            part = node.module if isinstance(node, cst.ImportFrom) else node.name
            if part is not None and dotted(part).split(".")[0] in ("keras", "tensorflow"):
                return True
        return False

    def makes(self, name: str) -> bool:
        """Whether the program itself makes what has this name."""
        return name in self._assigned

    def used(self, alias: cst.ImportAlias) -> bool:
        """Whether an imported name stands anywhere else."""
        local = self.code(alias.asname.name) if alias.asname else dotted(alias.name)
        names = (n for n in self.every(cst.Name) if n.value == local.split(".")[0])
        return any(not self.imported(n) and not self._part(n) for n in names)

    def _part(self, node: cst.Name) -> bool:
        """Whether it is the later part of a dotted name, or the keyword of an argument."""
        of = self.parent(node)
        return (isinstance(of, cst.Attribute) and of.attr is node) or (
            isinstance(of, cst.Arg) and of.keyword is node
        )

    # -- new names -------------------------------------------------------------------------

    def reach(self, module: str) -> tuple[str, tuple[Edit, ...]]:
        """How the program can write a module of Keras, and the edits that make it known.

        An import that is there is used or extended; only where none is, a line is added.
        """
        known = self.known(module)
        if known:
            return known, ()
        parent, _, leaf = module.rpartition(".")
        if not parent:
            return module, (self.new_line(f"import {module}"),)
        words, edits = self.reach_names(parent, leaf)
        return words[0], edits

    def reach_names(self, module: str, *names: str) -> tuple[list[str], tuple[Edit, ...]]:
        """How the program can write names of a module, and the edits that make them known."""
        words, missing = [self.known(f"{module}.{name}") for name in names], []
        for i, name in enumerate(names):
            if not words[i]:
                words[i] = self.fresh(name)[0]
                missing.append(name if words[i] == name else f"{name} as {words[i]}")
        if not missing:
            return words, ()
        added = ", ".join(missing)
        for node in self.every(cst.ImportFrom):
            where = dotted(node.module)
            if where == module and not isinstance(node.names, cst.ImportStar) and self.top(node):
                end = self.span(node.names[-1])[1]
                return words, (Edit(end, end, f", {added}"),)
        return words, (self.new_line(f"from {module} import {added}"),)

    def known(self, module: str) -> str:
        """The words by which the program's imports reach a module already."""
        names: dict[str, str] = {}
        for node in self.every(cst.ImportAlias):
            of, name = self.parent(node), dotted(node.name)
            local = self.code(node.asname.name) if node.asname else name
            if not self.top(node):
                continue
            if isinstance(of, cst.ImportFrom) and of.module is not None:
                names[f"{dotted(of.module)}.{name}"] = local
            elif node.asname:
                names[name] = local
            else:
                names[name.split(".")[0]] = name.split(".")[0]
        parts = module.split(".")
        for size in range(len(parts), 0, -1):
            known = names.get(".".join(parts[:size]))
            if known:
                return ".".join([known, *parts[size:]])
        return ""

    def top(self, node: cst.CSTNode) -> bool:
        """Whether it stands at the top of the program, in no function, class or ``try``."""
        around = (cst.IndentedBlock, cst.FunctionDef, cst.ClassDef)
        return all(self.around(node, kind) is None for kind in around)

    def new_line(self, line: str) -> Edit:
        """A line of import after the first import of Keras, or before the first one at all."""
        newline = self.module.default_newline
        firsts = [
            s
            for s in self.every(cst.SimpleStatementLine)
            if isinstance(s.body[0], cst.Import | cst.ImportFrom)
            and self.top(s)
            and "__future__" not in self.code(s.body[0])
        ]
        if not firsts:
            return Edit(0, 0, line + newline)
        keras = [s for s in firsts if "keras" in self.code(s.body[0])]
        start = self.span((keras or firsts)[0])[0]
        return Edit(start, start, line + newline)


_BUILT_IN = frozenset(dir(builtins))
