"""The API as a whole: one word for one thing, the same order, the same default, the same `.attrs`."""

from __future__ import annotations

import importlib
import inspect
import sys
import typing
from pathlib import Path

import pandas as pd
import pytest
import typer.main

import frontier_geo as fg
from frontier_geo import errors
from frontier_geo.cli import app

sys.path.insert(0, str(Path(__file__).parent))

from api_names import PACKAGES, public_names

PUBLIC = public_names()
#: Functions of the library itself and methods of its classes. Those of the packages work on arrays, and
#: are named as in the literature.
OWN = [
    one
    for one in PUBLIC
    if inspect.isfunction(one.thing) and not any(f"geo.{part}." in one.name for part in PACKAGES)
]

#: What every argument means, wherever it is met. A new word is entered here first, or is an old one.
VOCABULARY = """
lon, lat            degrees on WGS84
text, texts         a place as reported, or a whole report
data                what holds incidents: a path, an address, a table
path, paths         a file to read or to write
output              where a result goes that does not fit into memory
folder              where several files go
table, tables       any table
result              any result, for drawing
figure, ax          of matplotlib
line                a geometry that becomes a boundary
events              the event table
located             the answer of locate_events
rates               the answer of segment_rates
series              the answer of segment_series
weights             of segment_weights; or by what events are weighed, a column or numbers
gold                texts with their true places
gazetteer           a Gazetteer
ranked              places, the likeliest first
stations            pairs of chainage and official kilometre
other               a second thing of the same kind
boundary            the line; default the shipped border
segments            the answer of make_segments, or a table of one's own
areas               countries and provinces
frontages           stretches of districts and provinces
referents           marks along the line
crossings           crossings with their chainage
official            numbers stated by others
first, second       two things held against each other
period              first and last day, both included, or a text such as "2025-H1"
second_period       that of the second table
periods             two of them
before, after       two times, and the time before
date                the first day after
today               the day that counts as today
scope               which scopes count
min_confidence      the lowest confidence that counts
column, columns     the numbers that are worked on
history_column      the numbers that forecasts learn from
place_column        the column that names the place
lon_column, lat_column, uncertainty_column   columns of a file of points
by                  what is divided by: district, month, segment
n                   number of segments
length_km           length of segments, or of the line
lengths_km          several lengths of segments
breaks_km           where segments begin
remainder, smallest_share   what becomes of a piece left over at the end
step                steps of time
step_km, step_days  distance of places, or days, at which a curve is worked out
steps_km            steps of a divider
cell_km             how finely a line is looked at
from_km, to_km      ends of a stretch, by chainage
chainage_km, chainage_m   distance along the line from its start
official_km, official_length_km   by the published length
places_km           chainages of places
max_distance_km     how far from the line a place is still on the border
tolerance_km, tolerance_m   how much farther than the nearest counts; how far a simpler line may stray
uncertainty_km      how far off a point may be
uncertainty         a LocationUncertainty
position_uncertainty_m   half-width of the band that holds the true line
within_km           how far from the line places are kept
distance_km         of a neighbourhood
distance_bands_km, time_bands_days   bands of near repeats
delta_km, tau_days  limits of Knox's test
r_km                distances of a curve
order               how many segments to either side
bandwidth_km, bandwidth_days   standard deviation of a kernel
kernel, adaptive    its shape, and whether it widens where events are few
band                kind of confidence band
method, methods, model, statistic, kind, style, null, family, interval, deviations, average   which way
ties, secondary, penalty, smoothing, covariates   which way
alternative         two-sided, greater or less
alpha, trend_alpha  level of a decision
confidence_level    of intervals
p_adj_method        adjustment for many tests
n_sim, seed         simulations, and where they start
n_imputations       tables drawn from the uncertain places; 0 for none where that is allowed
imputed             tables drawn already
n_origins, n_starts   how many starts are tried
max_clusters, max_fraction, max_steps, max_changes, max_segments   at most so many
min_size, min_length_km, min_history, min_count   at least so many
persistence, survives_at, uniform_share, share_of_length   shares
threshold           score from which a name fits
thresholds          ratios between levels
horizon, half_life_steps   steps ahead, and of a memory
are_counts          whether the column counts incidents
population, exposure   denominators
baseline            cumulative exposure
treated, control, treated_buffer, control_buffer, area_sizes   areas of a before-and-after
trends              the answer of trend_segments
group, groups       which segments belong together
intensity_at        an intensity known beforehand
edges               limits of classes
prospective         only what still goes on
keep                columns that stay
name                of a thing; of a set of intervals; for messages
title, attribution, source, source_version, licence   what is written on it
boundary_id, left, right   id of a line and names of its sides
intervals           what is known along a line
part, start         which part of a border, and where it begins
country, admin1, admin2   where a place lies
countries           names of countries
region              where incidents are kept
version             release of a service's data
service             acled or ucdp
query, request, about, options   handed on
mapping             which column of a table is which
sheet, layer, encoding, delimiter, crs, day_first, calendar   what a file does not say of itself
strict              stop at the first row that cannot be used
quiet, progress     what is told meanwhile
rejected, duplicates, outside   files for rows that were set aside
include_restricted  pass on rows whose licence forbids it
lossless, format    how a file is written
sources             ranked sources
rules, within_source   of matching
ner, geocode        recognisers of one's own
hints, every_word, limit, priority, explain   of a gazetteer
location_precision, coord_precision   how precisely a place is said
level, which        of the shipped sets
nearest             whether the nearest place is wanted
engine, threads     numpy or numba, and how many at once
chunk_rows, piece_rows, prefix, resume   of files of any size
cluster, n_workers, memory_limit, timeout_s, storage_options, output_options   of Dask
language, languages, tiles, basemap, color_by, height   of the map page
width_cm, height_cm, dpi   of a picture
interactive, picture   of a report
"""

