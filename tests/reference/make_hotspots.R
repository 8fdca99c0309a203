# Make the reference values of Gi*, local Moran and Moran's I that spdep gives.
#
# Run from the root of the repository, after make_hotspots.py, which writes hotspots_data.json:
#   Rscript tests/reference/make_hotspots.R
# It needs r-cran-spdep and r-cran-jsonlite, and writes hotspots_spdep.json.
suppressPackageStartupMessages({
  library(spdep)
  library(jsonlite)
})
nsim <- 99999
sets <- fromJSON("tests/reference/hotspots_data.json", simplifyVector = TRUE)

neighbours <- function(pairs, n) {
  near <- lapply(seq_len(n), function(i) sort(pairs[pairs[, 1] == i - 1, 2] + 1L))
  near <- lapply(near, as.integer)
  structure(near, class = "nb", region.id = as.character(seq_len(n)), sym = TRUE)
}

moments <- function(test) {
  c(I = unname(test$estimate[1]), E = unname(test$estimate[2]),
    V = unname(test$estimate[3]), z = unname(test$statistic), p = test$p.value)
}

statistics <- function(x, pairs) {
  x <- as.numeric(x)
  nb <- neighbours(pairs, length(x))
  binary <- nb2listw(nb, style = "B")
  row <- nb2listw(nb, style = "W")
  set.seed(20260711)
  plain <- attr(localG_perm(x, binary, nsim = nsim), "internals")
  permuted <- localmoran_perm(x, row, nsim = nsim)
  conditional <- localmoran(x, row)
  total <- localmoran(x, row, conditional = FALSE)
  list(
    gi_star = as.numeric(localG(x, nb2listw(include.self(nb), style = "B"))),
    gi_star_W = as.numeric(localG(x, nb2listw(include.self(nb), style = "W"))),
    gi = as.numeric(localG(x, binary)),
    gi_perm_p = unname(plain[, "Pr(z != E(Gi)) Sim"]),
    moran_B_rand = as.list(moments(moran.test(x, binary))),
    moran_B_norm = as.list(moments(moran.test(x, binary, randomisation = FALSE))),
    moran_W_rand = as.list(moments(moran.test(x, row))),
    local_moran = list(
      I = unname(conditional[, 1]), E = unname(conditional[, 2]),
      V = unname(conditional[, 3]), z = unname(conditional[, 4]),
      E_total = unname(total[, 2]), V_total = unname(total[, 3]),
      quadrant = as.character(attr(conditional, "quadr")$pysal),
      perm_p = unname(permuted[, "Pr(z != E(Ii)) Sim"])
    )
  )
}

results <- lapply(sets, function(one) lapply(one$values, statistics, pairs = one$pairs))
write_json(
  list(
    program = paste0("spdep ", packageVersion("spdep"), ", ", R.version.string),
    command = "Rscript tests/reference/make_hotspots.R",
    permutations = nsim,
    results = results
  ),
  "tests/reference/hotspots_spdep.json",
  auto_unbox = TRUE, digits = 12
)
