"""Pages of the documentation that are made from other files of the project."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import validation

ROOT = Path(__file__).resolve().parents[1]

#: Files at the top of the project that are pages of the site, and the page that each becomes.
TOP = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
}


def made_pages() -> dict[str, str]:
    """Return the text of each made page by its place among the pages."""
    return {
        **{page: top_page(name) for name, page in TOP.items()},
        "data.md": data_page(),
        "citing.md": citing_page(),
        "validation.md": validation_page(),
        "decisions/index.md": decisions_page(),
        "reference/cli.md": commands_page(),
    }


def top_page(name: str) -> str:
    """Return a file of the top folder, its links to others of them made links between pages."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for file, page in TOP.items():
        text = text.replace(f"]({file})", f"]({page})")
    return text


def notebook_intro(name: str, *, with_outputs: bool) -> str:
    """Return the sentence that stands below the title of a notebook."""
    shown = "Shown with what each cell gives." if with_outputs else "Shown without outputs."
    return (
        f'!!! note "A notebook"\n    {shown} To run it: [{name}.ipynb]({name}.ipynb), or '
        f"`notebooks/{name}.ipynb` of the source.\n\n"
    )


# ---- data ----------------------------------------------------------------------------------------


def data_page() -> str:
    """Return what data/README.md says, and the registry file by file."""
    about = (ROOT / "data" / "README.md").read_text(encoding="utf-8").rstrip()
    registry = json.loads((ROOT / "data" / "registry.json").read_text(encoding="utf-8"))
    lines = [
        about,
        "",
        "## File by file",
        f"Data version {registry['data_version']}. From `data/registry.json`, which also has the "
        "sizes, the columns, what was done to each source, and the packages with their checksums. "
        "`frontier_geo.data_registry()` returns it.",
        "",
    ]
    for path, entry in sorted(registry["files"].items()):
        lines += [f"### `{path}`", "", *_entry_lines(entry), ""]
    lines += [
        "## If a fact is wrong",
        "See [Correct a fact](how-to/correct-a-fact.md).",
        "",
    ]
    return "\n".join(lines)


def _entry_lines(entry: dict[str, Any]) -> list[str]:
    rows = [
        ("rows", entry.get("rows")),
        ("source", entry.get("source")),
        ("version", entry.get("source_version")),
        ("retrieved", entry.get("retrieved")),
        ("licence", entry.get("licence")),
        ("attribution", entry.get("attribution")),
        ("what was done", entry.get("transform")),
        ("sha256", f"`{entry['sha256']}`"),
    ]
    lines = ["| | |", "|---|---|"]
    lines += [f"| {name} | {_cell(value)} |" for name, value in rows if value not in (None, "")]
    return lines


def _cell(value: Any) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


# ---- citing --------------------------------------------------------------------------------------


def citing_page() -> str:
    """Return how to cite the library, from CITATION.cff."""
    raw = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    title = re.search(r'^title: "(.*)"$', raw, re.M)
    version = re.search(r'^version: "(.*)"$', raw, re.M)
    author = re.search(r'- name: "(.*)"', raw)
    assert title and version and author
    return f"""# Citing

If the library helped your work, please cite it **and the data you used**:

> {author[1]}. *{title[1]}*. Version {version[1]}.

Say in the text which line, which period and which version of the data a number comes from; every
result carries them:

```python
import frontier_geo as fg

rates = fg.segment_rates(fg.locate_events(fg.load_events()), period=("2015-01-01", "2025-12-31"))
for name in ("boundary", "period", "data_version", "library_version"):
    print(name, rates.attrs[name])
```

A map carries the attribution of its sources; keep it. The sources of the shipped data and their
licences are in [Data](data.md); each incident has its own (`source_urls`). For incidents of ACLED,
UCDP or another provider cite that provider as its terms ask.

`CITATION.cff`, for programs:

```yaml
{raw.rstrip()}
```
"""


# ---- validation ----------------------------------------------------------------------------------


def validation_page() -> str:
    """Return every comparison with other software, computed now."""
    return f"""---
hide: [navigation]
---

# Validation

Every method is held against other software, published numbers or a closed form. The table below is
**computed when this page is made**: their numbers are stored in `tests/reference/` with the program, its
version and the script that made them; ours are worked out anew, and the difference is what is seen.
`python tools/validation` prints the same table.

One number of each row is shown, the first that is neither 0 nor 1; the difference is the largest
of all numbers of the row. Where a tolerance is not a rounding error, its reason stands in the last
column. Where programs disagree with one another, `tests/reference/README.md` says which of them is
followed and why.

<div class="validation" markdown>

{validation.markdown(validation.comparisons())}

</div>

## What a table cannot show

* Methods that no other program has for a line (segment probabilities, support over drawn tables, several
  candidate places, emerging hot spots by a [published truth table](emerging-hot-spots.md)) are held
  against closed forms, brute force over all cases, and invariants: reversal of the line, splitting of
  segments, change of unit. See `tests/`.
* p-values by simulation are compared with those of other programs within their standard errors, and their
  calibration is tested: on tables without any effect, 5 % come out below 0.05.
* That a number is right says nothing of what it means for incidents that nobody reported:
  [Reporting bias](explanation/reporting-bias.md).
"""


# ---- decisions -----------------------------------------------------------------------------------


def decisions_page() -> str:
    """Return the list of recorded decisions."""
    lines = [
        "# Decisions",
        "",
        "Why things are as they are: the context, the options with their numbers, the choice, and what "
        "it costs.",
        "",
    ]
    for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        heading = path.read_text(encoding="utf-8").splitlines()[0]
        number = int(path.name[:4])
        title = re.sub(r"^#\s*(\d+\.?|ADR \d+:?)\s*", "", heading)
        lines.append(f"* {number} · [{title}]({path.name})")
    return "\n".join([*lines, ""])


# ---- commands ------------------------------------------------------------------------------------


def commands_page() -> str:
    """Return every command with its arguments and options, as the program itself knows them."""
    import typer.main

    from frontier_geo.cli import app

    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="frontier-geo")
    lines = [
        "# Commands",
        "",
        "`frontier-geo COMMAND --help` prints the same. The exit code is 0 when all went well, 1 when "
        "something is wrong with what was given, 2 when the command was not understood, 3 when there is "
        "an answer with something left out (a row, a place). `--json` prints the answer for other "
        "programs.",
        "",
    ]
    return "\n".join([*lines, *_command_lines(command, context, ("frontier-geo",), 2)])


def _command_lines(command: Any, context: Any, words: tuple[str, ...], depth: int) -> list[str]:
    lines: list[str] = []
    commands = getattr(command, "commands", None)
    if commands is not None:
        for name in command.list_commands(context):
            lines += _command_lines(commands[name], context, (*words, name), depth)
        return lines
    name = " ".join(words)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    about = re.sub(r"\n(?!\n)", " ", (command.help or "").strip())
    lines += [f"{'#' * depth} `{name}`", "", about, "", "```text", usage, "```", ""]
    rows = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            rows.append(f"| `{_bare(record[0])}` | {_cell(_bare(record[1]))} |")
    if rows:
        lines += ["| option | meaning |", "|---|---|", *rows, ""]
    return lines


def _bare(text: str) -> str:
    """Take the marks of rich out of a text."""
    return re.sub(r"\[/?(bold|italic|cyan|green|red|dim|link[^\]]*)\]", "", text)
