"""
Draw the pictures of the gallery from the shipped data.

    python tools/build_gallery.py              writes docs/images/gallery/*.png and docs/gallery.md
    python tools/build_gallery.py strip scan   draws these alone

Each picture is a few lines of code; the page shows them below it, as they are run here.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "images" / "gallery"
PAGE = ROOT / "docs" / "gallery.md"
DPI = 110
COLOURS = 128  # of a picture: flat colours need no more, and the file is a third

#: What every picture begins with.
SETUP = """\
import frontier_geo as fg

period = ("2015-01-01", "2025-12-31")
events = fg.load_events()
boundary = fg.load_boundary()
segments = fg.make_segments(boundary, by="tj_district")
located = fg.locate_events(events, boundary, segments=segments)
rates = fg.segment_rates(located, segments, period=period)
"""


@dataclass(frozen=True)
class Picture:
    """One picture: what it is called, shows and says, and the code that makes `figure` or `axes`."""

    name: str
    title: str
    alt: str
    says: str
    code: str


PICTURES = (
    Picture(
        "frontier",
        "Map and strip diagram",
        "Map of the border with a line coloured by the rate of reported incidents, and below it the "
        "border as a straight line with the interval of each segment",
        "Rates of reported incidents on each 10 km, 2015 to 2025. Bands are reports that name only a "
        "district.",
        "figure = fg.plot_frontier(events, period=period, width_cm=18)\n",
    ),
    Picture(
        "bars",
        "Rates as bars, in Russian",
        "The same map with the rates as bars beside the line and all words in Russian",
        "For a reader of Russian, by district; the words of the page and the figures come in four "
        "languages.",
        'figure = fg.plot_frontier(events, located=located, rates=rates, style="bars", language="ru")\n',
    ),
    Picture(
        "rates",
        "Rates and their intervals",
        "A point with a whisker for each Tajik district: the rate and its exact 95 % interval",
        "By district, with exact 95 % intervals: most of them overlap.",
        "axes = fg.plot(rates)\n",
    ),
    Picture(
        "density",
        "Density along the line",
        "A curve of the intensity along the border with a band around it",
        "Kernel density with its band; the bandwidth was chosen by cross-validation.",
        "curve = fg.line_density(located, boundary, period=period)\naxes = fg.plot(curve)\n",
    ),
    Picture(
        "scan",
        "Scan",
        "Bars along the border: the stretches that the scan found, by rank; the first is marked as "
        "significant",
        "The stretch least likely by chance, over every run of districts; support tells whether it hangs "
        "on the places.",
        "drawn = fg.draw_counts(located, segments, period=period)\n"
        "axes = fg.plot(fg.scan_segments(rates, imputed=drawn))\n",
    ),
    Picture(
        "hotspots",
        "Gi*",
        "Gi* of each district, with those that stay significant after adjustment marked",
        "Gi* by district, the false discovery rate held at 5 %.",
        "axes = fg.plot(fg.find_hotspots(rates))\n",
    ),
    Picture(
        "changes",
        "Change points",
        "A dot for each change of the rate of the whole line, with the interval of its date and the "
        "ratio of the rates after and before",
        "When the number of reports of the whole line changed, and by how much.",
        "whole = fg.make_segments(boundary, n=1)\n"
        'series = fg.segment_series(located, whole, step="year")\n'
        "axes = fg.plot(fg.change_points(series))\n",
    ),
    Picture(
        "scale",
        "Does it hang on the cut?",
        "Segment length against chainage, coloured by the share of cuts in which each kilometre is "
        "part of a significant stretch",
        "One scan over three segment lengths and four origins: what survives was found however the line "
        "was cut.",
        "lengths = (20, 50, 100)\n"
        "sweep = fg.sweep_scale(located, boundary, lengths_km=lengths, n_origins=4, n_sim=199)\n"
        "axes = fg.plot(sweep)\n",
    ),
)  # fmt: skip


def draw(wanted: Sequence[Picture], folder: Path) -> list[Path]:
    """Draw pictures into a folder and return their files."""
    from frontier_geo import save_frontier
    from frontier_geo.errors import ResolutionWarning

    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResolutionWarning)
        shared: dict[str, object] = {}
        exec(SETUP, shared)  # the code that the page shows
        for picture in wanted:
            names = dict(shared)
            exec(picture.code, names)
            file = folder / f"{picture.name}.png"
            if "figure" in names:  # its lines would not fit with hinted letters
                save_frontier(names["figure"], file, dpi=DPI)
            else:
                figure = names["axes"].figure  # type: ignore[attr-defined]
                figure.savefig(file, dpi=DPI, metadata={"Software": None})
            reduce(file)
            files.append(file)
    return files


def reduce(file: Path) -> None:
    """Write a picture again with fewer colours."""
    from PIL import Image

    with Image.open(file) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


def page() -> str:
    """Return the page."""
    parts = [
        "---",
        "hide: [navigation]",
        "---",
        "",
        "# Gallery",
        "",
        "All pictures are drawn from the shipped data by `python tools/build_gallery.py`, which makes "
        "this page as well. Each rests on reported incidents alone: "
        "[what that means](explanation/reporting-bias.md). The map page itself is best seen by making "
        "one: `frontier-geo map`.",
        "",
        "Every picture begins with the same lines:",
        "",
        "```python",
        SETUP.rstrip(),
        "```",
        "",
    ]
    for picture in PICTURES:
        parts += [
            f"## {picture.title}",
            "",
            f"![{picture.alt}](images/gallery/{picture.name}.png)",
            "",
            picture.says,
            "",
            "```python",
            picture.code.rstrip(),
            "```",
            "",
        ]
    return "\n".join(parts)


def main(names: Sequence[str]) -> int:
    """Draw the pictures named, or all, and write the page."""
    known = {picture.name: picture for picture in PICTURES}
    if unknown := set(names) - set(known):
        print(f"There is no picture {sorted(unknown)}; there are {', '.join(known)}.")
        return 2
    for file in draw([known[name] for name in names] or PICTURES, FOLDER):
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1000:.0f} kB")
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
