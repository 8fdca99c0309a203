// How much is shown, in one line.

/** "158 of 206 incidents", or that there are none at all. */
export const totalText = (words, data, result) => {
  const total = data.n;
  if (total === 0) return words.t("header.none");
  return words.t("header.count", { n: total, shown: words.number(result ? result.count : total) });
};
