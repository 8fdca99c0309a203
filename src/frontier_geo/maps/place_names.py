"""
Names of places in Tajik, Russian and Dari, by the English name that the data has.

``data/basemap/place_names.csv`` goes first; for all other names the gazetteer is asked. A place whose
name in a language is not known for certain is left out, and the page shows its English name.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd

from frontier_geo.datasets import data_folder, load_gazetteer, shipped_bytes

__all__ = ["translations"]

FILE = "basemap/place_names.csv"
COLUMNS = {"ru": "name_ru", "tg": "name_tg", "fa": "name_fa"}
#: A word of these in a name says what the place is; the page says that by itself.
KIND_WORDS = {
    "ru": ("район", "область", "Район"),
    "tg": ("Ноҳияи", "Вилояти"),
    "fa": ("ولسوالی", "ولایت"),
}


def translations(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """
    Return the names of places in Russian, Tajik and Dari.

    Parameters
    ----------
    names : iterable of str
        English names as the shipped data has them: countries, provinces, districts, towns, rivers,
        lakes, crossings, landmarks. Others are passed over.

    Returns
    -------
    dict of str to dict of str to str
        ``"ru"``, ``"tg"``, ``"fa"`` → English name → name in that language. A name whose
        spelling is not known for certain is missing.

    Raises
    ------
    ChecksumError, DataFileError
        If the shipped names are not as released.

    Examples
    --------
    >>> found = translations(["GBAO", "Kokcha mouth", "Atlantis"])
    >>> found["ru"]
    {'GBAO': 'ГБАО', 'Kokcha mouth': 'Устье Кокчи'}
    """
    table = _table(data_folder())
    wanted = sorted({name for name in names if isinstance(name, str)})
    return {
        language: {name: known[name] for name in wanted if name in known}
        for language, known in table.items()
    }


@cache
def _table(folder: Path) -> dict[str, dict[str, str]]:
    """Return language → English name → name; the curated table overrides the gazetteer."""
    curated = pd.read_csv(io.BytesIO(shipped_bytes(FILE)), dtype=str, keep_default_na=False)
    places = load_gazetteer().table
    found: dict[str, dict[str, str]] = {}
    for language, column in COLUMNS.items():
        known: dict[str, str] = {}
        for name, text in zip(places["name"], places[column], strict=True):
            if isinstance(text, str) and not any(w in text for w in KIND_WORDS[language]):
                known.setdefault(str(name), text.split(";")[0].strip())
        # A name that the curated table leaves empty is in doubt: it stays so.
        for name in curated["name"]:
            known.pop(name, None)
        pairs = zip(curated["name"], curated[column], strict=True)
        known |= {name: text for name, text in pairs if text}
        found[language] = known
    return found
