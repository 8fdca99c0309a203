// Numbers as the reader needs them: no more digits than they can carry.

const MOST_DECIMALS = 15;

/** Intl options for so many significant digits; whole numbers stay whole. */
export const significant = (value, digits = 3) => {
  const size = Math.abs(value);
  if (!(size > 0) || !Number.isFinite(size)) return { maximumFractionDigits: 0 };
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return { maximumFractionDigits: Math.min(8, decimals) };
};

export const rounded = (words, value, digits = 3) => words.number(value, significant(value, digits));

/** Kilometres along the border, to 100 m. */
export const kilometres = (words, value) => words.number(value, { maximumFractionDigits: 1 });

/** A distance to the line: metres below one kilometre. */
export const distance = (words, metres) => {
  if (metres < 950)
    return words.t("unit.m_value", { n: words.number(Math.max(10, Math.round(metres / 10) * 10)) });
  const km = metres / 1000;
  return words.t("unit.km_value", { n: words.number(km, { maximumFractionDigits: km < 10 ? 1 : 0 }) });
};

/** Fewest decimals with which the edges of the classes keep two digits and stay apart. */
export const decimalsOf = (edges) => {
  const positive = edges.filter((edge) => edge > 0 && Number.isFinite(edge));
  for (let decimals = 0; decimals < MOST_DECIMALS; decimals += 1) {
    const texts = positive.map((edge) => edge.toFixed(decimals));
    const apart = new Set(texts).size === new Set(positive).size;
    const close = positive.every((edge) => Math.abs(Number(edge.toFixed(decimals)) - edge) <= edge * 0.05);
    if (apart && close) return decimals;
  }
  return MOST_DECIMALS;
};

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
