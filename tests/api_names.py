"""What of the library is public: its own names, those of its packages, and their methods."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import frontier_geo

#: Packages whose `__all__` is public, beside that of the library itself.
PACKAGES = (
    "density", "distributed", "evaluation", "hotspots", "maps", "plots", "rates", "readers", "report",
    "scan", "spacetime", "streaming", "writers",
)  # fmt: skip


@dataclass(frozen=True)
class Public:
    """A public function, method, property or class, and the name it goes by."""

    name: str
    thing: Any
    owner: type | None = None

    @property
    def parameters(self) -> list[inspect.Parameter]:
        """The parameters, without the object itself."""
        if inspect.isclass(self.thing) or isinstance(self.thing, property):
            return []
        given = inspect.signature(self.thing).parameters.values()
        return [one for one in given if one.name not in ("self", "cls")]

    @property
    def doc(self) -> str:
        return inspect.cleandoc(self.thing.__doc__ or "")


def _modules() -> Iterator[tuple[str, Any]]:
    yield "frontier_geo", frontier_geo
    for package in PACKAGES:
        yield f"frontier_geo.{package}", importlib.import_module(f"frontier_geo.{package}")


def _members(name: str, owner: type) -> Iterator[Public]:
    for word, member in vars(owner).items():
        if word.startswith("_"):
            continue
        plain: Any = getattr(member, "__func__", member)
        plain = property(plain.func) if hasattr(plain, "attrname") else plain  # cached_property
        if isinstance(plain, property | Callable) and not inspect.isclass(plain):
            yield Public(f"{name}.{word}", plain, owner)


def public_names() -> list[Public]:
    """Return all of them; what is public twice goes by its first name."""
    found: dict[int, Public] = {}
    for where, module in _modules():
        for word in module.__all__:
            thing = getattr(module, word)
            if not (inspect.isclass(thing) or inspect.isfunction(thing)) or id(thing) in found:
                continue
            name = f"{where}.{word}"
            found[id(thing)] = Public(name, thing)
            if inspect.isclass(thing):
                found |= {id(one.thing): one for one in _members(name, thing)}
    return list(found.values())
