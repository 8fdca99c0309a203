"""
How many names `Gazetteer.search_all` looks up in a second, on one core.

Run: ``python -m benchmarks.names [--rounds 7] [--quick]``. Two gazetteers: the shipped one, and 60,000
made-up places with about two names each. Of the names looked up 60 % stand in the gazetteer, 25 % are
other spellings and inflected forms (for the shipped one those of ``tests/reference/places.csv``, else
another transliteration or a Russian ending), 15 % have one or two wrong letters or mean no place at
all. Beside it, on the same names: `rapidfuzz.process.extractOne` with `WRatio`, which is what one
writes in a line, and the same scorer in a loop, as libraries without a batch do it; both over all
names, both without an idea of scripts, kinds or "no match". Every round has names of its own, so
that no answer is remembered from the round before. `right` is the share of answers that are a place of
that name, or no place where none is meant.
"""

from __future__ import annotations

import csv
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd
from rapidfuzz import fuzz, process, utils

import frontier_geo as fg
from benchmarks.harness import (
    ROOT,
    Bar,
    Benchmark,
    Options,
    Section,
    Table,
    Way,
    alone,
    measure_all,
    timing_rows,
)
from frontier_geo.names import tokenise

BARS = (
    Bar("names in a second, shipped gazetteer", ">=", 3_000, "/s"),
    Bar("names in a second, 60,000 places", ">=", 300, "/s"),
)
LARGE = 60_000
NAMES = 1_000  # looked up in a round
SHARES = {"known": 0.60, "other": 0.25, "wrong": 0.15}
LONGEST_SPELLING = 4  # words: longer rows of the reference are sentences
NAME_COLUMNS = ("name", "names_alt", "name_tg", "name_ru", "name_fa")
SEED = 20260711

ONSETS = "b ch d f g gh h j k kh l m n p q r s sh t v w y z".split()
VOWELS = "a a a i i o u u e".split()
CODAS = ["", "", "", "n", "r", "l", "k", "b", "d", "sh", "z", "ng", "nd", "st"]
TAILS = ["", "", "", "obod", "abad", "deh", "kala", "dara", "tepa", "i bolo", "i poyon"]
CYRILLIC = {
    "ch": "ч", "gh": "г", "kh": "х", "sh": "ш", "a": "а", "b": "б", "d": "д", "e": "е", "f": "ф",
    "g": "г", "h": "х", "i": "и", "j": "дж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о",
    "p": "п", "q": "к", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "w": "в", "y": "й",
    "z": "з", " ": "-",
}  # fmt: skip
OTHER_LATIN = (("kh", "x"), ("sh", "š"), ("j", "dzh"), ("q", "k"), ("u", "oo"), ("ch", "č"))
ENDINGS = {"": ("е", "а", "ом"), "а": ("е", "ы", "у")}  # after a consonant, after а


@dataclass(frozen=True)
class Query:
    """A text to look up, and the rows of the places it may rightly be answered with."""

    text: str
    rows: frozenset[int]


@dataclass
class Rounds:
    """A way of looking names up: every turn takes the names of the next round, never seen before."""

    look_up: Callable[[Sequence[str]], list[int | None]]
    queries: list[list[Query]]
    limit: int = NAMES
    right: list[float] = field(default_factory=list)

    def turn(self) -> None:
        """Look the names of one round up, and note how many answers are right."""
        queries = self.queries[len(self.right)][: self.limit]
        answers = self.look_up([query.text for query in queries])
        good = [
            a in q.rows if a is not None else not q.rows
            for a, q in zip(answers, queries, strict=True)
        ]
        self.right.append(sum(good) / len(good))


# ---- what is looked up ---------------------------------------------------------------------------


def made_up_name(chance: random.Random) -> str:
    syllables = range(chance.choice((1, 2, 2, 2, 3)))
    name = "".join(
        chance.choice(ONSETS) + chance.choice(VOWELS) + chance.choice(CODAS) for _ in syllables
    )
    return (name + chance.choice(TAILS)).capitalize()


def in_cyrillic(name: str) -> str:
    word, text = name.lower(), ""
    while word:
        sign = word[:2] if word[:2] in CYRILLIC else word[0]
        text, word = text + CYRILLIC[sign], word[len(sign) :]
    return text.capitalize()


