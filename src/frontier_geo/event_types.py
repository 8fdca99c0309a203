"""
What happened: the words of the column `event_type`, and what the codes of each source become.

The tables follow the codebooks named with them; every row says why. A code that is in no table
becomes a missing type: the code itself stays in `source_event_type`.
"""

from __future__ import annotations

from types import MappingProxyType

import pandas as pd

__all__ = [
    "ACLED_TYPES",
    "CAMEO_TYPES",
    "EVENT_TYPES",
    "GTD_TYPES",
    "UCDP_TYPES",
    "event_type_mapping",
]

#: The words of `event_type`, each with what it means.
EVENT_TYPES = MappingProxyType(
    {
        "armed_clash": "Armed sides fight each other, or one attacks the other with weapons in hand.",
        "cross_border_fire": "Shots, shells or drones cross the border.",
        "explosion_or_shelling": "A mine, bomb, shell, rocket, air or drone strike; no side need "
        "be present.",
        "attack_on_civilians": "Armed people kill, wound or ill-treat people who are not fighting.",
        "abduction": "People are carried off or held as hostages.",
        "attack_on_property": "Looting, arson or sabotage; things are the target, not people.",
        "arrest": "Authorities arrest or detain people, not for smuggling.",
        "infiltration": "People cross the border in secret, or try to.",
        "smuggler_killed_or_detained": "Border troops or police kill or detain smugglers.",
        "drug_seizure": "Narcotics are seized.",
        "border_closure": "A crossing or a stretch of the border is closed to traffic.",
        "military_build_up": "Troops, weapons or posts are brought up, alerted or exercised.",
        "protest_or_riot": "People demonstrate, peacefully or not.",
        "agreement_or_talks": "Sides meet, agree, help, hand over or give way.",
        "statement_or_threat": "Words only: a statement, demand, accusation or threat.",
        "other": "Something else, known but in none of these words.",
    }
)

Row = tuple[str, str, str, str]  # code, label, event_type, why

#: UCDP GED codebook 25.1, variable ``type_of_violence``.
UCDP_TYPES: tuple[Row, ...] = (
    ("1", "state-based conflict", "armed_clash", "armed force between a state and another side"),
    ("2", "non-state conflict", "armed_clash", "armed force between two organised groups"),
    ("3", "one-sided violence", "attack_on_civilians", "armed force against civilians, by "
     "definition"),
)  # fmt: skip

_FIGHT = "armed sides fight; who holds the ground afterwards is not part of the word"
_REMOTE = "violence at a distance: one side need not be present"
_CROWD = "a demonstration, whether peaceful or violent"

