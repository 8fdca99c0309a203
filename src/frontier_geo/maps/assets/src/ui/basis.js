// What a rate rests on, in words: which line, which period, which filters.
import { notCountedGroups } from "./set_aside.js";
import { GROUPS, shownOf } from "./filtering.js";
import { joined } from "./lists.js";
import { rounded } from "./numbers.js";
import { presentValues, VALUES } from "./values.js";

const MOST_NAMED = 6;

/** One sentence for a group that hides something: the values it shows, or those it leaves out. */
const groupText = (app, off, group) => {
  const { words } = app;
  const values = presentValues(app, group);
  const { shown, hidden, byHidden } = shownOf(off, group, values);
  if (hidden.length === 0) return null;
  const title = words.t(`filter.${group}`);
  if (shown.length === 0) return words.t("basis.none_of", { title });
  const named = byHidden ? hidden : shown;
  const labels = named.slice(0, MOST_NAMED).map((value) => VALUES[group].label(app, value));
  const list = joined(words, labels);
  const rest = named.length - MOST_NAMED;
  const names = rest > 0 ? words.t("basis.and_more", { list, n: rest }) : list;
  return words.t(byHidden ? "basis.without" : "basis.only", { title, names });
};

/** The filters that are on, time aside: one text each. */
export const filterTexts = (app, state) => {
  const texts = GROUPS.filter((group) => state.off[group].size > 0).map((group) =>
    groupText(app, state.off, group),
  );
  if (state.query) texts.push(app.words.t("basis.query", { query: state.query }));
  return texts.filter(Boolean);
};

/** The time range in words: that of the filter, else the whole period. */
export const spanText = (app, state) => {
  const { first_day: first, last_day: last } = app.data.rates;
  const [from, to] = state.range || [first, last];
  return app.words.span(Math.max(from, first), Math.min(to, last), "day");
};

/** A caution where the places are known less well than the segments are long, else null. */
export const resolutionText = ({ words, data }) => {
  const { known_to_km: km, segments_km: segments } = data.rates.resolution || {};
  if (!(km > segments)) return null;
  return words.t("legend.resolution", {
    km: words.number(Math.round(km)),
    segments: rounded(words, segments, 2),
  });
};

/** On how many incidents the rates rest: those that count and have a place on the segments. */
const countedText = ({ words, data }, { result }) => {
  const counts = data.rates.follows === "known" ? result.known : result.expected;
  const sum = counts.reduce((all, n) => all + n, 0);
  return words.t("basis.counted", { n: Math.round(sum * 10) / 10 });
};

/** Everything a rate rests on: one text each. */
export const basisTexts = (app, state) => {
  const { words, data } = app;
  const texts = [
    words.t(data.boundary.source ? "basis.line_source" : "basis.line", {
      line: words.name(data.boundary.name),
      n: words.number(Math.round(data.boundary.length_km)),
      source: data.boundary.source,
    }),
  ];
  if (data.rates.follows === null) {
    texts.push(words.t("basis.table"));
    return texts;
  }
  texts.push(words.t("basis.period", { span: spanText(app, state) }));
  const filters = filterTexts(app, state);
  if (filters.length) texts.push(...filters);
  else texts.push(words.t("basis.no_filter"));
  if (state.result) texts.push(countedText(app, state));
  notCountedGroups(words, data).forEach((list) => texts.push(words.t("basis.not_counted", { list })));
  texts.push(words.t(data.rates.follows === "known" ? "basis.known" : "basis.shared"));
  const coarse = resolutionText(app);
  if (coarse && data.rates.follows === "expected") texts.push(coarse);
  return texts;
};
