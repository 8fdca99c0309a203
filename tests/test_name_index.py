"""Finding a name among many: each way of matching, near misses, and the choice among very many."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo import name_index
from frontier_geo.name_index import (
    LONGEST_DESCRIPTION,
    MATCH_SCORES,
    NameIndex,
    names_in_cell,
    written_forms,
)
from frontier_geo.names import tokenise

KHOROG, SHUROOBOD, DARWAZ, SARIGOR, RUSHON, IMAM_SAHIB, YOL, FARKHOR = range(8)
NAMES = [
    (KHOROG, "Khorog", False, True),
    (KHOROG, "Khorog city", False, False),
    (SHUROOBOD, "Шуроабад", False, True),
    (DARWAZ, "درواز", False, True),
    (SARIGOR, "12-я застава Московского погранотряда", False, True),
    (RUSHON, "Rushon", False, True),
    (IMAM_SAHIB, "Imam Sahib", False, True),
    (YOL, "Ёл", False, True),
    (FARKHOR, "Фархорский", True, False),
    (FARKHOR, "Farkhor", False, True),
]


@pytest.fixture(scope="module")
def index():
    return NameIndex(NAMES)


def found(index, text):
    """Place and way of every match."""
    return {match.place: match for match in index.lookup(tokenise(text))}


@pytest.mark.parametrize(
    ("text", "place", "how"),
    [
        ("Khorog", KHOROG, "exact"),
        ("KHOROG CITY", KHOROG, "exact"),
        ("ШУРОАБАД", SHUROOBOD, "exact"),
        ("Imām Sāhib", IMAM_SAHIB, "spelling"),
        ("Imam-Sahib", IMAM_SAHIB, "exact"),
        ("Imamsahib", IMAM_SAHIB, "spelling"),
        ("Хорог", KHOROG, "spelling"),
        ("Shuroabad", SHUROOBOD, "spelling"),
        ("Имам-Сахиб", IMAM_SAHIB, "spelling"),
        ("Yol", YOL, "spelling"),
        ("Шуроабадского", SHUROOBOD, "inflected"),
        ("Рушоне", RUSHON, "inflected"),
        ("Хороге", KHOROG, "inflected"),
        ("the 12th border post of the Moskovsky border detachment", SARIGOR, "inflected"),
        ("заставы № 12 Московского погранотряда", SARIGOR, "inflected"),
        ("Chorog", KHOROG, "reading"),
        ("Darwaz", DARWAZ, "consonants"),
        ("Дарваз", DARWAZ, "consonants"),
        ("امام صاحب", IMAM_SAHIB, "consonants"),
        ("روشان", RUSHON, "consonants"),
    ],
)
def test_ways_of_matching(index, text, place, how):
    """The surest way that fits is the one given, with its own score."""
    match = found(index, text)[place]
    assert match.match_type == how
    assert match.score == MATCH_SCORES[how]


@pytest.mark.parametrize(
    "text",
    ["Kathmandu", "Шуро", "Khor", "12", "застава", "Moskovsky", "border post", "", "!", "Rashan abad",
     "11-я застава Московского погранотряда", "12-я застава Пянджского погранотряда", "درو"],
)  # fmt: skip
def test_what_is_no_name_of_the_table_is_not_found(index, text):
    """Part of a name, another number, another detachment."""
    tokens = tokenise(text)
    assert not tokens or index.lookup(tokens) == []


def test_scores_fall_from_the_surest_way_to_the_least():
    """Exact, same sound, without its ending, read otherwise, by consonants: and all in 0 to 1."""
    ways = [MATCH_SCORES[w] for w in ("exact", "spelling", "inflected", "reading", "consonants")]
    assert ways == sorted(ways, reverse=True) and len(set(ways)) == 5
    assert 1.0 == ways[0] and ways[-1] > 0


def test_a_name_as_it_stands_beats_one_without_its_kind(index):
    """Фархорский is in the table only as "Фархорский район"; Farkhor as it is."""
    only_with_kind = NameIndex([(FARKHOR, "Фархорский", True, False)])
    assert found(only_with_kind, "Фархорский")[FARKHOR].without_kind
    assert not found(index, "Фархорский")[FARKHOR].without_kind
    assert not found(index, "Farkhor")[FARKHOR].without_kind
    assert not found(index, "Фархор")[FARKHOR].without_kind


def test_only_the_name_a_place_goes_by_is_primary(index):
    assert found(index, "Khorog")[KHOROG].primary
    assert not found(index, "Khorog city")[KHOROG].primary
    assert not found(index, "Хорог")[KHOROG].primary


def test_places_of_one_name_are_all_found():
    both = NameIndex([(7, "Langar", False, True), (3, "Лангар", False, True)])
    assert {m.place: m.match_type for m in both.lookup(tokenise("Langar"))} == {
        7: "exact",
        3: "spelling",
    }


def test_a_place_has_one_match_however_many_names_fit(index):
    many = NameIndex([(0, n, False, False) for n in ("Khorog", "Хорог", "Horog", "khorog")])
    assert len(many) == 3  # Khorog and khorog are one
    assert len(many.lookup(tokenise("Khorog"))) == 1


def test_names_without_words_or_too_long_are_left_out():
    odd = NameIndex([(0, "—", False, True), (1, "a " * (LONGEST_DESCRIPTION + 1), False, True)])
    assert len(odd) == 0
    assert odd.lookup(tokenise("a")) == []
    assert NameIndex([]).nearly(tokenise("Khorog")) == []


# ---- near misses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Khorg", KHOROG),
        ("Shurobid", SHUROOBOD),
        ("Shuoroobod", SHUROOBOD),
        ("Imam Sahb", IMAM_SAHIB),
        ("Farkohr", FARKHOR),  # two letters exchanged
        ("Farhkor", FARKHOR),
        ("Rushson", RUSHON),
        ("دروارز", DARWAZ),
    ],
)
def test_a_misspelt_name_is_nearly_found(index, text, place):
    """One slip of the hand."""
    best = index.nearly(tokenise(text))[0]
    assert best.place == place and best.match_type == "fuzzy"
    assert 0.74 <= best.score < MATCH_SCORES["spelling"]


@pytest.mark.parametrize("text", ["Kathmandu", "Washington", "Yo", "Ёр", "abc", "123456", "кот"])
def test_what_resembles_nothing_is_not_nearly_found(index, text):
    """Nor is anything of fewer than four sounds."""
    assert index.nearly(tokenise(text)) == []


def test_near_misses_come_best_first_one_a_place(index):
    matches = index.nearly(tokenise("Rushan"), limit=20)
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert len({match.place for match in matches}) == len(matches)
    assert index.nearly(tokenise("Farkhorr"), limit=0) == []


def test_a_wrong_vowel_weighs_less_than_a_wrong_consonant():
    """Of Shuroabid and Shuroatad the first is nearer to Shuroabad."""
    one = NameIndex([(0, "Shuroabad", False, True)])
    vowel, consonant = (one.nearly(tokenise(w))[0].score for w in ("Shuroabid", "Shuroatad"))
    assert vowel > consonant


def test_a_wrong_last_letter_weighs_less_than_a_wrong_first():
    one = NameIndex([(0, "Maindasht", False, True)])
    last, first = (one.nearly(tokenise(w))[0].score for w in ("Maindashk", "Kaindasht"))
    assert last > first


def test_the_nearer_name_comes_first():
    two = NameIndex([(0, "Karanbad", False, True), (1, "Karanbat", False, True)])
    assert two.nearly(tokenise("Karanbaad"))[0].place == 0
    assert two.nearly(tokenise("Karanbaat"))[0].place == 1


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40))
def test_any_words_have_an_answer(index_of_any, text):
    """Never raises; scores lie in 0 to 1, places in the table."""
    tokens = tokenise(text)
    if not tokens:
        return
    for match in (*index_of_any.lookup(tokens[:6]), *index_of_any.nearly(tokens[:6])):
        assert 0 < match.score <= 1
        assert match.place in range(8)
        assert match.match_type in (*MATCH_SCORES, "fuzzy")


@pytest.fixture(scope="module")
def index_of_any(index):
    return index


# ---- among very many -----------------------------------------------------------------------------

CONSONANTS = "b d f g h k l m n p r s t v z sh ch kh gh j".split()


def made_up_names(count, seed):
    """Names of two to four syllables, as those of the region are built."""
    rng = random.Random(seed)
    names = set()
    while len(names) < count:
        syllables = [
            rng.choice(CONSONANTS) + rng.choice("aiuo") + rng.choice(["", "", "n", "r", "sh"])
            for _ in range(rng.randint(2, 4))
        ]
        names.add("".join(syllables).capitalize())
    return sorted(names)


def misspelt(name, rng):
    """A letter left out, doubled in, changed, or exchanged with the next."""
    i = rng.randrange(1, len(name) - 1)
    other = rng.choice("abdegiklmnorstuz")
    return rng.choice(
        [
            name[:i] + name[i + 1 :],
            name[:i] + other + name[i:],
            name[:i] + other + name[i + 1 :],
            name[:i] + name[i + 1] + name[i] + name[i + 2 :],
        ]
    )


@pytest.fixture(scope="module")
def many():
    """More keys than are compared one by one."""
    names = made_up_names(40_000, seed=5)
    large = NameIndex((i, name, False, True) for i, name in enumerate(names))
    assert len(set(large._latin_keys)) > name_index.BRUTE_FORCE
    return names, large


def test_choosing_by_letter_pairs_loses_no_best_answer(many, monkeypatch):
    """Of 400 seeded misspellings the best answer is that of comparing all keys."""
    names, large = many
    rng = random.Random(17)
    texts = [misspelt(rng.choice(names), rng) for _ in range(400)]
    quick = [large.nearly(tokenise(text)) for text in texts]
    monkeypatch.setattr(name_index, "BRUTE_FORCE", 10**9)
    monkeypatch.setattr(large, "_by_letters", lambda tokens, found: None)
    slow = [large.nearly(tokenise(text)) for text in texts]
    both = [(q[0] if q else None, s[0] if s else None) for q, s in zip(quick, slow, strict=True)]
    wanted = [(q, s) for q, s in both if s is not None]
    same = sum(q is not None and q.score == s.score for q, s in wanted)
    assert len(wanted) > 350
    # Measured: every one. A tie of scores may be broken either way.
    assert same == len(wanted)


def test_every_way_works_among_very_many(many):
    names, large = many
    for number in (0, 20_000, 39_999):
        (match,) = [m for m in large.lookup(tokenise(names[number])) if m.match_type == "exact"]
        assert match.place == number


def test_the_order_of_names_does_not_matter():
    """The same matches from a shuffled table."""
    names = [(i, name, False, True) for i, name in enumerate(made_up_names(300, seed=3))]
    shuffled = random.Random(1).sample(names, len(names))
    one, other = NameIndex(names), NameIndex(shuffled)
    rng = random.Random(2)
    for _ in range(100):
        tokens = tokenise(misspelt(rng.choice(names)[1], rng))
        assert sorted(one.lookup(tokens), key=lambda m: m.place) == sorted(
            other.lookup(tokens), key=lambda m: m.place
        )
        assert one.nearly(tokens) == other.nearly(tokens)


# ---- the forms of a name -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "homes", "forms"),
    [
        ("Khorog", "town", (), [("Khorog", False)]),
        ("Dusti (Jilikul)", "district", (), [("Dusti", False), ("Jilikul", False)]),
        ("Ноҳияи Панҷ", "district", (), [("Ноҳияи Панҷ", False), ("Панҷ", True)]),
        ("Ishkashim (AF)", "town", (), [("Ishkashim", False)]),
        ("Panj (town)", "town", (), [("Panj", False)]),
        ("Panj (Jayhun) jamoat", "jamoat", ("Jayhun",), [("Panj jamoat", False), ("Panj", True)]),
        ("Пянджский погранотряд", "post", (),
         [("Пянджский погранотряд", False), ("Пянджский", True)]),
        ("Tem - Demogan bridge (Khorog)", "crossing", (),
         [("Tem - Demogan bridge", False), ("Tem - Demogan", True)]),
        ("Panj River", "river", (), [("Panj River", False)]),
        ("Wakhan corridor", "physical", (), [("Wakhan corridor", False)]),
        ("شهر بزرگ", "town", (), [("شهر بزرگ", False)]),
        ("ولسوالی درقد", "district", (), [("ولسوالی درقد", False), ("درقد", True)]),
        ("Yol district", "village", (), [("Yol district", False)]),  # another kind stays
        ("Sarigor border post (12th outpost)", "post", (),
         [("Sarigor border post", False), ("Sarigor", True)]),
        ("", "town", (), []),
        ("()", "town", (), []),
    ],
)  # fmt: skip
def test_forms_in_which_a_name_is_met(name, kind, homes, forms):
    """Whole, without its brackets, as what stands in them, and without its kind."""
    assert list(written_forms(name, kind, homes)) == forms


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Panj;Pyandzh; Панҷ ", ["Panj", "Pyandzh", "Панҷ"]),
        ("", []), (";;", []), (None, []), (float("nan"), []), (5, []),
        ("a\u200f;\x00", ["a"]),
    ],
)  # fmt: skip
def test_names_of_a_cell(cell, names):
    assert names_in_cell(cell) == names
