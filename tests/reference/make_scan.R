# Make the reference values of the scan statistics by brute force, in R.
#
# Run from the root of the repository, after make_scan.py:
#   Rscript tests/reference/make_scan.R
# It needs r-cran-jsonlite, r-cran-sf and r-cran-spdata, and writes scan_r.json and scan_ny.csv.
#
# The likelihood ratio of a zone is half the drop in deviance when glm() gives the zone a rate (or a
# share) of its own: no formula of a scan is written down here for it. Simulated maxima come from R's
# own random numbers.
suppressPackageStartupMessages({
  library(sf)
  library(jsonlite)
})
here <- "tests/reference/"
half_drop <- function(y, zone, size, family) {
  fit <- if (family == "poisson") {
    glm(y ~ zone, offset = log(size), family = poisson, epsilon = 1e-14, maxit = 100)
  } else {
    glm(cbind(y, size - y) ~ zone, family = binomial, epsilon = 1e-14, maxit = 100)
  }
  (fit$null.deviance - fit$deviance) / 2
}

# All runs of segments that hold at most `share` of the size.
runs <- function(size, share) {
  n <- length(size)
  before <- c(0, cumsum(size))
  out <- do.call(rbind, lapply(seq_len(n), function(i) cbind(i, i:n)))
  out[before[out[, 2] + 1] - before[out[, 1]] <= share * sum(size) + 1e-9, , drop = FALSE]
}

apart <- function(first, last, llr, most) {
  keep <- integer(0)
  for (k in order(-llr)) {
    if (llr[k] <= 1e-9 || length(keep) == most) break
    if (!any(first[k] <= last[keep] & last[k] >= first[keep])) keep <- c(keep, k)
  }
  keep
}

by_glm <- function(y, size, family, share = 0.5, most = 3) {
  zones <- runs(size, share)
  more <- apply(zones, 1, function(z) {
    s <- z[1]:z[2]
    sum(size[s]) > 0 && sum(y[s]) / sum(size[s]) > sum(y) / sum(size) + 1e-12
  })
  zones <- zones[more, , drop = FALSE]
  keep <- size > 0
  llr <- apply(zones, 1, function(z) {
    zone <- as.numeric(seq_along(y) %in% (z[1]:z[2]))
    suppressWarnings(half_drop(y[keep], zone[keep], size[keep], family))
  })
  top <- apart(zones[, 1], zones[, 2], llr, most)
  list(first = zones[top, 1] - 1, last = zones[top, 2] - 1, llr = llr[top],
       observed = apply(zones[top, , drop = FALSE], 1, function(z) sum(y[z[1]:z[2]])),
       sum_of_all = sum(llr))
}

ratio <- function(c, e, n) {
  inside <- ifelse(c > 0, c * log(c / e), 0)
  outside <- ifelse(n - c > 0, (n - c) * log((n - c) / (n - e)), 0)
  ifelse(c > e, inside + outside, 0)
}

maxima <- function(n, size, share, nsim) {
  zones <- runs(size, share)
  before <- c(0, cumsum(size / sum(size) * n))
  e <- before[zones[, 2] + 1] - before[zones[, 1]]
  replicate(nsim, {
    upto <- c(0, cumsum(rmultinom(1, n, size)))
    max(ratio(upto[zones[, 2] + 1] - upto[zones[, 1]], e, n))
  })
}

border <- read.csv(paste0(here, "scan_border.csv"))
events <- read.csv(paste0(here, "scan_events.csv"))
set.seed(20261130)
simulated <- maxima(sum(border$drawn), border$length_km, 0.5, 1999)

# Cylinders: every run of segments during every run of at most half of the years.
years <- sort(unique(c(min(events$year):max(events$year), 1992:2026)))
cells <- as.matrix(table(factor(events$segment, 0:134), factor(events$year, years)))
cylinders <- function(cells, expected, prospective, most_share = 0.5) {
  n <- sum(cells)
  expected <- expected / sum(expected) * n
  zones <- runs(rowSums(expected), most_share)
  t <- ncol(cells)
  best <- c(llr = 0)
  for (b in if (prospective) t else seq_len(t)) {
    for (a in max(1, b - t %/% 2 + 1):b) {
      upto <- c(0, cumsum(rowSums(cells[, a:b, drop = FALSE])))
      room <- c(0, cumsum(rowSums(expected[, a:b, drop = FALSE])))
      e <- room[zones[, 2] + 1] - room[zones[, 1]]
      c <- upto[zones[, 2] + 1] - upto[zones[, 1]]
      llr <- ratio(c, e, n)
      k <- which.max(llr)
      if (llr[k] > best["llr"] + 1e-9) {
        best <- c(unname(zones[k, ]) - 1, a - 1, b - 1, unname(c(c[k], e[k], llr[k])))
        names(best) <- c("first", "last", "begin", "end", "observed", "expected", "llr")
      }
    }
  }
  as.list(best)
}
exposure <- outer(border$length_km, rep(1, length(years)))
margins <- outer(rowSums(cells), colSums(cells)) / sum(cells)