#: ACLED codebook (2019 to 2025): ``event_type | sub_event_type``; a row without a sub-event type
#: is for exports that have none, and for sub-event types that the table does not know.
ACLED_TYPES: tuple[Row, ...] = (
    ("Battles", "", "armed_clash", _FIGHT),
    ("Battles | Armed clash", "", "armed_clash", _FIGHT),
    ("Battles | Government regains territory", "", "armed_clash", _FIGHT),
    ("Battles | Non-state actor overtakes territory", "", "armed_clash", _FIGHT),
    ("Explosions/Remote violence", "", "explosion_or_shelling", _REMOTE),
    ("Explosions/Remote violence | Air/drone strike", "", "explosion_or_shelling", _REMOTE),
    ("Explosions/Remote violence | Chemical weapon", "", "explosion_or_shelling", _REMOTE),
    ("Explosions/Remote violence | Grenade", "", "explosion_or_shelling", _REMOTE),
    ("Explosions/Remote violence | Remote explosive/landmine/IED", "", "explosion_or_shelling",
     _REMOTE),
    ("Explosions/Remote violence | Shelling/artillery/missile attack", "", "explosion_or_shelling",
     _REMOTE),
    ("Explosions/Remote violence | Suicide bomb", "", "explosion_or_shelling", _REMOTE),
    ("Violence against civilians", "", "attack_on_civilians", "its target is unarmed"),
    ("Violence against civilians | Attack", "", "attack_on_civilians", "its target is unarmed"),
    ("Violence against civilians | Sexual violence", "", "attack_on_civilians",
     "its target is unarmed"),
    ("Violence against civilians | Abduction/forced disappearance", "", "abduction",
     "people are carried off, no other violence is reported"),
    ("Protests", "", "protest_or_riot", _CROWD),
    ("Protests | Peaceful protest", "", "protest_or_riot", _CROWD),
    ("Protests | Protest with intervention", "", "protest_or_riot", _CROWD),
    ("Protests | Excessive force against protesters", "", "attack_on_civilians",
     "force that kills or gravely wounds unarmed protesters; ACLED counts it as political violence"),
    ("Riots", "", "protest_or_riot", _CROWD),
    ("Riots | Violent demonstration", "", "protest_or_riot", _CROWD),
    ("Riots | Mob violence", "", "protest_or_riot", _CROWD),
    ("Strategic developments", "", "other", "a collection of unlike events"),
    ("Strategic developments | Agreement", "", "agreement_or_talks", "the same idea"),
    ("Strategic developments | Arrests", "", "arrest", "the same idea"),
    ("Strategic developments | Change to group/activity", "", "other", "about groups, not a place"),
    ("Strategic developments | Disrupted weapons use", "", "other",
     "weapons found, seized or disarmed before use; no word of its own"),
    ("Strategic developments | Headquarters or base established", "", "military_build_up",
     "a post is set up"),
    ("Strategic developments | Looting/property destruction", "", "attack_on_property",
     "the same idea"),
    ("Strategic developments | Non-violent transfer of territory", "", "other",
     "ground changes hands without a fight"),
    ("Strategic developments | Other", "", "other", "the source's own remainder"),
    # Before the revision of 2019.
    ("Battle-No change of territory", "", "armed_clash", _FIGHT),
    ("Battle-Government regains territory", "", "armed_clash", _FIGHT),
    ("Battle-Non-state actor overtakes territory", "", "armed_clash", _FIGHT),
    ("Remote violence", "", "explosion_or_shelling", _REMOTE),
    ("Riots/Protests", "", "protest_or_riot", _CROWD),
    ("Strategic development", "", "other", "a collection of unlike events"),
    ("Non-violent activity by a conflict actor", "", "other", "a collection of unlike events"),
    ("Headquarters or base established", "", "military_build_up", "a post is set up"),
    ("Non-violent transfer of territory", "", "other", "ground changes hands without a fight"),
)  # fmt: skip

_WORDS = "words, no deed"
_COOPERATE = "sides cooperate, by words or deeds"

