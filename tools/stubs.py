"""Compare the stub of a compiled core with the module: a stale stub would let wrong calls pass the type checker."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

_KINDS = {"void": "None", "pointer": "CData", "function": "CData", "array": "CData"}
_FLOATS = {"float", "double"}


def complaints(module: ModuleType) -> list[str]:
    """Everything in which ``module`` (isobooth.host._core …) differs from the ``_core.pyi`` beside it.

    Each name of the stub's ``Lib`` has to exist, with as many arguments and of the same types; each function and
    variable of C has to be in the stub. Constants that only C uses may be left out.
    """
    stub = Path(str(module.__file__)).with_name("_core.pyi")
    body = next(
        node.body
        for node in ast.parse(stub.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == "Lib"
    )
    declared: dict[str, ast.FunctionDef | ast.AnnAssign] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            declared[node.name] = node
        elif isinstance(node, ast.AnnAssign):
            declared[ast.unparse(node.target)] = node
    return [f"{stub.parent.name}/{stub.name}: {text}" for text in _differences(module.ffi, module.lib, declared)]


def _differences(ffi: Any, lib: Any, declared: dict[str, ast.FunctionDef | ast.AnnAssign]) -> Iterator[str]:
    for name in sorted(declared.keys() - set(dir(lib))):
        yield f"{name} is not in the compiled module"
    for name in dir(lib):
        value = getattr(lib, name)
        node = declared.get(name)
        if node is None:
            if not isinstance(value, int):
                yield f"{name} is missing"
            continue
        found = _signature(node)
        due = "int" if isinstance(value, int) else _c_signature(ffi, value)
        if found != due:
            yield f"{name} is declared as {found}, but C has {due}"


def _signature(node: ast.FunctionDef | ast.AnnAssign) -> str:
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.annotation)
    kinds = [ast.unparse(a.annotation) for a in (*node.args.posonlyargs, *node.args.args)[1:] if a.annotation]
    kinds = ["CData" if kind.startswith("CData | ") else kind for kind in kinds]  # cffi converts the others
    return f"({', '.join(kinds)}) -> {ast.unparse(node.returns) if node.returns else '?'}"


def _c_signature(ffi: Any, value: Any) -> str:
    if isinstance(value, ffi.CData):
        return "CData"
    kind = ffi.typeof(value)
    return f"({', '.join(map(_kind, kind.args))}) -> {_kind(kind.result)}"


def _kind(c_type: Any) -> str:
    return _KINDS.get(c_type.kind, "float" if c_type.cname in _FLOATS else "int")