def made_up_places(n: int) -> pd.DataFrame:
    """Return villages along the border, each with a Latin and a Cyrillic name; some share them."""
    chance = random.Random(SEED)
    names = [made_up_name(chance) for _ in range(n)]
    return pd.DataFrame(
        {
            "place_id": [f"made-up-{i}" for i in range(n)],
            "name": names,
            "name_ru": [in_cyrillic(name) for name in names],
            "country": [chance.choice(("TJ", "AF")) for _ in range(n)],
            "lat": [chance.uniform(36.7, 38.4) for _ in range(n)],
            "lon": [chance.uniform(67.8, 74.8) for _ in range(n)],
            "source": "made up",
        }
    )


def names_by_row(table: pd.DataFrame) -> list[list[str]]:
    """Return the names of each place, as they stand in the table."""
    columns = [table[column] for column in NAME_COLUMNS if column in table]
    cells = zip(*columns, strict=True)
    return [
        [name for cell in row if isinstance(cell, str) for name in cell.split(";") if name]
        for row in cells
    ]


def reference_spellings(table: pd.DataFrame) -> list[Query]:
    """Return the short texts of the reference set that mean a place of the gazetteer."""
    row_of = {place_id: row for row, place_id in enumerate(table["place_id"])}
    with (ROOT / "tests/reference/places.csv").open(encoding="utf-8", newline="") as stream:
        given = list(csv.DictReader(stream))
    queries = []
    for line in given:
        rows = frozenset(row_of[i] for i in line["place_id"].split(";") if i in row_of)
        if rows and len(line["text"].split()) <= LONGEST_SPELLING:
            queries.append(Query(line["text"], rows))
    return queries


def respelt(name: str, chance: random.Random) -> str:
    """Return a name in another transliteration, or in Russian with the ending of another case."""
    word = name.lower()
    if chance.random() < 0.5:
        for ours, theirs in OTHER_LATIN:
            word = word.replace(ours, theirs)
        return word.capitalize()
    russian = in_cyrillic(name)
    if russian[-1] in "бвгджзклмнпрстфхчш":
        return russian + chance.choice(ENDINGS[""])
    return russian[:-1] + chance.choice(ENDINGS["а"]) if russian[-1] == "а" else russian


def misspelt(name: str, chance: random.Random) -> str:
    """Return a name with one or two letters dropped, doubled, exchanged or changed."""
    word = name
    for _ in range(1 if len(name) < 7 else 2):
        at = chance.randrange(1, max(2, len(word)))
        letter = word[at : at + 1]
        word = word[:at] + chance.choice(("", letter * 2, chance.choice(word))) + word[at + 1 :]
    return word


def unknown(chance: random.Random) -> str:
    return (
        "".join(chance.choice(ONSETS) + chance.choice("ae") for _ in range(4)).capitalize()
        + "stein"
    )


def make_queries(
    names: list[list[str]], chance: random.Random, others: list[Query] | None = None
) -> list[Query]:
    """Return the names of one round, shuffled."""
    holders: dict[str, set[int]] = {}
    for row, own in enumerate(names):
        for name in own:
            holders.setdefault(name, set()).add(row)

    def one(kind: str) -> Query:
        if kind == "other" and others is not None:
            return chance.choice(others)
        if kind == "wrong" and chance.random() < 1 / 3:
            return Query(unknown(chance), frozenset())
        own = chance.choice(names)
        name = own[0] if kind == "other" else chance.choice(own)
        rows = frozenset(holders[name])
        text = {"known": str, "other": None, "wrong": None}[kind]
        if text is not None:
            return Query(name, rows)
        return Query(respelt(name, chance) if kind == "other" else misspelt(name, chance), rows)

    queries = [one(kind) for kind, share in SHARES.items() for _ in range(round(share * NAMES))]
    chance.shuffle(queries)
    return queries


# ---- how it is looked up -------------------------------------------------------------------------