#: CAMEO 1.1b3, as GDELT uses it: ``EventBaseCode`` (three digits), else ``EventRootCode`` (two).
CAMEO_TYPES: tuple[Row, ...] = (
    ("01", "Make public statement", "statement_or_threat", _WORDS),
    ("02", "Appeal", "statement_or_threat", _WORDS),
    ("03", "Express intent to cooperate", "agreement_or_talks", _COOPERATE),
    ("04", "Consult", "agreement_or_talks", _COOPERATE),
    ("05", "Engage in diplomatic cooperation", "agreement_or_talks", _COOPERATE),
    ("06", "Engage in material cooperation", "agreement_or_talks", _COOPERATE),
    ("07", "Provide aid", "agreement_or_talks", _COOPERATE),
    ("08", "Yield", "agreement_or_talks", "one side gives way"),
    ("09", "Investigate", "other", "an inquiry is no incident"),
    ("10", "Demand", "statement_or_threat", _WORDS),
    ("11", "Disapprove", "statement_or_threat", _WORDS),
    ("12", "Reject", "statement_or_threat", _WORDS),
    ("13", "Threaten", "statement_or_threat", _WORDS),
    ("14", "Protest", "protest_or_riot", "the same idea"),
    ("15", "Exhibit force posture", "military_build_up", "forces are alerted, moved or exercised"),
    ("16", "Reduce relations", "other", "relations are cut; nothing happens at a place"),
    ("17", "Coerce", "other", "a collection of unlike deeds"),
    ("171", "Seize or damage property", "attack_on_property", "the same idea"),
    ("173", "Arrest, detain, or charge with legal action", "arrest", "the same idea"),
    ("175", "Use tactics of violent repression", "attack_on_civilians", "violence against a crowd"),
    ("18", "Use unconventional violence", "attack_on_civilians", "its targets are mostly unarmed"),
    ("181", "Abduct, hijack, or take hostage", "abduction", "the same idea"),
    ("183", "Conduct suicide, car, or other non-military bombing", "explosion_or_shelling",
     "a bomb"),
    ("19", "Use conventional military force", "armed_clash", "armed sides fight"),
    ("191", "Impose blockade, restrict movement", "other", "seldom about the border itself"),
    ("194", "Fight with artillery and tanks", "explosion_or_shelling", "violence at a distance"),
    ("195", "Employ aerial weapons", "explosion_or_shelling", "violence at a distance"),
    ("20", "Use unconventional mass violence", "attack_on_civilians", "its targets are unarmed"),
)  # fmt: skip

_ARMED = "the target is armed: military, police or a militia (targtype1 3, 4 or 17)"
_UNARMED = "the target is not armed"

#: GTD codebook (2021), variable ``attacktype1``; for 1, 2 and 8 also ``targtype1``.
GTD_TYPES: tuple[Row, ...] = (
    ("1", "Assassination", "attack_on_civilians", _UNARMED),
    ("1 | armed target", "Assassination", "armed_clash", _ARMED),
    ("2", "Armed Assault", "attack_on_civilians", _UNARMED),
    ("2 | armed target", "Armed Assault", "armed_clash", _ARMED),
    ("3", "Bombing/Explosion", "explosion_or_shelling", "the same idea"),
    ("4", "Hijacking", "abduction", "people in a vehicle are held"),
    ("5", "Hostage Taking (Barricade Incident)", "abduction", "people are held"),
    ("6", "Hostage Taking (Kidnapping)", "abduction", "people are carried off"),
    ("7", "Facility/Infrastructure Attack", "attack_on_property", "things are the target"),
    ("8", "Unarmed Assault", "attack_on_civilians", _UNARMED),
    ("8 | armed target", "Unarmed Assault", "armed_clash", _ARMED),
)

_TABLES = {"ACLED": ACLED_TYPES, "UCDP": UCDP_TYPES, "GDELT": CAMEO_TYPES, "GTD": GTD_TYPES}


def event_type_mapping() -> pd.DataFrame:
    """
    Return what the codes of each source become.

    Returns
    -------
    DataFrame
        Columns ``source, code, label, event_type, why``: one row for each code.

    References
    ----------
    Raleigh, Linke, Hegre & Karlsen (2010), Introducing ACLED, J. Peace Research 47, 651-660.
    Sundberg & Melander (2013), Introducing the UCDP Georeferenced Event Dataset, J. Peace Research 50,
    523-532.
    START (2021), Global Terrorism Database codebook, University of Maryland.
    Schrodt (2012), CAMEO: Conflict and Mediation Event Observations, event and actor codebook,
    Pennsylvania State University (the codes of GDELT).

    Examples
    --------
    >>> table = event_type_mapping().set_index(["source", "code"])
    >>> table.loc[("UCDP", "3"), ["label", "event_type"]].tolist()
    ['one-sided violence', 'attack_on_civilians']
    """
    rows = [(source, *row) for source, table in _TABLES.items() for row in table]
    return pd.DataFrame(rows, columns=["source", "code", "label", "event_type", "why"])
