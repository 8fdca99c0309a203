"""
Log-linear models of counts with exposure: Poisson and negative binomial, through statsmodels.

What cannot be estimated is refused before the fit: covariates that follow from one another, and those
that tell apart what has no event at all.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._validation import FloatArray, check_choice
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.significance import check_level

__all__ = ["RegressionFit", "poisson_regression"]

FAMILIES = ("poisson", "negative_binomial")
LARGEST_CONDITION = 1e8  # of the design, its columns scaled to one length
LARGEST_EFFECT = 20.0  # a log rate ratio of a standard deviation past this has run away


@dataclass(frozen=True)
class RegressionFit:
    """
    A log-linear model of counts.

    Attributes
    ----------
    coefficient, std_error, z, p_value, lo, hi : ndarray of float, shape (p,)
        On the log scale, with Wald tests and limits.
    covariance : ndarray of float, shape (p, p)
    fitted, pearson, deviance : ndarray of float, shape (n,)
        Expected counts, Pearson and deviance residuals.
    log_likelihood, aic : float
    df_resid : int
    dispersion : float
        Pearson's chi-squared over its degrees of freedom; about 1 for Poisson counts.
    dispersion_z, dispersion_p : float
        Test of equidispersion against more (Cameron & Trivedi 1990, negative binomial of type 2).
    alpha : float
        Extra variance of the negative binomial: ``variance = mean + alpha * mean²``; 0 for Poisson.
    """

    coefficient: FloatArray
    std_error: FloatArray
    z: FloatArray
    p_value: FloatArray
    lo: FloatArray
    hi: FloatArray
    covariance: FloatArray
    fitted: FloatArray
    pearson: FloatArray
    deviance: FloatArray
    log_likelihood: float
    aic: float
    df_resid: int
    dispersion: float
    dispersion_z: float
    dispersion_p: float
    alpha: float


def poisson_regression(
    events: ArrayLike,
    design: ArrayLike,
    exposure: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    family: str = "poisson",
    confidence_level: float = 0.95,
) -> RegressionFit:
    """
    Fit a log-linear model of counts with exposure.

    Parameters
    ----------
    events : array_like of float, shape (n,)
        Counts, 0 or more. Fractions are taken (quasi-likelihood), but then tests are not those of
        counts.
    design : array_like of float, shape (n, p)
        Covariates, the column of ones among them.
    exposure : array_like of float, shape (n,)
        Above 0; its logarithm is the offset.
    names : sequence of str, optional
        Of the columns, for messages.
    family : {"poisson", "negative_binomial"}
    confidence_level : float, default 0.95

    Returns
    -------
    RegressionFit

    Raises
    ------
    StatisticsError
        If there is no event, there are no more rows than columns, columns depend on one another, or a
        covariate separates segments with events from those without.
    ParameterError
        If a number is missing or negative.

    References
    ----------
    Cameron & Trivedi (1990), J. Econometrics 46, 347-364.
    McCullagh & Nelder (1989), Generalized Linear Models, Chapman & Hall, chapter 6.

    Examples
    --------
    >>> fit = poisson_regression([2, 4, 8], [[1, 0], [1, 0], [1, 1]], [1, 1, 1])
    >>> np.exp(fit.coefficient).round(6).tolist()
    [3.0, 2.666667]
    """
    check_choice(family, FAMILIES, name="family")
    level = check_level(confidence_level)
    y, x, e = _check_design(events, design, exposure)
    labels = [f"column {i}" for i in range(x.shape[1])] if names is None else list(names)
    _check_rank(x, labels)
    _check_separation(y, x, labels)
    size = np.sqrt((x**2).mean(axis=0))  # columns of one size, so that limits mean the same
    fit = _glm(y, x / size, e)
    _check_finished(fit, labels)
    z, p = _dispersion_test(y, fit.fittedvalues)
    alpha = 0.0
    if family == "negative_binomial":
        alpha = _extra_variance(y, x / size, e)
        if alpha > 0:
            fit = _glm(y, x / size, e, alpha)
            _check_finished(fit, labels)
    beta, error = fit.params / size, fit.bse / size
    limits = fit.conf_int(alpha=1 - level) / size[:, None]
    return RegressionFit(
        coefficient=beta,
        std_error=error,
        z=beta / error,
        p_value=fit.pvalues,
        lo=limits[:, 0],
        hi=limits[:, 1],
        covariance=fit.cov_params() / np.outer(size, size),
        fitted=fit.fittedvalues,
        pearson=fit.resid_pearson,
        deviance=fit.resid_deviance,
        log_likelihood=float(fit.llf),
        aic=float(-2 * fit.llf + 2 * (x.shape[1] + (alpha > 0))),
        df_resid=int(fit.df_resid),
        dispersion=float(fit.pearson_chi2 / fit.df_resid),
        dispersion_z=z,
        dispersion_p=p,
        alpha=alpha,
    )


def _check_design(
    events: ArrayLike, design: ArrayLike, exposure: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    y, e = np.asarray(events, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    x = np.asarray(design, dtype=np.float64)
    if y.ndim != 1 or x.ndim != 2 or y.shape != e.shape or len(x) != y.size:
        raise ParameterError(
            "events and exposure must have one number, and design one row, for each segment, but their "
            f"shapes are {y.shape}, {e.shape} and {x.shape}."
        )
    if not ((y >= 0) & np.isfinite(y)).all():
        raise ParameterError("events must be counts of 0 or more, none of them missing.")
    bad = np.flatnonzero(~((e > 0) & np.isfinite(e)))
    if bad.size:
        raise ParameterError(
            f"exposure must be above 0, but row {bad[0]} has {e[bad[0]]}. Remove segments that were "
            "not observed."
        )
    if not np.isfinite(x).all():
        raise ParameterError("Covariates must be finite numbers, none of them missing.")
    if y.sum() == 0:
        raise StatisticsError("A model of counts needs an event, but there is none.")
    if len(x) <= x.shape[1]:
        raise StatisticsError(
            f"A model with {x.shape[1]} terms needs more segments than that, but there are {len(x)}. "
            "Take fewer covariates or shorter segments."
        )
    return y, x, e


def _check_rank(x: FloatArray, names: list[str]) -> None:
    """Refuse columns that are sums of others, and name one."""
    size = np.sqrt((x**2).sum(axis=0))
    for i, name in enumerate(names):
        if size[i] == 0:
            raise StatisticsError(f"The covariate {name!r} is 0 on every segment. Leave it out.")
    scaled = x / size
    for i in range(1, len(names) + 1):
        if np.linalg.cond(scaled[:, :i]) > LARGEST_CONDITION:
            raise StatisticsError(
                f"The covariate {names[i - 1]!r} follows from those before it "
                f"({', '.join(names[: i - 1]) or 'none'}), or hardly varies: its effect cannot be told "
                "from theirs. Leave one out."
            )


def _check_separation(y: FloatArray, x: FloatArray, names: list[str]) -> None:
    """
    Refuse a design in which a combination of covariates lowers the fit of empty segments for free.

    That is where some d has ``x @ d = 0`` on all segments with events, ``x @ d <= 0`` on all others,
    and ``< 0`` on one: then the estimate runs to infinity. A linear program finds it.
    """
    from scipy.optimize import linprog

    scaled = x / np.abs(x).max(axis=0)
    some, none = scaled[y > 0], scaled[y == 0]
    if not len(none):
        return
    found = linprog(
        none.sum(axis=0), A_ub=none, b_ub=np.zeros(len(none)), A_eq=some, b_eq=np.zeros(len(some)),
        bounds=[(-1, 1)] * x.shape[1], method="highs",
    )  # fmt: skip
    if found.status == 0 and found.fun < -1e-7:
        guilty = [name for name, d in zip(names, found.x, strict=True) if abs(d) > 1e-7]
        raise StatisticsError(
            f"Separation: by {' and '.join(map(repr, guilty))} one can tell segments that have no event "
            "at all from the others, so that a rate ratio runs to 0 or infinity. Leave it out, or join "
            "its rare values."
        )


def _check_finished(fit: Any, names: list[str]) -> None:
    if not fit.converged or not np.isfinite(fit.bse).all():
        raise StatisticsError(
            f"The model with {', '.join(names)} did not settle. Take fewer covariates."
        )
    wild = np.flatnonzero(np.abs(fit.params[1:]) > LARGEST_EFFECT) + 1
    if wild.size:
        raise StatisticsError(
            f"The effect of {names[wild[0]]!r} has no end: there are too few events to estimate it. "
            "Leave it out."
        )


def _dispersion_test(y: FloatArray, mean: FloatArray) -> tuple[float, float]:
    """Return z and p of Cameron & Trivedi's regression-based test against overdispersion (NB2)."""
    from scipy.stats import norm

    extra = ((y - mean) ** 2 - y) / mean
    n = y.size
    slope = float((extra * mean).sum() / (mean**2).sum())
    rest = float(((extra - slope * mean) ** 2).sum())
    if n < 2 or rest == 0:
        return 0.0, 0.5
    z = slope / np.sqrt(rest / (n - 1) / float((mean**2).sum()))
    return float(z), float(norm.sf(z))


def _extra_variance(y: FloatArray, x: FloatArray, exposure: FloatArray) -> float:
    """Return the maximum likelihood estimate of the negative binomial's alpha, 0 at the least."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log_alpha: -float(_glm(y, x, exposure, float(np.exp(log_alpha))).llf),
        bounds=(-12.0, 6.0), method="bounded", options={"xatol": 1e-7},
    )  # fmt: skip
    poisson = -float(_glm(y, x, exposure).llf)
    return float(np.exp(found.x)) if found.fun < poisson - 1e-6 else 0.0


def _glm(y: FloatArray, x: FloatArray, exposure: FloatArray, alpha: float = 0.0) -> Any:
    """Return the fit of statsmodels: Poisson, or negative binomial with an alpha."""
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    families = sm.families
    family = families.NegativeBinomial(alpha=alpha) if alpha > 0 else families.Poisson()
    with warnings.catch_warnings():
        # It also comes where counts are fitted exactly; separation was looked for before.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        model = sm.GLM(y, x, family=family, offset=np.log(exposure))
        return model.fit(maxiter=200, tol=1e-12)