#: Defaults of words that several functions share; and where another is meant, and why.
USUAL = {
    "boundary": None, "segments": None, "period": None, "scope": ("border",), "min_confidence": "medium",
    "confidence_level": 0.95, "alpha": 0.05, "p_adj_method": "fdr_bh", "n_sim": 999, "seed": 0,
    "n_imputations": 20, "imputed": None, "engine": "auto", "threads": 1, "column": "events", "order": 1,
    "kernel": "gaussian", "max_clusters": 10, "max_fraction": 0.5, "include_restricted": False,
    "remainder": "balance", "step": "year", "language": "en", "style": "ribbon", "progress": None,
    "quiet": False, "strict": False, "dpi": 300, "max_distance_km": 25.0, "uniform_share": 0.05,
    "alternative": "two-sided", "threshold": 0.8, "min_history": None, "horizon": 1,
}  # fmt: skip
OTHERWISE = {
    ("find_hotspots", "n_sim"): 9999,  # p-values adjusted for 135 segments must be able to be small
    ("local_moran", "n_sim"): 9999,
    ("relative_risk", "n_sim"): 9999,
    ("line_pattern_test", "n_sim"): 199,  # each simulation is a whole curve
    ("sweep_scale", "n_sim"): None,  # that of the statistic it runs
    ("relative_risk", "p_adj_method"): "fdr_by",  # tests of one smooth curve depend on one another
    ("local_moran", "column"): "rate",  # of unequal segments, where counts would be their length
    ("scan_segments", "alternative"): "greater",  # clusters, unless asked for gaps
    ("Gazetteer.hints", "strict"): True,  # an unknown district is a slip
}
#: Words that are the thing itself in some functions, and so have no default there.
REQUIRED = {"boundary", "segments", "period", "column", "imputed"}


def meanings() -> dict[str, str]:
    """Return the vocabulary by its words."""
    told: dict[str, str] = {}
    for line in VOCABULARY.strip().splitlines():
        words, _, meaning = line.partition("  ")
        for word in words.split(","):
            told[word.strip()] = meaning.strip()
    return told


WORDS = meanings()


def short(one) -> str:
    return one.name.removeprefix("frontier_geo.")


by_name = {"argvalues": OWN, "ids": [short(one) for one in OWN]}


@pytest.mark.parametrize("one", **by_name)
def test_every_argument_is_a_word_of_the_vocabulary(one):
    unknown = [each.name for each in one.parameters if each.name not in WORDS]
    assert not unknown, f"Take a word that is there, or enter {unknown} with its meaning."


def test_the_vocabulary_holds_no_more_than_is_used():
    used = {each.name for one in OWN for each in one.parameters}
    assert set(WORDS) <= used | {"tables"}


@pytest.mark.parametrize("one", **by_name)
def test_a_word_has_one_default(one):
    for each in one.parameters:
        if each.name not in USUAL or (each.default is each.empty and each.name in REQUIRED):
            continue
        if each.name == "alternative" and short(one) in ("scan_segments",):
            continue
        usual = OTHERWISE.get((short(one), each.name), USUAL[each.name])
        assert each.default == usual, each.name


