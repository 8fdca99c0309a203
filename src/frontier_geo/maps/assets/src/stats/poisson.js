// Gamma distributions, and from them the limits of counts (Garwood 1936).

const TINY = 1e-300;
const EPSILON = 1e-16;
const LOG_ROOT_TWO_PI = 0.9189385332046727;
const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** ln Γ(a), a > 0 (Lanczos, g = 7). */
export const logGamma = (a) => {
  if (a < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * a)) - logGamma(1 - a);
  let sum = LANCZOS[0];
  for (let i = 1; i < 9; i += 1) sum += LANCZOS[i] / (a - 1 + i);
  const t = a + 6.5;
  return LOG_ROOT_TWO_PI + (a - 0.5) * Math.log(t) - t + Math.log(sum);
};

/** What Stirling's formula for ln Γ(a + 1) leaves out, a >= 15. */
const stirlingRest = (a) => {
  const b = 1 / (a * a);
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - b / 1188) * b) * b) * b) / a;
};

/** r - ln(1 + r), without loss where r is small. */
const excess = (r) => {
  if (Math.abs(r) > 0.1) return r - Math.log1p(r);
  const s = r / (2 + r);
  let sum = 0;
  for (let k = 1, power = s * s; k < 40; k += 1, power *= s * s) {
    const term = power / (2 * k + 1);
    sum += term;
    if (term < EPSILON * sum) break;
  }
  return s * r - 2 * s * sum;
};

/** ln of x^a e^-x / Γ(a + 1): for large a from the difference of x and a (Loader 2000). */
const logTerm = (a, x) => {
  if (a < 15) return a * Math.log(x) - x - logGamma(a + 1);
  return -a * excess((x - a) / a) - LOG_ROOT_TWO_PI - 0.5 * Math.log(a) - stirlingRest(a);
};

const series = (a, x) => {
  let term = 1;
  let sum = 1;
  for (let k = a + 1; term > EPSILON * sum; k += 1) {
    term *= x / k;
    sum += term;
  }
  return sum;
};

const fraction = (a, x) => {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / (Math.abs(b) < TINY ? TINY : b);
  let value = d;
  for (let i = 1; i < 100000; i += 1) {
    const an = -i * (i - a);
    b += 2;
    d = an * d + b;
    d = 1 / (Math.abs(d) < TINY ? TINY : d);
    c = b + an / c;
    if (Math.abs(c) < TINY) c = TINY;
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < EPSILON * 4) break;
  }
  return value;
};

/** ln P(a, x) and ln Q(a, x), the two sides of the regularised incomplete gamma function. */
export const logGammaSides = (a, x) => {
  if (x <= 0) return { lower: -Infinity, upper: 0 };
  if (x === Infinity) return { lower: 0, upper: -Infinity };
  const term = logTerm(a, x);
  if (x < a + 1) {
    const lower = Math.min(0, term + Math.log(series(a, x)));
    return { lower, upper: Math.log(-Math.expm1(lower)) };
  }
  const upper = Math.min(0, term + Math.log(a * fraction(a, x)));
  return { lower: Math.log(-Math.expm1(upper)), upper };
};

/** P(a, x): the part of a gamma distribution of shape a and scale 1 that lies below x. */
export const gammaBelow = (a, x) => Math.exp(logGammaSides(a, x).lower);

/** The standard normal quantile of p <= 0.5 (Abramowitz & Stegun 26.2.23), to begin a search with. */
const roughNormal = (p) => {
  const t = Math.sqrt(-2 * Math.log(p));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  return above / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
};

/** ln of a first guess: Wilson & Hilferty, or the first term of the series where that is no use. */
const guess = (a, p, upper) => {
  const z = p <= 0.5 ? roughNormal(p) : -roughNormal(1 - p);
  const root = 1 - 1 / (9 * a) + (upper ? -z : z) / (3 * Math.sqrt(a));
  if (a > 0.5 && root > 0.2) return Math.log(a) + 3 * Math.log(root);
  const first = (Math.log(upper ? 1 - p : p) + logGamma(a + 1)) / a;
  return upper && first > -1 ? Math.log(a + 1 - Math.log(p)) : first;
};

/** Halley's method on ln P (or ln Q) over u = ln x, kept between bounds that close in. */
const quantile = (a, p, side) => {
  const sign = side === "upper" ? -1 : 1;
  const wanted = Math.log(p);
  const done = 1e-5 / Math.max(1, Math.sqrt(a)); // a step's error is about its cube
  let [low, high] = [-Infinity, Infinity];
  let u = guess(a, p, side === "upper");
  for (let turn = 0; turn < 200; turn += 1) {
    const x = Math.exp(u);
    const value = logGammaSides(a, x)[side];
    const off = value - wanted;
    if (sign * off > 0) high = u;
    else low = u;
    const slope = sign * Math.exp(Math.log(a) + logTerm(a, x) - value);
    const bend = 1 - (off * (a - x - slope)) / (2 * slope);
    const next = u - off / slope / Math.max(bend, 0.3);
    if (next < -744) return 0;
    if (Math.abs(next - u) <= done) return Math.exp(next);
    if (next > low && next < high) u = next;
    else u = low > -Infinity && high < Infinity ? (low + high) / 2 : u + (low > -Infinity ? 2 : -2);
  }
  return Math.exp(u);
};

/** The quantile by the smaller of the two sides, where no digit is lost. */
const quantileBy = (a, below, above) => {
  if (!(a > 0) || !(below >= 0 && above >= 0)) return NaN;
  if (below === 0) return 0;
  if (above === 0) return Infinity;
  return below <= 0.5 ? quantile(a, below, "lower") : quantile(a, above, "upper");
};

/** The x that a share p of a gamma distribution (shape a, scale 1) lies below. */
export const gammaQuantile = (p, a) => quantileBy(a, p, 1 - p);

/** The x that a share p of a gamma distribution (shape a, scale 1) lies above. */
export const gammaUpperQuantile = (p, a) => quantileBy(a, 1 - p, p);

/**
 * The limits of a number of incidents with this mean and variance, at a level such as 0.95. Where the
 * variance is the mean they are Garwood's exact limits of a Poisson count.
 */
export const countLimits = (mean, variance, level) => {
  const tail = (1 - level) / 2;
  const scaled = (find, m, v) => find(tail, (m * m) / v) * (v / m);
  return {
    lo: mean > 0 ? scaled(gammaQuantile, mean, variance) : 0,
    hi: scaled(gammaUpperQuantile, mean + 1, variance + 1),
  };
};
