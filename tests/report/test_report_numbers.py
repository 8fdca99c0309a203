"""The numbers of a report: by hand on a small line, and those of the public statistics on the shipped."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2
from shapely import Point

import frontier_geo as fg
from frontier_geo.errors import ColumnError, LicenceError, ParameterError
from frontier_geo.report.numbers import verdict

from .conftest import FEW, events_at, shipped_report, straight_line

#: The equator's degree on WGS84: pi / 180 times the semi-major axis of 6,378,137 m.
DEGREE_KM = np.pi / 180 * 6378.137


@pytest.fixture(autouse=True)
def _quiet():
    """The report says what these warnings say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fg.errors.ResolutionWarning)
        yield


def test_the_rate_of_three_incidents_by_hand(line_report):
    """3 on 111.3 km in 366 days; Garwood's limits from chi-square quantiles."""
    events = events_at(("2020-02-01", 10.2), ("2020-05-01", 10.5), ("2020-06-01", 10.7))
    line = line_report(events).numbers.line
    exposure = DEGREE_KM * 366 / 365.25 / 100
    assert line["rate"] == pytest.approx(3 / exposure, rel=1e-6)  # the line is rounded to 1e-6
    assert line["rate_lo"] == pytest.approx(chi2.ppf(0.025, 6) / 2 / exposure, rel=1e-6)
    assert line["rate_hi"] == pytest.approx(chi2.ppf(0.975, 8) / 2 / exposure, rel=1e-6)


def test_every_record_is_in_one_line_of_the_account(line_report):
    """9 records in all: one of another year, one without a date, seven of the period."""
    events = events_at(
        ("2020-01-01", 10.1), ("2020-01-02", 10.2), ("2020-01-03", 10.3), ("2020-01-04", 10.4),
        ("2020-01-05", 10.5), ("2020-01-06", 10.6), ("2020-01-07", 10.7), ("2019-01-01", 10.5),
        ("2020-01-09", 10.5),
    )  # fmt: skip
    events["scope"] = ["border"] * 5 + ["context"] + ["border"] * 3
    events["confidence"] = ["high", "medium", "low", *["high"] * 6]
    events.loc[3, "geometry"] = None
    events.loc[3, "location_precision"] = "country"
    events.loc[4, "geometry"] = Point(10.5, 2.0)
    events.loc[8, "date_start"] = pd.NaT
    numbers = line_report(events).numbers
    tally = numbers.accounting
    assert (tally["events"], tally["counted"], tally["off_border"], tally["unplaced"]) == (
        5,
        3,
        1,
        1,
    )
    assert numbers.set_aside == {"scope context": 1, "confidence low": 1}
    assert numbers.undated == 1
    text = line_report(events).html
    cells = dict(re.findall(r'role="rowheader">([^<]+)</th><td[^>]*>(\d+)</td></tr>', text))
    assert cells["All records of the period"] == "7"
    assert "1 more record has no date" in text


def test_sums_of_people_say_how_many_reports_state_them(line_report):
    events = events_at(
        *((f"2020-0{k}-01", 10 + k / 10) for k in range(1, 5)),
        killed=[2, None, 3, None], narcotics_kg=[None, 1.5, None, None],
    )  # fmt: skip
    people = line_report(events).numbers.people.set_index("what")
    assert people.loc["killed", ["total", "stated_by", "of"]].tolist() == [5, 2, 4]
    assert people.loc["narcotics_kg", ["total", "stated_by", "of"]].tolist() == [1.5, 1, 4]
    assert people.loc["wounded", ["total", "stated_by", "of"]].tolist() == [0, 0, 4]


