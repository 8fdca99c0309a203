"""
What goes with many incidents: a Poisson model of counts per segment with covariates.

Counts on segments, with the logarithm of exposure as offset; terrain, distance to the nearest
crossing and columns of one's own. A rate ratio here is an association along one line: neighbouring
segments resemble one another, and where more is reported more is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._summaries import facts_of, summary_html
from frontier_geo._validation import FloatArray, check_choice, check_columns, check_tables
from frontier_geo.boundary import Boundary
from frontier_geo.datasets import load_boundary, load_referents
from frontier_geo.density.count_regression import RegressionFit, poisson_regression
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.imputation import rubins_rules
from frontier_geo.locating import same_boundary
from frontier_geo.segments import chain_of, check_segments
from frontier_geo.significance import P_ADJ_METHODS, adjust_p

__all__ = [
    "CROSSING_KINDS",
    "IntensityModel",
    "RegressionFit",
    "crossing_distance",
    "fit_intensity_model",
    "poisson_regression",
]

CROSSING_KINDS = ("bridge", "crossing")
TERRAIN, CROSSING = "terrain", "crossing_km"


@dataclass(frozen=True)
class IntensityModel:
    """
    A model of counts per segment.

    Attributes
    ----------
    coefficients : DataFrame
        ``term, rr, rr_lo, rr_hi, log_rr, std_error, z, p_value, p_adj, p_adj_method``; the first is
        the intercept, a rate per km and year rather than a ratio, and no test counted in `p_adj`, so
        that its own is NaN. ``.attrs`` hold the tests of dispersion and `nb_alpha`, the extra variance
        of a negative binomial.
    residuals : DataFrame
        ``segment_id, from_km, to_km``, the counts under the name of their column, ``fitted, pearson,
        deviance``.
    """

    coefficients: pd.DataFrame
    residuals: pd.DataFrame

    def _repr_html_(self) -> str:
        told = self.coefficients.attrs
        return summary_html(
            "Model of counts per segment",
            [("Segments", len(self.residuals)), *facts_of(told)],
            table=self.coefficients,
            caption="Coefficients, as rate ratios",
        )


def crossing_distance(segments: pd.DataFrame, crossings: pd.DataFrame | None = None) -> FloatArray:
    """
    Return how far along the line the middle of each segment is from the nearest crossing.

    Parameters
    ----------
    segments : DataFrame
        With `from_km` and `to_km`.
    crossings : DataFrame, optional
        With `from_km`, the chainage of each. Default: the bridges and crossings of `load_referents`.

    Returns
    -------
    ndarray of float, shape (n,)
        Kilometres along the line.

    Raises
    ------
    ColumnError
        If a table lacks `from_km` or `to_km`.
    StatisticsError
        If there is no crossing.

    References
    ----------
    Linear referencing as in ISO 19148:2021: distances are those along the line.

    Examples
    --------
    >>> segments = pd.DataFrame({"from_km": [0.0, 10.0], "to_km": [10.0, 20.0]})
    >>> crossing_distance(segments, pd.DataFrame({"from_km": [12.0]})).tolist()
    [7.0, 3.0]
    """
    check_columns(segments, ["from_km", "to_km"], name="segments")
    if crossings is None:
        referents = load_referents()
        crossings = referents[referents["kind"].isin(CROSSING_KINDS)]
    check_columns(crossings, ["from_km"], name="crossings")
    at = np.sort(crossings["from_km"].to_numpy(dtype=float))
    if not at.size or not np.isfinite(at).all():
        raise ParameterError(
            "crossings must hold one place or more, each with its kilometre in from_km."
        )
    middle = segments[["from_km", "to_km"]].to_numpy(dtype=float).mean(axis=1)
    after = np.searchsorted(at, middle)
    low, high = at[np.maximum(after - 1, 0)], at[np.minimum(after, at.size - 1)]
    return np.asarray(np.minimum(np.abs(middle - low), np.abs(high - middle)), dtype=np.float64)


def fit_intensity_model(
    rates: pd.DataFrame,
    boundary: Boundary | None = None,
    *,
    covariates: Sequence[str] = (TERRAIN, CROSSING),
    crossings: pd.DataFrame | None = None,
    column: str = "events",
    family: str = "poisson",
    confidence_level: float = 0.95,
    imputed: ArrayLike | None = None,
    p_adj_method: str = "fdr_bh",
    alpha: float = 0.05,
) -> IntensityModel:
    """
    Model the number of incidents per segment by covariates.

    Parameters
    ----------
    rates : DataFrame
        From `segment_rates`, not overlapping; shorter segments tell covariates better apart.
    boundary : Boundary, optional
        The line the segments lie on; its crossings are known for the shipped border alone.
    covariates : sequence of str, default ("terrain", "crossing_km")
        Columns of `rates`. Words become one term for each value but the commonest, numbers one term.
        Values of ``"terrain"`` on which there is no event at all have no rate ratio: they are joined
        to the commonest that has one, and ``.attrs["notes"]`` says so. ``"crossing_km"``, if there is
        no such column, is the distance along the line to the nearest crossing.
    crossings : DataFrame, optional
        Crossings with their `from_km`. Default: those shipped, on the shipped border.
    column : str, default "events"
        The counts. ``"expected_events"`` are no counts: see `.attrs["notes"]`.
    family : {"poisson", "negative_binomial"}
    confidence_level : float, default 0.95
    imputed : array_like of int, shape (m, n), optional
        Counts of m tables drawn from the uncertain places. Then the coefficients get, beside the plain
        ones, ``rr_imputed, rr_imputed_lo, rr_imputed_hi``, pooled on the log scale by Rubin's rules
        with limits of t-distributions; ``p_imputed``, the median of the tables' p-values; ``support``,
        the share of tables with p at most `alpha`. ``.attrs["tables_without_answer"]`` counts the
        tables to which the model cannot be fitted; they have no part in it.
    p_adj_method : {"fdr_bh", "fdr_by", "holm", "bonferroni", "none"}
        How p-values are adjusted for the number of terms, the intercept apart (see `adjust_p`).
    alpha : float, default 0.05
        The level of `support`.

    Returns
    -------
    IntensityModel

    Raises
    ------
    StatisticsError
        If there is no event, covariates depend on one another, or one separates segments with events
        from those without.
    ParameterError
        If a covariate is missing somewhere, segments overlap, or the crossings of another line are not
        given.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models, Chapman & Hall, chapter 6.
    Cameron & Trivedi (1990), J. Econometrics 46, 347-364.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, segment_rates
    >>> rates = segment_rates(locate_events(load_events()))
    >>> found = fit_intensity_model(rates, covariates=["crossing_km"])
    >>> found.coefficients["term"].tolist()
    ['intercept', 'crossing_km']
    """
    check_segments(rates, name="rates")
    chain_of(rates)  # refuses overlapping segments
    check_columns(rates, [column, "exposure_km_yr"], name="rates")
    check_choice(p_adj_method, P_ADJ_METHODS, name="p_adj_method")
    if isinstance(covariates, str):
        raise ParameterError(f"covariates must be a list of columns, but is {covariates!r}.")
    counts = rates[column].to_numpy(dtype=float)
    design, names, base, joined = _design(rates, counts, covariates, crossings, boundary)
    fit = poisson_regression(
        counts, design, rates["exposure_km_yr"], names=names, family=family,
        confidence_level=confidence_level,
    )  # fmt: skip
    coefficients = pd.DataFrame(
        {
            "term": names,
            "rr": np.exp(fit.coefficient),
            "rr_lo": np.exp(fit.lo),
            "rr_hi": np.exp(fit.hi),
            "log_rr": fit.coefficient,
            "std_error": fit.std_error,
            "z": fit.z,
            "p_value": fit.p_value,
            "p_adj": np.append(np.nan, adjust_p(fit.p_value[1:], p_adj_method)),
            "p_adj_method": p_adj_method,
        }
    )
    failed = None
    if imputed is not None:
        tables = check_tables(imputed, (len(rates),))
        exposure = rates["exposure_km_yr"].to_numpy(dtype=float)
        pooled, failed = _pool_fits(
            tables, design, exposure, names, family, confidence_level, alpha
        )
        coefficients = coefficients.assign(**pooled)
    places = [c for c in ("segment_id", "from_km", "to_km") if c in rates]
    residuals = pd.DataFrame(rates[places]).reset_index(drop=True)
    residuals[column] = counts
    residuals["fitted"], residuals["pearson"] = fit.fitted, fit.pearson
    residuals["deviance"] = fit.deviance
    attrs = result_attrs(
        "intensity_model",
        rates,
        unit="rr; the intercept: events per km and year",
        dispersion=fit.dispersion,
        dispersion_z=fit.dispersion_z,
        dispersion_p=fit.dispersion_p,
        nb_alpha=fit.alpha,
        log_likelihood=fit.log_likelihood,
        aic=fit.aic,
        df_resid=fit.df_resid,
        base=base,
        tables_without_answer=failed,
        notes=[*joined, *_notes(fit, column, counts)],
        parameters={
            "covariates": list(covariates),
            "column": column,
            "family": family,
            "confidence_level": confidence_level,
            "p_adj_method": p_adj_method,
            "alpha": alpha,
        },
    )
    coefficients.attrs = attrs
    residuals.attrs = dict(attrs)
    return IntensityModel(coefficients, residuals)


def _pool_fits(
    tables: FloatArray,
    design: FloatArray,
    exposure: FloatArray,
    names: list[str],
    family: str,
    level: float,
    alpha: float,
) -> tuple[dict[str, FloatArray], int]:
    """Return the pooled columns, and how many tables had no answer."""
    from scipy.stats import t

    fits = []
    for table in tables:
        try:
            fits.append(poisson_regression(table, design, exposure, names=names, family=family))
        except StatisticsError as error:
            reason = error
    if len(fits) < 2:
        raise StatisticsError(
            f"Fewer than two of the {len(tables)} imputed tables can be fitted. The last said: {reason}"
        )
    pooled = rubins_rules(
        np.array([f.coefficient for f in fits]), np.array([f.std_error**2 for f in fits])
    )
    df = np.where(np.isfinite(pooled.df), pooled.df, 1e9)
    half = t.ppf((1 + level) / 2, df) * np.sqrt(pooled.total)
    p_values = np.array([f.p_value for f in fits])
    columns = {
        "rr_imputed": np.exp(pooled.mean),
        "rr_imputed_lo": np.exp(pooled.mean - half),
        "rr_imputed_hi": np.exp(pooled.mean + half),
        "p_imputed": np.median(p_values, axis=0),
        "support": (p_values <= alpha).mean(axis=0),
    }
    return columns, len(tables) - len(fits)


def _notes(fit: RegressionFit, column: str, counts: FloatArray) -> list[str]:
    notes = [
        "Neighbouring segments are taken as independent; p-values are too small where they are not."
    ]
    if (counts != np.round(counts)).any():
        notes.append(f"{column} are not whole numbers: tests and intervals are approximate.")
    if fit.alpha == 0 and fit.dispersion_p < 0.05:
        notes.append(
            f"Counts vary more than Poisson counts do (dispersion {fit.dispersion:.2f}, p "
            f'{fit.dispersion_p:.3g}): try family="negative_binomial".'
        )
    return notes


def _design(
    rates: pd.DataFrame,
    counts: FloatArray,
    covariates: Sequence[str],
    crossings: pd.DataFrame | None,
    boundary: Boundary | None,
) -> tuple[FloatArray, list[str], dict[str, str], list[str]]:
    """Return the design with its column of ones, its columns' names, the base of each word, notes."""
    columns: list[NDArray[Any]] = [np.ones(len(rates))]
    names: list[str] = ["intercept"]
    base: dict[str, str] = {}
    notes: list[str] = []
    for name in covariates:
        if name == CROSSING and CROSSING not in rates:
            _check_crossings(rates, crossings, boundary)
            columns.append(crossing_distance(rates, crossings))
            names.append(CROSSING)
            continue
        check_columns(rates, [name], name="rates")
        values = rates[name]
        if values.isna().any():
            raise ParameterError(
                f"The covariate {name!r} is missing on {int(values.isna().sum())} of {len(rates)} "
                "segments. Remove these or fill them in."
            )
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            columns.append(values.to_numpy(dtype=float))
            names.append(name)
            continue
        values = values.astype(str)
        if name == TERRAIN:
            values, joined = _join_empty(values, counts)
            notes += joined
        words = _commonest_first(values)
        base[name] = words[0]
        for word in words[1:]:
            columns.append((values == word).to_numpy(dtype=float))
            names.append(f"{name}={word}")
    return np.column_stack(columns), names, base, notes


