"""The pages of the documentation and the blocks of code on them."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
#: Kinds of blocks that run, and those that are shown alone.
RUN = {"python": "python", "sh": "shell", "bash": "shell", "console": "shell"}
SHOWN = {"text", "json", "csv", "html", "yaml", "toml"}
NOT_RUN = re.compile(r"<!--\s*not run:\s*(.+?)\s*-->\s*\Z", re.S)
EXIT_CODE = re.compile(r"<!--\s*exit code: (\d+)\s*-->\s*\Z")
#: How a line of a block without a kind begins where it is for the shell.
COMMANDS = re.compile(r"(frontier-geo|python|pip|source|pre-commit|coverage)\b")


@dataclass(frozen=True)
class Block:
    """
    One block of code.

    Attributes
    ----------
    kind : {"python", "shell", "shown"}
        What it is.
    text : str
        Its code.
    line : int
        Where it begins, from 1.
    reason : str or None
        Why it is not run, as the page says in a comment above it.
    code : int
        With which exit code the last command of a shell ends, as a comment above it says; else 0.
    """

    kind: str
    text: str
    line: int
    reason: str | None = None
    code: int = 0


def made_pages() -> dict[str, str]:
    """Return the pages that are made from other files when the site is built."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import _docs_pages
    finally:
        sys.path.remove(str(ROOT / "tools"))
    return _docs_pages.made_pages()


def pages() -> dict[str, str]:
    """Return the text of every written page by its place, those at the top of the project included."""
    found = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(DOCS.rglob("*.md"))
    }
    for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "data/README.md"):
        found[name] = (ROOT / name).read_text(encoding="utf-8")
    return found


def blocks(text: str) -> list[Block]:
    """Return the blocks of code of a page in their order."""
    lines = text.splitlines()
    found = []
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "code_block":
            raise ValueError(f"Line {token.map[0] + 1}: code must stand between ``` and ```.")
        if token.type != "fence":
            continue
        kind = token.info.split()[0] if token.info.strip() else ""
        if not kind:
            code = [line for line in token.content.splitlines() if line.strip()]
            kind = "sh" if all(COMMANDS.match(line) for line in code) else kind
        if kind not in RUN and kind not in SHOWN:
            raise ValueError(f"Line {token.map[0] + 1}: {token.info!r} is no known kind of block.")
        above = "\n".join(lines[: token.map[0]])
        reason, code = NOT_RUN.search(above), EXIT_CODE.search(above)
        found.append(
            Block(
                RUN.get(kind, "shown"),
                token.content,
                token.map[0] + 1,
                reason[1] if reason else None,
                int(code[1]) if code else 0,
            )
        )
    return found