def test_sums_leave_out_what_may_lie_outside_the_period(line_report):
    """An incident of some day between 20 December and 10 January is known, and in no sum."""
    events = events_at(("2020-12-20", 10.2), ("2020-12-01", 10.4), killed=[7, 2])
    events["date_end"] = pd.to_datetime(["2021-01-10", "2020-12-01"])
    report = line_report(events)
    numbers = report.numbers
    assert numbers.accounting["events"] == 2 and numbers.accounting["counted"] == 1
    assert numbers.people.loc[0, ["total", "stated_by", "of"]].tolist() == [2, 1, 1]
    assert "or a known day in the period: 1" in " ".join(report.findings)
    assert report.html.count("it may have happened outside it") == 1


def test_sums_leave_out_what_is_too_far_from_the_border(line_report):
    """One of two incidents lies two degrees off, 221 km."""
    events = events_at(("2020-02-01", 10.2), ("2020-03-01", 10.4), killed=[7, 2])
    events.loc[0, "geometry"] = Point(10.2, 2.0)
    report = line_report(events)
    assert report.numbers.people.loc[0, ["total", "stated_by", "of"]].tolist() == [2, 1, 1]
    assert "too far from it to count: 1" in " ".join(report.findings)


def test_official_figures_stand_beside_what_lies_on_the_border(line_report):
    """Of three clashes one lies two degrees off, and one has no place: two may be of this border."""
    events = events_at(
        ("2020-02-01", 10.2), ("2020-03-01", 10.4), ("2020-04-01", 10.6), narcotics_kg=[1, 2, 4]
    )
    events.loc[0, "geometry"] = Point(10.2, 2.0)
    events.loc[1, ["geometry", "location_precision"]] = [None, "unknown"]
    events.attrs["coverage"] = ["2019-01-01", "2020-12-31"]
    figures = pd.concat([official(), official(indicator="narcotics_seized_border_kg")])
    table = line_report(events, official=figures).numbers.official
    assert dict(zip(table["indicator"], table["held"], strict=True)) == {
        "armed_clashes": 2,
        "narcotics_seized_border_kg": 6,
    }


def test_counts_have_their_exact_intervals(line_report):
    """Garwood's limits of 3 from chi-square quantiles, on the page and in the tables."""
    events = events_at(("2020-02-01", 10.2), ("2020-05-01", 10.5), ("2020-06-01", 10.7))
    report = line_report(events)
    low, high = chi2.ppf(0.025, 6) / 2, chi2.ppf(0.975, 8) / 2  # 0.619 and 8.77
    figures = report.tables["figures"].set_index("what")
    for name in ("incidents", "counted"):
        assert figures.loc[name, ["lo", "hi"]].tolist() == pytest.approx([low, high])
    assert report.html.count(">0.619 to 8.77</td>") == 2
    assert "(Garwood 1936)" in report.html
    assert "Sums of people and narcotics have no interval: a single incident can" in report.html


def test_the_numbers_are_those_of_the_public_statistics():
    """Each call with the arguments that a user would write."""
    report = shipped_report("2016/2025").numbers
    located = fg.locate_events(fg.load_events())
    span, before = ("2016-01-01", "2025-12-31"), ("2006-01-01", "2015-12-31")
    drawn = {"n_imputations": 5, "seed": 0}
    rates = fg.segment_rates(located, period=span, **drawn)
    columns = ["events", "rate", "rate_lo", "rate_hi", "expected_events", "expected_hi", "p_adj"]
    pd.testing.assert_frame_equal(pd.DataFrame(report.rates[columns]), pd.DataFrame(rates[columns]))
    whole = fg.make_segments(n=1)
    line = fg.segment_rates(located, whole, period=span, **drawn)
    for name in columns[:-1]:
        assert report.line[name] == line[name].iloc[0]
    change = fg.compare_periods(located, whole, periods=(before, span), **drawn)
    own = report.change.iloc[0]
    for name in ("events_1", "events_2", "rr", "rr_lo", "rr_hi", "p_value", "p_imputed"):
        assert own[name] == change[name].iloc[-1]
    pieces = fg.compare_periods(
        located, fg.make_segments(by="province"), periods=(before, span), **drawn
    )
    assert report.pieces["rr"].tolist() == pytest.approx(pieces["rr"].tolist()[:-1], nan_ok=True)
    counts = fg.draw_counts(located, fg.make_segments(), period=span, **drawn)
    found = fg.scan_segments(rates, imputed=counts, n_sim=99)
    kept = found[found["observed"] >= 2].head(5)
    for name in ("from_km", "to_km", "observed", "expected", "p_value", "support", "p_imputed"):
        assert report.stretches[name].tolist() == kept[name].tolist()
    series = fg.segment_series(located, whole, period=("1992-01-01", "2025-12-31"))
    assert report.years["events"].tolist() == series["events"].tolist()