@pytest.mark.parametrize("one", **by_name)
def test_one_or_two_arguments_by_position(one):
    """The thing first; then at most one more, the line or the segments it is set against."""
    by_position = [each.name for each in one.parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert len(by_position) <= (3 if short(one) == "Gazetteer.hints" else 2)
    if "boundary" in by_position[:1]:
        assert short(one) in ("make_segments", "divider_lengths")  # the line itself
    if by_position[1:] and by_position[0] in ("located", "events", "rates"):
        assert by_position[1] in ("boundary", "segments", "groups", "path", "exposure")


@pytest.mark.parametrize("one", **by_name)
def test_what_is_drawn_has_a_seed(one):
    words = {each.name for each in one.parameters}
    assert ("seed" in words) == bool({"n_sim", "n_imputations"} & words) or short(one) in {
        "compare_groups"
    }


@pytest.mark.parametrize("one", **by_name)
def test_writers_take_the_thing_and_then_the_path_and_give_it_back(one):
    words = [each.name for each in one.parameters]
    if short(one).split(".")[-1].startswith(("save", "write_")) and "path" in words:
        assert words.index("path") == (1 if one.owner is None else 0)
        assert inspect.signature(one.thing).return_annotation in ("Path", Path)


def test_what_a_public_function_returns_is_public_beside_it():
    everywhere = {id(one.thing) for one in PUBLIC}
    for one in PUBLIC:
        if not inspect.isfunction(one.thing):
            continue
        try:
            given = typing.get_type_hints(one.thing).get("return")
        except (NameError, TypeError):  # names that only a type checker knows
            word = str(inspect.signature(one.thing).return_annotation)
            given = getattr(sys.modules[one.thing.__module__], word, None)
        for kind in (given, *typing.get_args(given)):
            own = inspect.isclass(kind) and kind.__module__.startswith("frontier_geo.")
            inside = {
                "Hints",
                "Reading",
                "Ranked",
                "LineIndex",
                "Place",
                "TableMapping",
                "OfflineFigure",
            }
            assert not own or id(kind) in everywhere or kind.__name__ in inside, one.name


def test_every_error_has_a_built_in_parent_and_every_warning_is_one():
    for name in errors.__all__:
        kind = getattr(errors, name)
        if name.endswith("Warning"):
            assert issubclass(kind, UserWarning)
        elif kind is not fg.FrontierGeoError:
            assert issubclass(kind, fg.FrontierGeoError)
            first = next(each for each in kind.__mro__ if each.__module__ == "builtins")
            assert first is not Exception, name
    for package in PACKAGES:
        module = importlib.import_module(f"frontier_geo.{package}")
        told = [getattr(module, word) for word in module.__all__]
        assert not [one for one in told if inspect.isclass(one) and issubclass(one, Exception)]


# ---- the shell ---------------------------------------------------------------------------------------

#: Options whose words are not those of the API, each with the reason.
SHELL = {
    "since": "--from", "until": "--to",  # words of Python may not be named so
    "time_step": "--step",  # beside --step-km
    "as_json": "--json", "everything": "--all", "output_name": "--output",
    "source": "--input", "version": "--release",  # --version is the library's own
}  # fmt: skip
#: Words of the shell alone.
SHELL_WORDS = {
    "as_json", "everything", "output_name", "since", "until", "time_step", "plot", "longitude", "place",
    "files", "source_file", "links", "pairs", "segments_output", "density_output",
    "no_shipped",
    "emerging", "change_points", "rank", "twindow_days", "spatwindow_km", "between", "pdf", "tables",
}  # fmt: skip


def commands():
    group = typer.main.get_command(app)
    for name, command in group.commands.items():
        for word, below in (getattr(command, "commands", None) or {"": command}).items():
            yield f"{name} {word}".strip(), below


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=[name for name, _ in commands()]
)
def test_options_are_called_as_the_arguments_are(name, command):
    for each in command.params:
        if each.param_type_name != "option" or each.name in ("help", "install_completion"):
            continue
        word = each.name.removeprefix("no_")
        assert word in WORDS or each.name in SHELL_WORDS, each.name
        flags = [flag for flag in each.opts if flag.startswith("--")]
        usual = f"--{each.name.replace('_', '-')}"
        assert usual in flags or SHELL.get(each.name) in flags, f"{each.name}: {flags}"
        assert each.help, each.name


# ---- what every result says of itself ----------------------------------------------------------------


