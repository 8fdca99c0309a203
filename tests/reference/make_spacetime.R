# Make the R half of the reference values of the space-time statistics.
#
# Run from the root of the repository, after `python tests/reference/make_spacetime.py inputs`:
#     Rscript tests/reference/make_spacetime.R
# Needs surveillance, boot, strucchange, jsonlite (Debian: r-cran-surveillance, r-cran-boot,
# r-cran-strucchange, r-cran-jsonlite). Writes spacetime_coal.csv, spacetime_nile.csv, spacetime_r.json.

suppressPackageStartupMessages({library(surveillance); library(strucchange)})
here <- "tests/reference"
coal <- boot::coal$date
write.csv(data.frame(date = round(coal, 6)), file.path(here, "spacetime_coal.csv"), row.names = FALSE)
write.csv(data.frame(year = as.integer(time(Nile)), flow = as.numeric(Nile)),
          file.path(here, "spacetime_nile.csv"), row.names = FALSE)
burkitt <- read.csv(file.path(here, "spacetime_burkitt.csv"))
border <- read.csv(file.path(here, "spacetime_border.csv"))
border$day <- as.integer(as.Date(border$date) - as.Date("2015-01-01"))
border$year <- as.integer(substr(border$date, 1, 4))

knox_of <- function(place, time, delta, tau) {
  set.seed(1)
  k <- knox(dt = dist(time), ds = dist(place), eps.t = tau, eps.s = delta, B = 999, .verbose = FALSE)
  p <- k$p.value
  list(delta = delta, tau = tau, table = as.vector(k$table), expected = unname(k$null.value),
       p_poisson_above = attr(p, "Poisson"), p_sim = as.numeric(p))
}

# Mann-Kendall by Kendall's test against time, with ties and the correction for continuity.
kendall_of <- function(x) {
  k <- suppressWarnings(cor.test(x, seq_along(x), method = "kendall", exact = FALSE, continuity = TRUE))
  list(z = unname(k$statistic), p = k$p.value, tau_b = unname(k$estimate))
}

glm_of <- function(y, exposure = rep(1, length(y))) {
  fit <- glm(y ~ I(seq_along(y) - 1) + offset(log(exposure)), family = poisson,
             control = glm.control(epsilon = 1e-14, maxit = 100))
  s <- summary(fit)$coefficients
  list(slope = s[2, 1], se = s[2, 2])
}

# The likelihood of one Poisson change at every place, by dpois: an independent way to it.
poisson_change <- function(y, size) {
  n <- length(y)
  ll <- sapply(size:(n - size), function(k)
    sum(dpois(y[1:k], mean(y[1:k]), log = TRUE)) +
    sum(dpois(y[(k + 1):n], mean(y[(k + 1):n]), log = TRUE)))
  none <- sum(dpois(y, mean(y), log = TRUE))
  k <- which.max(ll) + size - 1
  list(first_after = k, statistic = 2 * (max(ll) - none), mean_before = mean(y[1:k]),
       mean_after = mean(y[(k + 1):n]))
}

yearly <- tabulate(floor(coal) - 1850, nbins = 112)
months <- tabulate(floor((round(coal, 6) %% 1) * 12) + 1, nbins = 12)
by_year <- tabulate(border$year - 2014, nbins = 10)
west <- tabulate(border$year[border$km < 400] - 2014, nbins = 10)
leap <- c(365, 366, 365, 365, 365, 366, 365, 365, 365, 366) / 365.25
bp <- breakpoints(Nile ~ 1)
ci <- confint(bp, breaks = 1)$confint
binom <- binom.test(months[1], sum(months), 31 / 365.25)
set.seed(1)
chi <- chisq.test(months, p = rep(1 / 12, 12))
chi_sim <- chisq.test(months, p = rep(1 / 12, 12), simulate.p.value = TRUE, B = 99999)

golden <- list(
  command = "Rscript tests/reference/make_spacetime.R",
  versions = list(R = as.character(getRversion()),
                  surveillance = as.character(packageVersion("surveillance")),
                  strucchange = as.character(packageVersion("strucchange")),
                  boot = as.character(packageVersion("boot"))),
  knox = list(
    burkitt = lapply(list(c(20, 5), c(10, 30), c(5, 90)), function(a)
      knox_of(burkitt[, c("x", "y")], burkitt$t, a[1], a[2])),
    border = lapply(list(c(5, 7), c(10, 14), c(50, 90)), function(a)
      knox_of(border$km, border$day, a[1], a[2]))),
  kendall = list(series = kendall_of(c(12, 15, 11, 18, 20, 22, 19, 25, 27, 30)),
                 nile = kendall_of(as.numeric(Nile)), coal = kendall_of(yearly),
                 border = kendall_of(by_year), border_west = kendall_of(west)),
  glm = list(coal = glm_of(yearly), border = glm_of(by_year, leap), border_west = glm_of(west, leap)),
  change = list(coal = poisson_change(yearly, 2), border_west = poisson_change(west, 2)),
  nile = list(first_after = bp$breakpoints, year = 1870 + bp$breakpoints, min_size = 15,
              rss = unname(summary(bp)$RSS["RSS", ]), bic = unname(summary(bp)$RSS["BIC", ]),
              confint = as.vector(ci)),
  evenness = list(counts = months, statistic = unname(chi$statistic), p_chi2 = chi$p.value,
                  p_sim = chi_sim$p.value),
  january = list(n = sum(months), p_value = binom$p.value, lo = binom$conf.int[1],
                 hi = binom$conf.int[2])
)
jsonlite::write_json(golden, file.path(here, "spacetime_r.json"), auto_unbox = TRUE, digits = 12,
                     pretty = TRUE)