def test_the_page_shows_the_numbers_as_they_are():
    report = shipped_report("2016/2025")
    numbers, text = report.numbers, report.html
    words = report._reader.words
    line, first = numbers.line, numbers.stretches.iloc[0]
    assert f">{words.amount(line['rate'])}</td>" in text
    assert f">{words.interval(line['rate_lo'], line['rate_hi'])}</td>" in text
    assert f"1. {words.stretch(first['from_km'], first['to_km'])}" in text
    assert f"p = {words.p(first['p_value'])}" in text
    assert f"{words.percent(first['support'])} of 5 drawn tables" in text


def test_a_stretch_counts_and_names_its_incidents(line_report):
    """Eight of ten incidents within 5 km: one stretch, with exactly those eight."""
    rows = [(f"2020-01-{k + 1:02d}", 10.5 + k / 1000) for k in range(8)]
    events = events_at(*rows, ("2020-02-01", 10.1), ("2020-02-02", 10.9))
    numbers = line_report(events, segments=fg.make_segments(straight_line(), length_km=5)).numbers
    first = numbers.stretches.iloc[0]
    assert first["observed"] == 8 and first["p_value"] == 0.01  # the least that 99 simulations give
    years = 366 / 365.25
    km = first["to_km"] - first["from_km"]
    assert first["rate"] == pytest.approx(8 / (km * years / 100))
    mine = numbers.members[numbers.members["rank"] == 1]
    sure = mine.loc[mine["probability"] > 0.9, "event_id"]
    assert sorted(sure) == [f"e{k}" for k in range(1, 9)]


# ---- official figures ----------------------------------------------------------------------------


def test_official_figures_stand_beside_what_the_table_holds():
    """The figures as the authorities stated them, and the 4 of 17 that the README names."""
    table = shipped_report("2025").numbers.official
    clashes = table[table["indicator"] == "armed_clashes"]
    told = {
        (str(r.period_start), str(r.period_end)): (r.value, r.held) for r in clashes.itertuples()
    }
    assert told == {
        ("2024-01-01", "2024-12-31"): (6, 1),
        ("2025-01-01", "2025-06-30"): (10, 1),
        ("2025-01-01", "2025-12-31"): (17, 4),
    }
    kilos = table[
        (table["indicator"] == "narcotics_seized_border_kg")
        & (table["period_end"].astype(str) == "2025-06-30")
    ]
    assert kilos["value"].tolist() == [1000, 1690, 1700] and kilos["differs"].all()
    # 121 kg in January and 178.845 kg in June; 27 kg and 880 kg were seized on the Afghan side.
    assert kilos["held"].tolist() == [299.845] * 3 and kilos["held_of"].tolist() == [2] * 3
    text = shipped_report("2025").html
    for cell in ("4 of 17", "1 of 10", "1,690 kg", "1,700 kg", "more than 1,000 kg"):
        assert f">{cell}<" in text
    assert "Drug Control Agency under the President of Tajikistan" in text
    assert "only from the Afghan side are left out" in text