def by_gazetteer(gazetteer: fg.Gazetteer) -> Callable[[Sequence[str]], list[int | None]]:
    row_of = {place_id: row for row, place_id in enumerate(gazetteer.ids)}

    def look_up(texts: Sequence[str]) -> list[int | None]:
        found = gazetteer.search_all(texts)
        answers: list[int | None] = [None] * len(texts)
        for number, place_id in zip(found["query"], found["place_id"], strict=True):
            answers[number] = row_of[place_id]
        return answers

    return look_up


def by_extract_one(names: list[list[str]]) -> Callable[[Sequence[str]], list[int | None]]:
    flat = [(utils.default_process(name), row) for row, own in enumerate(names) for name in own]
    choices, rows = [name for name, _ in flat], [row for _, row in flat]

    def look_up(texts: Sequence[str]) -> list[int | None]:
        found = [
            process.extractOne(
                utils.default_process(t), choices, scorer=fuzz.WRatio, score_cutoff=80
            )
            for t in texts
        ]
        return [None if each is None else rows[each[2]] for each in found]

    return look_up


def by_loop(names: list[list[str]]) -> Callable[[Sequence[str]], list[int | None]]:
    flat = [(utils.default_process(name), row) for row, own in enumerate(names) for name in own]

    def look_up(texts: Sequence[str]) -> list[int | None]:
        answers: list[int | None] = []
        for text in map(utils.default_process, texts):
            score, row = max((fuzz.WRatio(text, name), -row) for name, row in flat)
            answers.append(-row if score >= 80 else None)
        return answers

    return look_up


# ---- measuring -----------------------------------------------------------------------------------


def gazetteers(options: Options) -> dict[str, Callable[[], fg.Gazetteer]]:
    """Return the two gazetteers, each a call."""
    n = options.size(LARGE)
    return {
        "shipped gazetteer": fg.load_gazetteer,
        f"{n:,} places": lambda: fg.Gazetteer(made_up_places(n)),
    }


def index_row(name: str, gazetteer: fg.Gazetteer) -> list[str]:
    """Return how long its index takes to build, and, built once more under a watch, its memory."""
    begin = time.process_time()
    size = len(gazetteer.index)
    seconds = time.process_time() - begin
    del gazetteer.index
    tracemalloc.start()
    gazetteer.index.nearly(tokenise("Nowhereville"))  # what near misses need is built too
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return [name, f"{size:,}", f"{seconds:.2f}", f"{held / 1e6:.1f}"]


def rounds_of(name: str, gazetteer: fg.Gazetteer, rounds: int) -> dict[str, Rounds]:
    """Return the ways of looking names up in one gazetteer."""
    names, shipped = names_by_row(gazetteer.table), name == "shipped gazetteer"
    others = reference_spellings(gazetteer.table) if shipped else None
    queries = [make_queries(names, random.Random(SEED + k), others) for k in range(rounds + 1)]
    ways = {
        f"search_all, {name}": Rounds(by_gazetteer(gazetteer), queries),
        f"extractOne, {name}": Rounds(
            by_extract_one(names), queries, limit=NAMES if shipped else 60
        ),
    }
    if shipped:
        ways[f"WRatio in a loop, {name}"] = Rounds(by_loop(names), queries, limit=60)
    return ways


def measure(options: Options) -> Section:
    """Let all take turns on both gazetteers."""
    figures, rows, indices = {}, [], []
    for (name, load), bar in zip(gazetteers(options).items(), BARS, strict=True):
        gazetteer = load()
        indices.append(index_row(name, gazetteer))
        ways = rounds_of(name, gazetteer, options.rounds)
        timings, _ = measure_all(
            {
                key: lambda key=key, way=way: Way(key, way.turn, way.limit)
                for key, way in ways.items()
            },
            options.rounds,
        )
        own = f"search_all, {name}"
        more = {key: [f"{statistics.mean(way.right[1:] or [0]):.1%}"] for key, way in ways.items()}
        rows += timing_rows(timings, own, unit=1e-6, more=more)
        if (each := timings[own].each(1.0)) is not None:
            figures[bar.name] = 1 / each
    return Section(
        "Looking names up",
        found=figures,
        tables=[
            Table(["way", "names", "µs per name", "times ours", "right"], rows),
            Table(["index of", "names", "s to build", "MB it holds"], indices),
        ],
    )


BENCHMARK = Benchmark("names", __doc__ or "", measure, BARS, rounds=7)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
