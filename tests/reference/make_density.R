# Write density_spatstat.json: what R says of densities, K functions and models on a line.
#
# Run: Rscript tests/reference/make_density.R   (after make_density.py, from anywhere in the tree)
# Needs spatstat.linnet, spatstat.data, MASS, jsonlite (Debian: r-cran-*). The tests do not.

suppressMessages({
  library(spatstat.linnet)
  library(spatstat.data)
  library(jsonlite)
  library(MASS)
})
here <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))))
out <- list(
  command = "Rscript tests/reference/make_density.R",
  programs = list(
    R = R.version.string,
    spatstat.linnet = as.character(packageVersion("spatstat.linnet")),
    spatstat.explore = as.character(packageVersion("spatstat.explore")),
    spatstat.data = as.character(packageVersion("spatstat.data")),
    MASS = as.character(packageVersion("MASS"))
  )
)

# A path along the x axis: only the distance along it matters.
straight <- function(length, vertices, s) {
  x <- sort(unique(c(0, vertices, length)))
  window <- owin(c(-1, length + 1), c(-1, 1))
  L <- linnet(ppp(x, 0 * x, window = window), edges = cbind(seq_len(length(x) - 1), seq_len(length(x) - 1) + 1))
  lpp(ppp(s, 0 * s, window = window, checkdup = FALSE), L)
}
at_points <- function(X, ...) {
  as.numeric(densityEqualSplit(X, ..., at = "points", leaveoneout = FALSE, verbose = FALSE))
}
on_line <- function(X, at, ...) {
  # Functions on the network, asked at places of our choice: no pixels.
  f <- densityfun(X, ...)
  L <- domain(X)
  f(lpp(ppp(at, 0 * at, window = Window(L)), L))
}

# 1. The path of VALIDATION: (0,0)(3,4)(5,0)(9,0)(10,2).
window <- owin(c(-1, 11), c(-1, 5))
L <- linnet(ppp(c(0, 3, 5, 9, 10), c(0, 4, 0, 0, 2), window = window), edges = cbind(1:4, 2:5))
X <- lpp(ppp(c(1, 4, 5.5, 7, 8.8), c(4 / 3, 2, 0, 0, 0), window = window), L)
r <- seq(0, 8, by = 0.01)
pick <- function(k, at) approx(k$r, k$est, at)$y
# The largest distance in use is a parameter of the smoothing in linearpcf.
out$path <- list(
  length = volume(L),
  chainage = as.numeric(crossdist(X, lpp(ppp(0, 0, window = window), L))),
  epanechnikov_2 = at_points(X, sigma = 2, kernel = "epanechnikov"),
  quartic_2 = at_points(X, sigma = 2, kernel = "biweight"),
  triangular_2 = at_points(X, sigma = 2, kernel = "triangular"),
  uniform_2 = at_points(X, sigma = 2, kernel = "rectangular"),
  epanechnikov_9 = at_points(X, sigma = 9, kernel = "epanechnikov"),
  K_r = c(2, 4, 8),
  K_none = pick(linearK(X, r = r, correction = "none"), c(2, 4, 8)),
  K_ang = pick(linearK(X, r = r, correction = "Ang"), c(2, 4, 8))
)
euclid <- bw.lppl(X)
out$path$bw_lppl_euclidean <- list(
  chosen = as.numeric(euclid), sigma = as.data.frame(euclid)[[1]], cv = as.data.frame(euclid)[[2]]
)
fine <- suppressWarnings(bw.lppl(X, distance = "path", dx = 0.02))
out$path$bw_lppl_path <- list(
  chosen = as.numeric(fine), sigma = as.data.frame(fine)[[1]], cv = as.data.frame(fine)[[2]]
)

# 2. The border, straightened, with one draw of the places of the shipped incidents.
events <- read.csv(file.path(here, "density_events.csv"))
length <- 1343.9560662
Y <- straight(length, c(211.5, 630, 990.25), events$chainage_km)
out$border <- list(length = length, n = npoints(Y))
for (sigma in c(5, 25, 120)) {
  for (kernel in c("epanechnikov", "biweight", "triangular", "rectangular")) {
    key <- paste(kernel, sigma)
    out$border$at_points[[key]] <- at_points(Y, sigma = sigma, kernel = kernel)
  }
}
at <- seq(0, length, length.out = 28)
out$border$at_km <- at
# The heat equation solved in steps; the finer the steps the nearer to gaussian kernels.
for (sigma in c(25, 120)) {
  heat <- densityHeat(Y, sigma = sigma, dx = 1, finespacing = TRUE, verbose = FALSE)
  probe <- lpp(ppp(at[2:27], 0 * at[2:27], window = Window(domain(Y))), domain(Y))
  out$border$heat[[as.character(sigma)]] <- as.numeric(heat[probe])
}
# The same by sums of normal densities over mirror images.
mirrored <- function(s, at, h) {
  total <- 0
  for (k in -20:20) for (sign in c(-1, 1)) {
    total <- total + rowSums(dnorm(outer(at, sign * s + 2 * k * length, "-"), sd = h))
  }
  total
}
for (h in c(5, 25, 120, 2000)) {
  out$border$gaussian[[as.character(h)]] <- mirrored(events$chainage_km, at, h)
}
r <- seq(0, 300, length.out = 601)
keep <- seq(1, 601, by = 20)
out$border$r_km <- r[keep]
out$border$K_none <- linearK(Y, r = r, correction = "none")$est[keep]
out$border$K_ang <- linearK(Y, r = r, correction = "Ang")$est[keep]
lambda <- (1 + events$chainage_km / length) * npoints(Y) / length / 1.5
out$border$lambda <- lambda
out$border$K_inhom <- linearKinhom(Y, lambda = lambda, r = r)$est[keep]
g <- linearpcf(Y, r = r, bw = 10)
out$border$pcf_bandwidth_km <- 10
out$border$pcf_ang <- g$est[keep]
out$border$pcf_inhom <- linearpcfinhom(Y, lambda = lambda, r = r, bw = 10)$est[keep]
out$border$bw_nrd0 <- bw.nrd0(events$chainage_km)
# Log ratio of densities: late over early, of sums over mirror images.
late <- events$late == 1
out$border$log_rr_h <- 60
out$border$log_rr <- log(mirrored(events$chainage_km[late], at, 60) / sum(late)) -
  log(mirrored(events$chainage_km[!late], at, 60) / sum(!late))