def test_build_up_and_assistance_are_on_the_time_axis():
    context = shipped_report("2025").numbers.context
    told = {(item.group, item.what, item.value) for item in context}
    assert ("build_up", "military_facilities_announced", 873.0) in told
    assert ("aid", "aid_programme", 21_650_000.0) in told  # BOMCA
    assert any("CSTO" in (item.geography or "") for item in context)
    assert any("US security" in (item.geography or "") for item in context)
    assert any("China" in (item.geography or "") for item in context)
    assert {item.group for item in context} >= {"build_up", "aid", "closure"}
    days = [item.first for item in context]
    assert days == sorted(days)


def official(**changes):
    row = {"indicator": "armed_clashes", "period_start": "2020-01-01", "period_end": "2020-12-31",
           "value": 5}  # fmt: skip
    return pd.DataFrame([{**row, **changes}])


def test_figures_of_ones_own_are_compared_on_their_own_days(line_report):
    """Three clashes of the table in 2020, one of them in its second half."""
    events = events_at(("2020-02-01", 10.2), ("2020-05-01", 10.5), ("2020-08-01", 10.7))
    events.attrs["coverage"] = ["2019-01-01", "2020-12-31"]
    figures = pd.concat(
        [
            official(),
            official(period_start="2020-07-01", value=2),
            official(geography="elsewhere"),
            official(period_start="2018-01-01", value=9),
        ]
    )
    table = line_report(events, official=figures).numbers.official
    assert table["held"].fillna(-1).tolist() == [-1, 3, -1, 1]  # 2018 on: not compiled for
    assert "Afghan" not in line_report(events, official=figures).html


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        (
            {"value": "many"},
            ParameterError,
            "value of official must hold a number, but row 1 has 'many'",
        ),
        (
            {"value": -5},
            ParameterError,
            r"value of official must hold a number of 0 or more .*, but row 1 has -5",
        ),
        ({"period_start": "2020"}, ParameterError, "period_start of official must hold a day"),
        ({"period_end": "2019-01-01"}, ParameterError, "on or after period_start"),
        ({"indicator": None}, ParameterError, "indicator of official must hold the name"),
    ],
)
def test_figures_that_make_no_sense_are_refused(line_report, changes, error, said):
    with pytest.raises(error, match=said):
        line_report(events_at(("2020-02-01", 10.2)), official=official(**changes))


def test_a_rise_or_fall_may_be_below_0(line_report):
    figures = official(indicator="seizures_change_pct", value=-12.5)
    table = line_report(events_at(("2020-02-01", 10.2)), official=figures).numbers.official
    assert table["value"].tolist() == [-12.5]


def test_a_table_that_is_none_is_refused(line_report):
    events = events_at(("2020-02-01", 10.2))
    with pytest.raises(ColumnError, match="period_start"):
        line_report(events, official=official().drop(columns="period_start"))
    with pytest.raises(ParameterError, match="official must be a table of figures"):
        line_report(events, official="figures.csv")


# ---- change, and what may be said of it ----------------------------------------------------------


@pytest.mark.parametrize("n1", [0, 1, 3, 8, 20, 60])
@pytest.mark.parametrize("n2", [0, 1, 3, 8, 20, 60])
def test_a_change_is_said_only_where_the_interval_leaves_out_1(n1, n2):
    """Two counts on equal exposure; the interval is that of `rate_ratio_test`."""
    from frontier_geo.rates import rate_ratio_test

    test = rate_ratio_test([n2], [1.0], [n1], [1.0])
    row = {"events_1": n1, "events_2": n2, "rr_lo": test.lo[0], "rr_hi": test.hi[0],
           "p_value": test.p_value[0], "p_imputed": test.p_value[0]}  # fmt: skip
    said = verdict(row, 0.05)
    if n1 == n2 == 0:
        assert said == "nothing"
    elif test.lo[0] <= 1 <= test.hi[0]:
        assert said == "unsure"
    else:
        assert said == ("more" if n2 > n1 else "fewer")
    # Uncertain places that speak against it take the word back.
    assert verdict({**row, "p_imputed": 0.5}, 0.05) in ("nothing", "unsure")