def _commonest_first(values: pd.Series[str]) -> list[str]:
    """Return the different words, those on most segments first."""
    counted = values.value_counts()
    return sorted(counted.index, key=lambda word: (-counted[word], word))


def _join_empty(values: pd.Series[str], counts: FloatArray) -> tuple[pd.Series[str], list[str]]:
    """Join the words on whose segments there is no event to the commonest of the others."""
    words = _commonest_first(values)
    some = [word for word in words if (counts[(values == word).to_numpy()] > 0).any()]
    empty = [word for word in words if word not in some]
    if not some or not empty:
        return values, []
    told = ", ".join(f"{word} (segments: {int((values == word).sum())})" for word in empty)
    note = (
        f"No event is counted on {values.name} {told}: no rate ratio can be had there. These segments "
        f"are taken together with {some[0]}, whose rate comes out lower by that"
        + (f"; that leaves no term of {values.name}." if len(some) == 1 else ".")
    )
    return values.replace(empty, some[0]), [note]


def _check_crossings(
    rates: pd.DataFrame, crossings: pd.DataFrame | None, boundary: Boundary | None
) -> None:
    """Refuse to measure to the shipped crossings on another line."""
    if crossings is not None:
        return
    boundary = same_boundary(boundary, segments=rates)
    if boundary.sha256 != load_boundary().sha256:
        raise ParameterError(
            f"The crossings of {boundary.boundary_id!r} are not known. Pass crossings=, a table with "
            "their kilometres in from_km, or leave crossing_km out."
        )
