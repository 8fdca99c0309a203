// The values of each filter group: their numbers in the columns and what they are called.

const side = (app, value) => (value === 0 ? app.words.t("side.unknown") : app.words.side(value));

const named = (group, words, key) => (app, value) => {
  const vocabulary = app.data[key];
  return app.words.term(words, vocabulary[value]);
};

const range = (length) => Array.from({ length }, (_, index) => index);

/** Groups of filter values: `values(data)` are the numbers in the columns, `label` their words. */
export const VALUES = {
  types: {
    column: "type",
    values: (data) => range(data.types.length),
    label: (app, value) => app.words.term("type", app.data.types[value].key),
  },
  sides: { column: "side", values: () => [1, 2, 3, 0], label: side },
  precisions: {
    column: "precision",
    values: (data) => range(data.precisions.length),
    label: named("precisions", "precision", "precisions"),
  },
  confidences: {
    column: "confidence",
    values: () => [3, 2, 1, 0],
    label: (app, value) => app.words.term("confidence", value ? app.data.confidences[value - 1] : "unknown"),
  },
  scopes: {
    column: "scope",
    values: (data) => range(data.scopes.length),
    label: named("scopes", "scope", "scopes"),
  },
};

/** The values of a group that some incident has. */
export const presentValues = (app, group) => {
  const { column, values } = VALUES[group];
  const all = values(app.data);
  const seen = new Uint8Array(Math.max(0, ...all) + 1);
  const given = app.columns[column];
  for (let i = 0; i < given.length; i += 1) seen[given[i]] = 1;
  return all.filter((value) => seen[value]);
};