CLAIMS = {
    "en": ("more incidents", "fewer incidents"),
    "ru": ("о большем", "о меньшем"),
    "tg": ("бештар ёфт", "камтар ёфт"),
    "fa": ("بیشتری یافت", "کمتری یافت"),
}


@pytest.mark.parametrize("language", CLAIMS)
@pytest.mark.parametrize(
    ("then", "now", "claim"), [(2, 3, None), (1, 12, 0), (12, 1, 1), (0, 12, 0), (0, 2, None)]
)
def test_the_words_claim_no_more_than_the_numbers(line_report, language, then, now, claim):
    rows = [(f"2019-{k % 12 + 1:02d}-05", 10.1 + k / 40) for k in range(then)]
    rows += [(f"2020-{k % 12 + 1:02d}-05", 10.1 + k / 40) for k in range(now)]
    events = events_at(*rows)
    events.attrs["coverage"] = ["2019-01-01", "2020-12-31"]
    report = line_report(events, language=language)
    row = report.numbers.change.iloc[0]
    assert (row["events_1"], row["events_2"]) == (then, now)
    assert (row["rr_lo"] <= 1 <= row["rr_hi"]) == (claim is None)
    told = " ".join(report.findings)
    assert "∞" not in told
    assert [words in told for words in CLAIMS[language]] == [claim == 0, claim == 1]


def test_no_stretch_is_claimed_where_chance_explains_it(line_report):
    """Ten incidents evenly along the line."""
    events = events_at(*((f"2020-01-{k + 1:02d}", 10.05 + k / 10) for k in range(10)))
    told = " ".join(line_report(events).findings)
    assert "stands out" not in told


def test_outside_the_time_compiled_for_nothing_is_compared():
    report = shipped_report("1992")
    assert report.numbers.why_no_change == "outside"
    assert "No comparison with 1991 is made" in report.html
    assert "1 January 1992 – 17 April 2026" in report.html


def test_a_period_beyond_the_time_compiled_for_says_so(line_report):
    events = events_at(("2020-02-01", 10.2))
    events.attrs["coverage"] = ["2019-01-01", "2020-06-30"]
    report = line_report(events)
    assert report.numbers.beyond
    # 182 days from January to June of a leap year of 366.
    assert report.findings[1] == (
        "The incidents were compiled for 1 January 2019 – 30 June 2020. The period ends after that: "
        "covered are 182 of its 366 days, so its numbers come out too low."
    )


#: Of the shipped incidents, compiled for 1992-01-01 to 2026-04-17: 12,526 days.
BEYOND = [
    ("1200", "lies wholly before that", ()),
    ("1980", "lies wholly before that", ()),
    ("2030", "lies wholly after that", ("The period had not begun when this report was made",)),
    ("1991/1992", "begins before that: covered are 366 of its 731 days", ()),
    (
        "2026",
        "ends after that: covered are 107 of its 365 days",
        ("The period runs to 31 December 2026, but this report was made on 30 November 2026",),
    ),
    (
        "1200/2199",
        "begins before that and ends after it: covered are 12,526 of its 365,243 days",
        ("The period runs to 31 December 2199",),
    ),
    ("2026-05-01/2026-11-30", "lies wholly after that", ()),
]


@pytest.mark.parametrize(("period", "said", "more"), BEYOND)
def test_which_part_of_a_period_is_not_known(period, said, more):
    """Before, after, across an end or both, and days still to come; in the limits as well."""
    report = shipped_report(period, before=False)
    told = report.findings[1 : 2 + len(more)]
    for words, sentence in zip((said, *more), told, strict=True):
        assert words in sentence and f"<li>{sentence}</li>" in report.html.split("limits-title")[-1]
    assert ("had not begun" in " ".join(report.findings)) == (period == "2030")
    assert ("but this report was made" in " ".join(report.findings)) == (
        period in ("2026", "1200/2199")
    )