# Stretches between two events, none taken as shorter than 5 km, at most half of the line.
km <- sort(events$km)
n <- length(km)
length_km <- sum(border$length_km)
pairs <- expand.grid(i = seq_len(n), j = seq_len(n))
pairs <- pairs[pairs$i <= pairs$j, ]
e <- n * pmax(km[pairs$j] - km[pairs$i], 5) / length_km
llr <- ifelse(e <= n / 2, ratio(pairs$j - pairs$i + 1, e, n), 0)
k <- which.max(llr)
continuous <- list(beg_km = km[pairs$i[k]], end_km = km[pairs$j[k]], llr = llr[k],
                   observed = pairs$j[k] - pairs$i[k] + 1, expected = e[k])

# Leukaemia in 281 tracts of New York (Waller & Gotway 2004), as in spData (CC0). Circles about the
# centroids of the tracts, in degrees and in metres.
tracts <- st_read(system.file("shapes/NY8_utm18.shp", package = "spData"), quiet = TRUE)
metres <- st_coordinates(st_centroid(st_geometry(tracts)))
degrees <- st_coordinates(st_transform(st_centroid(st_geometry(tracts)), 4326))
ny <- data.frame(tract = as.character(tracts$AREAKEY), lon = degrees[, 1], lat = degrees[, 2],
                 x = metres[, 1], y = metres[, 2], population = tracts$POP8,
                 cases = floor(tracts$Cases))
ny[, c("lon", "lat")] <- round(ny[, c("lon", "lat")], 6)
ny[, c("x", "y")] <- round(ny[, c("x", "y")], 1)
write.csv(ny, paste0(here, "scan_ny.csv"), row.names = FALSE, quote = FALSE)
circles <- function(x, y, share, most) {
  n <- sum(ny$cases)
  expected <- ny$population * n / sum(ny$population)
  found <- list()
  for (i in seq_along(x)) {
    near <- order((x - x[i])^2 + (y - y[i])^2)
    near <- near[cumsum(ny$population[near]) <= share * sum(ny$population)]
    llr <- ratio(cumsum(ny$cases[near]), cumsum(expected[near]), n)
    found[[i]] <- data.frame(centre = i, many = seq_along(near), llr = llr)
  }
  found <- do.call(rbind, found)
  found <- found[order(-found$llr), ]
  taken <- integer(0)
  out <- list()
  for (k in seq_len(nrow(found))) {
    i <- found$centre[k]
    near <- order((x - x[i])^2 + (y - y[i])^2)[seq_len(found$many[k])]
    if (any(near %in% taken)) next
    taken <- c(taken, near)
    zone <- as.numeric(seq_along(x) %in% near)
    out[[length(out) + 1]] <- list(
      llr = half_drop(ny$cases, zone, ny$population, "poisson"), tracts = sort(near) - 1,
      cases = sum(ny$cases[near]), population = sum(ny$population[near]),
      expected = sum(expected[near]))
    if (length(out) == most) break
  }
  out
}

told <- list(
  made_by = "Rscript tests/reference/make_scan.R",
  program = paste0(R.version.string, ", sf ", packageVersion("sf"), ", spData ",
                   packageVersion("spData")),
  poisson_drawn = by_glm(border$drawn, border$length_km, "poisson"),
  poisson_events = by_glm(border$events, border$length_km, "poisson", most = 3),
  bernoulli = by_glm(border$late, border$drawn, "binomial", most = 2),
  maxima = list(nsim = 1999, mean = mean(simulated), sd = sd(simulated),
                probabilities = c(0.5, 0.9, 0.95, 0.99),
                quantiles = unname(quantile(simulated, c(0.5, 0.9, 0.95, 0.99)))),
  space_time = list(
    poisson = cylinders(cells, exposure, FALSE),
    poisson_prospective = cylinders(cells, exposure, TRUE),
    permutation = cylinders(cells, margins, FALSE),
    permutation_prospective = cylinders(cells, margins, TRUE)),
  continuous = continuous,
  circles_degrees = circles(ny$lon, ny$lat, 0.1, 7),
  circles_metres = circles(ny$x, ny$y, 0.5, 3)
)
write_json(told, paste0(here, "scan_r.json"), auto_unbox = TRUE, digits = 14, pretty = TRUE)