# 3. dendrite (spatstat.data): spines on a dendrite, whose longest path is cut out of the tree.
D <- dendrite
net <- as.linnet(D, sparse = FALSE)
far <- which(net$dpath == max(net$dpath), arr.ind = TRUE)[1, ]
a <- far[1]; b <- far[2]
on_path <- which(abs(net$dpath[a, ] + net$dpath[b, ] - net$dpath[a, b]) < 1e-6)
sub <- thinNetwork(unmark(as.lpp(D, sparse = FALSE)), retainvertices = seq_len(nvertices(net)) %in% on_path)
cut <- as.linnet(sub, sparse = FALSE)
start <- vertices(net)[a]
s <- as.numeric(crossdist(sub, lpp(start, cut)))
r <- seq(0, 60, length.out = 601)
keep <- seq(1, 601, by = 20)
out$dendrite <- list(
  path_length = volume(cut), network_length = volume(net), network_n = npoints(D), chainage = s,
  max_degree = max(vertexdegree(cut)),
  epanechnikov_4 = at_points(sub, sigma = 4, kernel = "epanechnikov"),
  r = r[keep],
  K_ang = linearK(sub, r = r, correction = "Ang")$est[keep],
  K_none = linearK(sub, r = r, correction = "none")$est[keep],
  pcf_ang = linearpcf(sub, r = r, bw = 2)$est[keep]
)
out$networks <- list(
  chicago = list(n = npoints(chicago), length = volume(domain(chicago))),
  spiders = list(n = npoints(spiders), length = volume(domain(spiders))),
  dendrite = list(n = npoints(dendrite), length = volume(domain(dendrite)))
)

# 4. Models of counts on the 135 segments.
counts <- read.csv(file.path(here, "density_segments.csv"))
fit <- glm(events ~ crossing_km + east + offset(log(exposure_km_yr)), poisson, counts,
  control = glm.control(epsilon = 1e-14, maxit = 100))
nb <- glm.nb(events ~ crossing_km + offset(log(exposure_km_yr)), counts,
  control = glm.control(epsilon = 1e-14, maxit = 200))
out$model <- list(
  coefficients = as.data.frame(summary(fit)$coefficients),
  wald = as.data.frame(confint.default(fit)),
  deviance = as.numeric(residuals(fit, "deviance"))[1:40],
  pearson = as.numeric(residuals(fit, "pearson"))[1:40],
  aic = AIC(fit),
  dispersion = sum(residuals(fit, "pearson")^2) / df.residual(fit),
  nb_coefficients = as.numeric(coef(nb)), nb_alpha = 1 / nb$theta, nb_loglik = as.numeric(logLik(nb))
)
# The test of Cameron & Trivedi: ((y - mu)^2 - y) / mu on mu, no constant.
mu <- fitted(fit)
z <- ((counts$events - mu)^2 - counts$events) / mu
out$model$dispersion_z <- as.numeric(summary(lm(z ~ 0 + mu))$coefficients[1, 3])

# 5. quine (MASS): days absent of 146 children, a standard data set for overdispersed counts.
q <- glm(Days ~ Sex + Lrn, poisson, quine, control = glm.control(epsilon = 1e-14))
qn <- glm.nb(Days ~ Sex + Lrn, quine, control = glm.control(epsilon = 1e-14, maxit = 200))
out$quine <- list(
  days = quine$Days, male = as.integer(quine$Sex == "M"), slow = as.integer(quine$Lrn == "SL"),
  coefficients = as.data.frame(summary(q)$coefficients), nb_coefficients = as.numeric(coef(qn)),
  nb_alpha = 1 / qn$theta, nb_loglik = as.numeric(logLik(qn))
)
write(toJSON(out, digits = I(12), auto_unbox = TRUE, pretty = TRUE, dataframe = "columns"), file.path(here, "density_spatstat.json"))
