"""The words of event types, and the tables that lead to them."""

from __future__ import annotations

import re

import frontier_geo as fg
from frontier_geo.event_types import (
    ACLED_TYPES,
    CAMEO_TYPES,
    EVENT_TYPES,
    GTD_TYPES,
    UCDP_TYPES,
    event_type_mapping,
)

#: ACLED codebook, table of event types and sub-event types: 6 and 25.
ACLED = {
    "Battles": [
        "Government regains territory", "Non-state actor overtakes territory", "Armed clash",
    ],
    "Protests": [
        "Excessive force against protesters", "Protest with intervention", "Peaceful protest",
    ],
    "Riots": ["Violent demonstration", "Mob violence"],
    "Explosions/Remote violence": [
        "Chemical weapon", "Air/drone strike", "Suicide bomb", "Shelling/artillery/missile attack",
        "Remote explosive/landmine/IED", "Grenade",
    ],
    "Violence against civilians": [
        "Sexual violence", "Attack", "Abduction/forced disappearance",
    ],
    "Strategic developments": [
        "Agreement", "Arrests", "Change to group/activity", "Disrupted weapons use",
        "Headquarters or base established", "Looting/property destruction",
        "Non-violent transfer of territory", "Other",
    ],
}  # fmt: skip


def test_every_word_has_a_meaning_in_one_sentence():
    """Words are lower case with underscores; meanings end with a full stop."""
    for word, meaning in EVENT_TYPES.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", word)
        assert re.fullmatch(r"[A-Z][^.]*\.", meaning), word


def test_the_shipped_incidents_use_these_words():
    """Those that were there before the other sources stay."""
    assert set(fg.load_events()["event_type"]) <= set(EVENT_TYPES)
    assert {
        "armed_clash", "attack_on_civilians", "border_closure", "cross_border_fire", "drug_seizure",
        "infiltration", "military_build_up", "other", "smuggler_killed_or_detained",
    } <= set(EVENT_TYPES)  # fmt: skip


def test_every_code_leads_to_a_word_and_says_why():
    """No code stands twice in a table."""
    table = event_type_mapping()
    assert list(table.columns) == ["source", "code", "label", "event_type", "why"]
    assert set(table["event_type"]) <= set(EVENT_TYPES)
    assert not table.duplicated(["source", "code"]).any()
    assert (table["why"].str.len() > 0).all()
    assert set(table["source"]) == {"ACLED", "UCDP", "GDELT", "GTD"}


def test_every_code_of_the_codebooks_has_a_row():
    """Of ACLED, UCDP, CAMEO's roots and the GTD (9 is unknown, and has no word)."""
    acled = {row[0] for row in ACLED_TYPES}
    pairs = {f"{kind} | {sub}" for kind, subs in ACLED.items() for sub in subs}
    assert len(pairs) == 25
    assert pairs | set(ACLED) <= acled
    assert {row[0] for row in UCDP_TYPES} == {"1", "2", "3"}
    assert {f"{root:02}" for root in range(1, 21)} <= {row[0] for row in CAMEO_TYPES}
    assert {row[0] for row in GTD_TYPES if "|" not in row[0]} == set("12345678")