@pytest.fixture(scope="module")
def results():
    """One small result of each function that makes a table."""
    located = fg.locate_events(fg.load_events())
    segments = fg.make_segments(n=6)
    rates = fg.segment_rates(located, segments, n_imputations=2)
    series = fg.segment_series(located, segments)
    weights = fg.segment_weights(located, segments)
    half = located[located["event_type"] == "armed_clash"]
    rest = located[located["event_type"] != "armed_clash"]
    half.attrs = rest.attrs = located.attrs
    few = {"n_sim": 99, "n_imputations": 2}
    names = segments["segment_id"].tolist()
    made = {
        "located": located,
        "segments": segments,
        "rates": rates,
        "series": series,
        "weights": weights,
        "imputed_counts": fg.impute_counts(weights, segments, n_imputations=2),
        "smoothed_rates": fg.smooth_rates(rates),
        "published": fg.suppress_small_counts(rates),
        "group_comparison": fg.compare_groups(rates, "segment_id"),
        "rate_comparison": fg.compare_periods(
            located, segments, periods=("2015/2019", "2020/2024"), n_imputations=2
        ),
        "hotspots": fg.find_hotspots(rates),
        "local_moran": fg.local_moran(rates, n_sim=99, p_adj_method="none"),
        "impact": fg.impact_levels(rates),
        "emerging_hotspots": fg.emerging_hotspots(series),
        "clusters": fg.scan_segments(rates, n_sim=99),
        "clusters of events": fg.scan_events(located, **few),
        "clusters in time": fg.scan_space_time(series, n_sim=99),
        "density": fg.line_density(located, step_km=50, bandwidth_km=50, n_imputations=2),
        "space_time_density": fg.space_time_density(
            located, step_km=100, step_days=1000, bandwidth_km=50, n_imputations=2
        ),
        "relative_risk": fg.relative_risk(
            half, rest, step_km=100, bandwidth_km=50, p_adj_method="none", **few
        ),
        "knox": fg.knox_test(located, delta_km=10, tau_days=30, **few),
        "near_repeat": fg.near_repeat(located, **few),
        "seasons": fg.seasonal_split(located, by="season", **few),
        "trend": fg.trend_segments(series),
        "change_points": fg.change_points(series, n_sim=99),
        "segments_by_change": fg.segments_by_change(located, **few),
        "before_after": fg.before_after(
            located, segments, treated=names[:1], control=names[1:2], date="2021-08-15",
            n_imputations=2,
        ),
        "forecast": fg.forecast(series),
        "forecasts": fg.rolling_forecasts(series, methods=["mean"]),
        "forecast_evaluation": fg.evaluate_forecasts(series, methods=["mean", "last"]),
        "calibration": fg.calibration_table(series, methods=["mean"]),
        "forecast_comparison": fg.compare_forecasts(series, first="mean", second="last"),
        "intensity_model": fg.fit_intensity_model(rates, covariates=["terrain"]).coefficients,
    }  # fmt: skip
    return made


KINDS = {"clusters of events": "clusters", "clusters in time": None}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_every_table_says_what_it_is_and_what_it_rests_on(results):
    boundary = fg.load_boundary().summary()
    version = fg.data_registry()["data_version"]
    for name, table in results.items():
        told = table.attrs
        assert isinstance(table, pd.DataFrame), name
        kind = KINDS.get(name, name)
        assert kind is None or told["result"] == kind, name
        assert told["boundary"] == boundary, name
        assert isinstance(told["parameters"], dict), name
        assert told["library_version"] == fg.__version__, name
        if name != "segments":
            assert told["data_version"] == version, name
            assert told["sources"], name
        if name not in ("located", "segments", "weights", "imputed_counts"):
            assert told.get("period") or told.get("periods"), name
        assert "seed" not in told["parameters"] and "n_sim" not in told["parameters"], name
        assert "n_imputations" not in told, name
        if told.get("n_sim"):
            assert told["seed"] is not None and 0 < told["smallest_p"] <= 1, name


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_columns_are_words_of_the_house(results):
    """Ends of stretches, intervals, ratios and p-values have the same names in all tables."""
    for name, table in results.items():
        names = {str(column) for column in table.columns}
        assert not names & {"beg_km", "end_km", "start_km", "rate_ratio", "pvalue", "p", "q"}, name
        assert ("from_km" in names) == ("to_km" in names), name
        for low in [word for word in names if word.endswith("_lo")]:
            assert f"{low.removesuffix('_lo')}_hi" in names, (name, low)
        if "p_adj" in names:
            assert names & {"p_value", "p_first"}, name
