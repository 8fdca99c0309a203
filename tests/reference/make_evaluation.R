# Make evaluation_r.json: scores, PIT, gamma fits and rankings in R.
#
#   Rscript tests/reference/make_evaluation.R tests/reference
#
# Needs surveillance and MASS (Debian: r-cran-surveillance). Reads evaluation_border.csv, made by
# make_evaluation.py, and evaluation_sids.csv (SID74 and BIR74 of sids2, libpysal). The tests compare with the stored file and need no R.
suppressMessages({library(surveillance); library(MASS); library(jsonlite)})
here <- commandArgs(trailingOnly = TRUE)[1]
border <- read.csv(file.path(here, "evaluation_border.csv"))

half <- function(t) {
  e <- t$length_km * t$past_years
  (0.5 * t$past / e + 0.5 * sum(t$past) / sum(e)) * t$length_km * t$next_years
}
mean_border <- half(border)
score <- function(x, mu, size = NULL) {
  s <- surveillance::scores(x, mu, size = size, which = c("logs", "rps", "dss"))
  list(logs = s[, "logs"], rps = s[, "rps"], dss = s[, "dss"])
}
pits <- function(x, mu, size = NULL) {
  one <- function(m) if (is.null(size)) function(q) ppois(q, m) else function(q) pnbinom(q, mu = m, size = size)
  surveillance::pit(x, pdistr = lapply(mu, one), J = 10, relative = TRUE, plot = FALSE)$density
}

# Hepatitis A in Berlin, weekly counts, surveillance::hepatitisA; each week forecast by the mean so far.
data(hepatitisA)
hep <- as.numeric(hepatitisA$observed)
first <- 21
hep_mean <- sapply(first:length(hep), function(t) mean(hep[1:(t - 1)]))
hep_seen <- hep[first:length(hep)]

# Gamma model of rates: negative binomial with an intercept and an offset.
nb <- function(y, e) {
  fit <- MASS::glm.nb(y ~ 1 + offset(log(e)), control = glm.control(epsilon = 1e-12, maxit = 200))
  list(rate = exp(unname(coef(fit))), shape = fit$theta, loglik = as.numeric(logLik(fit)))
}
sids <- read.csv(file.path(here, "evaluation_sids.csv"))

# PAI, PEI, RRI by the definitions, units taken whole, ranked by predicted density; no ties here.
rank_units <- function(obs, pred, len) {
  o <- order(pred / len, decreasing = TRUE)
  share <- cumsum(len[o]) / sum(len)
  pai <- cumsum(obs[o]) / sum(obs) / share
  list(order = o - 1, share = share, pai = pai, rri = cumsum(pred[o]) / cumsum(obs[o]))
}
smooth_pred <- function(t) {
  mid <- (t$from_km + t$to_km) / 2
  sapply(mid, function(m) sum(t$past * dnorm(mid, m, 17)) + 1e-6 * m)
}
pred <- smooth_pred(border)

# Spread of an event along the line: a Gaussian with reflection, by numerical integration.
from <- c(0, 10, 12, 30, 31, 55); to <- c(10, 12, 30, 31, 55, 70)
spread <- function(sd) {
  L <- 70
  mass <- function(u, a, b) {
    k <- -40:40
    sum(pnorm((b - (2 * L * k + u)) / sd) - pnorm((a - (2 * L * k + u)) / sd)) +
      sum(pnorm((b - (2 * L * k - u)) / sd) - pnorm((a - (2 * L * k - u)) / sd))
  }
  outer(seq_along(from), seq_along(from), Vectorize(function(i, j) {
    f <- function(u) sapply(u, mass, a = from[i], b = to[i])
    integrate(f, from[j], to[j], rel.tol = 1e-12)$value / (to[j] - from[j])
  }))
}

n <- c(229, 27, 24, 17, 1, 5); k <- c(7, 3, 3, 2, 0, 5)
exact <- t(mapply(function(k, n) binom.test(k, n)$conf.int, k, n))

out <- list(
  made_by = "Rscript tests/reference/make_evaluation.R tests/reference",
  R = R.version.string,
  surveillance = as.character(packageVersion("surveillance")),
  MASS = as.character(packageVersion("MASS")),
  border = list(
    mean = mean_border,
    poisson = score(border$next., mean_border),
    negbinom = score(border$next., mean_border, 0.8),
    pit_poisson = pits(border$next., mean_border),
    pit_negbinom = pits(border$next., mean_border, 0.8),
    gamma = nb(border$past, border$length_km * border$past_years),
    predicted = pred,
    ranked = rank_units(border$next., pred, border$length_km)
  ),
  hepatitisA = list(
    counts = hep, first = first, mean = hep_mean,
    poisson = score(hep_seen, hep_mean),
    negbinom = score(hep_seen, hep_mean, 2.5),
    pit_poisson = pits(hep_seen, hep_mean),
    pit_negbinom = pits(hep_seen, hep_mean, 2.5)
  ),
  sids = nb(sids$SID74, sids$BIR74),
  spread = list(from_km = from, to_km = to, sd4 = spread(4), sd40 = spread(40)),
  clopper_pearson = list(k = k, n = n, lo = exact[, 1], hi = exact[, 2])
)
write(toJSON(out, digits = I(15), auto_unbox = TRUE, matrix = "rowmajor", pretty = FALSE),
      file.path(here, "evaluation_r.json"))