@pytest.mark.parametrize(
    ("period", "years"),
    [("1200/2199", 35), ("2030", 35), ("1991/1992", 1), ("1200", 1), ("2026", 35)],
)
def test_no_year_is_counted_of_which_nothing_is_known(period, years):
    """The incidents were compiled for 1992 to 17 April 2026: 35 years, of the last only a part."""
    report = shipped_report(period, before=False)
    steps = report.numbers.years
    assert len(steps) == years
    assert steps["step_end"].max() <= pd.Timestamp("2026-04-17")
    assert ("Only a part of the year" in report.html) == (years > 1)
    assert report.html.count(">2026*</text>") == (2 if years > 1 else 0)  # wide and narrow
    if len(report.numbers.quarters) and years > 1:
        assert report.numbers.quarters["step_start"].min() >= pd.Timestamp("1992-01-01")


def test_fewer_are_not_claimed_of_a_period_that_was_not_compiled_as_a_whole(line_report):
    """Twelve in 2019, one in the half of 2020 that was looked at; twelve after one is said."""
    rows = [(f"2019-{k + 1:02d}-05", 10.1 + k / 40) for k in range(12)]
    events = events_at(*rows, ("2020-02-01", 10.2))
    events.attrs["coverage"] = ["2019-01-01", "2020-06-30"]
    report = line_report(events)
    told = " ".join(report.findings)
    assert "fewer incidents were reported" not in told and "this shows no change" in told
    assert "the ratio comes out too low" in told
    assert "cannot be compared" in report.html and "fewer reported" not in report.html
    more = events_at(("2019-02-01", 10.2), *((day.replace("2019", "2020"), km) for day, km in rows))
    more.attrs["coverage"] = ["2019-01-01", "2020-12-20"]
    assert "more incidents were reported" in " ".join(line_report(more).findings)


def test_where_nothing_says_for_which_time_the_months_of_the_incidents_are_taken(line_report):
    """An export that ends in May: of the rest of the year it is not known whether it was looked at."""
    events = events_at(("2019-01-20", 10.2), ("2020-05-03", 10.4))
    numbers = line_report(events).numbers
    assert [str(day) for day in numbers.coverage] == ["2019-01-01", "2020-05-31"]
    assert not numbers.compiled and numbers.change is not None
    told = line_report(events).findings
    assert "whether the rest of the period was looked at, the table does not say" in told[1]
    assert "if one of the two periods was not looked at" in " ".join(told)
    partly = line_report(events_at(("2019-05-20", 10.2), ("2020-05-03", 10.4))).findings
    assert "1 May 2019 – 31 May 2020: if one of the two periods" in " ".join(partly)
    none = line_report(events_at(("2020-01-20", 10.2), ("2020-05-03", 10.4)))
    assert none.numbers.why_no_change == "outside"
    later = line_report(events_at(("2020-01-20", 10.2)), period="2021")
    assert "and none is of this period" in later.findings[1]


def test_another_period_to_compare_with_or_none(line_report):
    events = events_at(("2018-02-01", 10.2), ("2020-02-01", 10.2))
    chosen = line_report(events, before="2018").numbers
    assert [str(day) for day in chosen.settings.before] == ["2018-01-01", "2018-12-31"]
    none = line_report(events, before=False)
    assert none.numbers.change is None and "No comparison with another period" in none.html
    with pytest.raises(ParameterError, match="before must not overlap the period"):
        line_report(events, before="2019-07-01/2020-01-31")


def test_other_seasons_are_pointed_out():
    assert "not the same part of the year" in shipped_report("2025-H1").html
    assert "not the same part of the year" not in shipped_report("2025").html
    assert "not the same part of the year" not in shipped_report("2025-H1", before="2024-H1").html


