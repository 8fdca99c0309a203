# Make the golden values of rates, intervals and comparisons, from R.
#
#     Rscript tests/reference/make_rates.R     # after make_rates.py, from the root of the repository
#
# Needs spdep, epitools and jsonlite (Debian 12: r-cran-spdep, r-cran-epitools, r-cran-jsonlite).
# Reads rates_border.csv and rates_sids2.json, writes rates_r.json.
suppressPackageStartupMessages({
  library(spdep)
  library(epitools)
  library(jsonlite)
})
here <- "tests/reference"
border <- read.csv(file.path(here, "rates_border.csv"))
sids <- fromJSON(file.path(here, "rates_sids2.json"))

as_nb <- function(neighbours) {
  structure(lapply(neighbours, function(rows) sort(as.integer(rows) + 1L)), class = "nb",
            region.id = as.character(seq_along(neighbours)))
}
queen <- as_nb(sids$neighbours)
n <- nrow(border)
steps <- function(k) as_nb(lapply(seq_len(n), function(i) {
  setdiff(max(1, i - k):min(n, i + k), i) - 1L
}))
smoothed <- function(events, exposure, nb) {
  whole <- EBest(events, exposure)
  list(
    eb = whole$estmm, eb_a = attr(whole, "parameters")$a, eb_b = attr(whole, "parameters")$b,
    spatial_eb_own = EBlocal(events, exposure, nb)$est,
    spatial_eb_window = EBlocal(events, exposure, nb, geoda = TRUE)$est
  )
}

# One count: exact limits of poisson.test, and mid-p limits by uniroot on ppois and dpois.
counts <- c(0, 1, 2, 3, 5, 10, 24, 137, 1000)
levels <- c(0.9, 0.95, 0.99)
one <- expand.grid(level = levels, k = counts)
exact <- t(mapply(function(k, level) poisson.test(k, conf.level = level)$conf.int, one$k, one$level))
mid <- function(k, level) {
  tail <- (1 - level) / 2
  below <- function(m) ppois(k, m) - dpois(k, m) / 2 - tail       # P(X < k) + P(X = k) / 2
  above <- function(m) 1 - ppois(k, m) + dpois(k, m) / 2 - tail   # P(X > k) + P(X = k) / 2
  low <- if (k == 0) 0 else uniroot(above, c(1e-12, k), tol = 1e-13)$root
  c(low, uniroot(below, c(k, 3 * k + 20), tol = 1e-13)$root)
}
midp <- t(mapply(mid, one$k, one$level))

# Two counts: some from the literature, and the two periods on each segment.
two <- rbind(
  data.frame(a = c(11, 0, 6, 3, 14, 1, 0, 30), ea = c(800, 100, 1, 2.5, 0.4, 1, 2, 1),
             b = c(21, 3, 2, 0, 10, 1, 9, 10), eb = c(3011, 100, 1, 1, 1, 1, 1, 1)),
  unique(data.frame(a = border$events_late, ea = border$exposure_late_km_yr,
                    b = border$events_early, eb = border$exposure_early_km_yr))
)
two <- two[two$a + two$b > 0, ]
tests <- do.call(rbind, lapply(c("two.sided", "greater", "less"), function(way) {
  do.call(rbind, lapply(seq_len(nrow(two)), function(i) {
    t <- poisson.test(c(two$a[i], two$b[i]), c(two$ea[i], two$eb[i]), alternative = way)
    data.frame(two[i, ], alternative = sub("[.]", "-", way), ratio = unname(t$estimate),
               lo = t$conf.int[1], hi = t$conf.int[2], p = t$p.value)
  }))
}))

# Each segment against all others.
total <- sum(border$events)
elsewhere <- sapply(seq_len(n), function(i) {
  poisson.test(c(border$events[i], total - border$events[i]),
               c(border$exposure_km_yr[i], sum(border$exposure_km_yr[-i])))$p.value
})

# Table 1 of Fay & Feuer (1997), as in the examples of epitools::ageadjust.direct (Fleiss 1981, p. 249).
population <- matrix(c(230061, 329449, 114920, 39487, 14208, 3052, 72202, 326701, 208667, 83228, 28466,
  5375, 15050, 175702, 207081, 117300, 45026, 8660, 2293, 68800, 132424, 98301, 46075, 9834, 327,
  30666, 123419, 149919, 104088, 34392), 6, 5)
cases <- matrix(c(107, 141, 60, 40, 39, 25, 25, 150, 110, 84, 82, 39, 3, 71, 114, 103, 108, 75, 1, 26,
  64, 89, 137, 96, 0, 8, 63, 112, 262, 295), 6, 5)
standard <- rowMeans(population)
feuer <- lapply(1:5, function(j) {
  w <- standard / sum(standard) / population[, j]
  found <- ageadjust.direct(cases[, j], population[, j], stdpop = standard)
  list(weights = w, cases = cases[, j], rate = unname(found["adj.rate"]),
       lo = unname(found["lci"]), hi = unname(found["uci"]))
})

answer <- list(
  made_by = "Rscript tests/reference/make_rates.R",
  versions = list(R = as.character(getRversion()), spdep = as.character(packageVersion("spdep")),
                  epitools = as.character(packageVersion("epitools"))),
  sids74 = smoothed(sids$SID74, sids$BIR74, queen),
  sids79 = smoothed(sids$SID79, sids$BIR79, queen),
  border_one_step = smoothed(border$events, border$exposure_km_yr / 100, steps(1)),
  border_two_steps = smoothed(border$events, border$exposure_km_yr / 100, steps(2)),
  one_count = data.frame(k = one$k, level = one$level, garwood_lo = exact[, 1], garwood_hi = exact[, 2],
                         midp_lo = midp[, 1], midp_hi = midp[, 2]),
  two_counts = tests,
  against_others_p = elsewhere,
  against_others_bh = p.adjust(elsewhere, "BH"),
  against_others_holm = p.adjust(elsewhere, "holm"),
  fay_feuer = feuer
)
write(toJSON(answer, digits = I(15), auto_unbox = TRUE, dataframe = "columns", na = "string"),
      file.path(here, "rates_r.json"))