# ---- edges ---------------------------------------------------------------------------------------


def test_a_period_without_incidents(line_report):
    report = line_report(events_at(("2015-02-01", 10.2)), period="2016")
    assert report.numbers.accounting["events"] == 0
    assert "no incident is known" in report.findings[0]
    assert "densest" not in report.html  # a table of no segments
    assert "too few incidents on the border to look for stretches" in report.html


def test_an_empty_table(line_report):
    report = line_report(events_at())
    assert report.numbers.accounting["events"] == 0 and "no incident is known" in report.findings[0]


@pytest.mark.parametrize(
    "first", ["2019", "2019-05", "2019-05-01", "2019-05-01 08:00", 2019, None], ids=str
)
def test_dates_may_be_written_with_different_care(line_report, first):
    """Two of three incidents are of 2020, however the day of the first one is written."""
    events = events_at(*(("2020-01-01", 10 + k / 10) for k in (2, 4, 6)))
    events["date_start"] = pd.Series([first, "2020-02-03", "2020-06-30 10:00"], dtype=object)
    report = line_report(events)
    assert report.numbers.accounting["events"] == 2
    assert report.numbers.undated == (first is None)


def test_events_without_ids_are_told_by_their_rows(line_report):
    """As other functions take them."""
    report = line_report(events_at(("2020-02-01", 10.2)).drop(columns="event_id"))
    assert report.numbers.inputs.events["event_id"].tolist() == ["row-1"]


def test_the_shipped_figures_are_of_the_shipped_border(line_report):
    with pytest.raises(ParameterError, match="are of the Tajik-Afghan border, but .* 'NO-SO'"):
        line_report(events_at(("2020-02-01", 10.2)), official=True)


def test_one_incident(line_report):
    report = line_report(events_at(("2020-02-01", 10.2)))
    assert "1 incident is known" in report.findings[0]
    assert 'id="incident-1"' in report.html


@pytest.mark.parametrize(
    "period", ["2025-H3", "last year", ("2025-02-01", "2025-01-01"), 20.25, ""]
)
def test_a_period_that_is_none_is_refused(period):
    with pytest.raises(ParameterError, match="period must"):
        fg.border_report(period=period, picture=False)


def test_events_without_dates_are_refused(line_report):
    events = events_at(("2020-02-01", 10.2))
    with pytest.raises(ParameterError, match="no column date_start"):
        line_report(events.drop(columns="date_start"))
    with pytest.raises(ParameterError, match="none of the events has a day"):
        line_report(events.assign(date_start=pd.NaT))


def test_what_is_no_table_of_incidents_is_refused():
    with pytest.raises(ParameterError, match="events must be a GeoDataFrame .* but is a DataFrame"):
        fg.border_report(pd.DataFrame({"date_start": ["2020-01-01"]}), period="2020", picture=False)


def test_another_border_needs_its_own_events():
    with pytest.raises(ParameterError, match="events are needed for the border 'NO-SO'"):
        fg.border_report(period="2020", boundary=straight_line(), picture=False)


def test_a_source_is_named_once_with_all_its_licences():
    """The shipped incidents are of one source; their places are of others, by other licences."""
    text = shipped_report("2025").html
    listed = text.split("sources-title")[-1]
    assert listed.count("curated incidents") == 1
    assert ">CC-BY-4.0</a>; <" in listed
    for told in ("14 records", "ODbL-1.0", "GeoNames, via WOF", "OpenStreetMap, by way of"):
        assert told in listed, told


def test_a_source_without_a_licence_says_so(line_report):
    events = events_at(("2020-02-01", 10.2), source="A paper")
    assert "1 record (licence not stated)" in re.sub("<[^>]+>", "", line_report(events).html)


def test_a_stretch_says_where_it_lies(line_report):
    """On the equator from 10 to 11 degrees east: km 45 to 65 of 111.32 are 0.18 degrees."""
    rows = [(f"2020-01-{k + 1:02d}", 10.5 + k / 1000) for k in range(8)]
    report = line_report(events_at(*rows), segments=fg.make_segments(straight_line(), length_km=5))
    row = report.numbers.stretches.iloc[0]
    west, east = (10 + row[name] / DEGREE_KM for name in ("from_km", "to_km"))
    text = re.sub("<[^>]+>", "", report.html)
    assert f"Ends (latitude, longitude)0.00, {west:.2f} – 0.00, {east:.2f}" in text


@pytest.mark.parametrize(("turn", "said"), [(False, "run clockwise"), (True, "run anticlockwise")])
def test_a_ring_says_where_its_kilometres_begin(turn, said):
    """Near the westernmost place of Lesotho, 27.00 degrees east: the middle of the next edge."""
    world = fg.Boundary.between("ZAF", "LSO")
    world = world.reversed() if turn else world
    events = events_at(("2020-02-01", 27.0))
    events["geometry"] = [world.point_at(100)]
    report = fg.border_report(events, period="2020", boundary=world, interactive=False, **FEW)
    assert f"longitude 27.01, and {said}" in report.html


def test_how_exactly_the_line_is_known_is_said(line_report):
    """A world line with its 4 km and its few bends; the shipped one; one of which nothing is known."""
    world = fg.Boundary.between("ZAF", "LSO")
    events = events_at(("2020-02-01", 27.0))
    events["geometry"] = [world.point_at(100)]
    text = line_report(events, boundary=world).html
    assert "drawn to within 4 km of the border" in text
    assert "a map at a small scale" in text and "is shorter (784.2 km)" in text
    shipped = shipped_report("2025").html
    assert "drawn to within 0.25 to 2 km of the border" in shipped
    assert "small scale" not in shipped
    own = line_report(events_at(("2020-02-01", 10.2))).html
    assert "How exactly the line is drawn is not known" in own and "small scale" not in own


def test_nothing_of_the_shipped_border_is_told_of_another(line_report):
    """Not with the picture of the map either."""
    events = events_at(*((f"2020-01-{k + 1:02d}", 10.05 + k / 10) for k in range(10)))
    text = line_report(events).html
    for word in ("Tajik", "Afghan", "Panj", "Khatlon", "GBAO", "TJ-AF", "OpenStreetMap", "Rushan"):
        assert word not in text
    assert line_report(events).numbers.official is None


def test_restricted_sources_are_refused_unless_asked_for(line_report):
    events = events_at(("2020-02-01", 10.2), source="ACLED")
    with pytest.raises(LicenceError, match="A report must hold only rows that may be passed on"):
        line_report(events)
    assert "1 incident is known" in line_report(events, include_restricted=True).findings[0]


def test_options_are_kept(line_report):
    events = events_at(("2020-02-01", 10.2), confidence="low")
    assert line_report(events).numbers.accounting["events"] == 0
    report = line_report(events, min_confidence=None, scope=None, title="A title <b>")
    assert report.numbers.accounting["events"] == 1
    assert report.title == "A title <b>: 2020"
    assert "A title &lt;b&gt;" in report.html
    assert FEW["n_sim"] == report.numbers.settings.n_sim


def test_a_point_is_called_no_more_exact_than_its_row_says(line_report):
    """Three coordinates without a word on how exact they are, two with a radius (2026-11-30)."""
    events = events_at(("2020-01-01", 10.1), ("2020-01-02", 10.2), ("2020-01-03", 10.3))
    events["location_precision"] = [None, None, "settlement"]
    events["location_uncertainty_km"] = [None, 20.0, 2.0]
    text = line_report(events).html
    assert "The exact place is known" not in text
    assert "Coordinates are given, without how exact they are; nearest at km" in text
    for known in ("Coordinates are given", "Place known to the settlement"):
        assert re.search(rf"{known}\. The true place lies within about (20|2) km", text), known
