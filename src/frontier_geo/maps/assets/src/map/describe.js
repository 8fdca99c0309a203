import { rateNumber } from "../ui/rate_text.js";

const MISSING_DAY = -2147483648;

/** One line on what is picked or hovered, for the hint on the map and for screen readers. */
export const createDescriber = (app) => {
  const { words } = app;
  const km = (value) => words.number(value, { digits: 1 });

  const when = (e) => {
    const { day, span, date_precision: precision } = app.columns;
    if (day[e] === MISSING_DAY) return words.term("date_precision", "unknown");
    return words.span(day[e], day[e] + span[e], app.data.date_precisions[precision[e]]);
  };

  const incident = (e) =>
    words.t("map.incident_where", {
      type: words.term("type", app.data.types[app.columns.type[e]].key),
      when: when(e),
      known: words.term("known", app.data.precisions[app.columns.precision[e]]),
    });

  const segment = (i) => {
    const { from, to } = app.data.segments;
    const result = app.store.get().result;
    const rate = result ? result.rate[i] : NaN;
    const ends = { from: km(from[i]), to: km(to[i]) };
    if (Number.isNaN(rate)) return words.t("map.segment_without", ends);
    return words.t("map.segment", { ...ends, rate: rateNumber(words, rate) });
  };

  const countOf = (stretches) => {
    const counts = app.store.get().result?.stretchCounts;
    return counts ? stretches.reduce((sum, i) => sum + counts[i], 0) : 0;
  };

  const stretch = (i) => {
    const { from, to, name } = app.data.stretches[i];
    const params = { n: countOf([i]), from: km(from), to: km(to) };
    if (!name) return words.t("map.stretch_unnamed", params);
    return words.t("map.stretch", { ...params, name: words.name(name) });
  };

  const cell = (i) => {
    const { from, to, stretches } = app.data.cells[i];
    return words.t("map.cell", { n: countOf(stretches), from: km(from), to: km(to) });
  };

  const referent = (i) => {
    const { name, kind, from } = app.data.referents[i];
    return words.t("map.landmark", { name: words.name(name), kind: words.term("kind", kind), km: km(from) });
  };

  /** The line; `more(text)` is called later where the place's name has to be read first. */
  return (pick, more) => {
    if (!pick) return "";
    if (pick.kind === "incident") {
      if (more && app.texts) {
        app.texts.get(pick.id).then((text) => {
          if (!text?.place) return;
          const type = words.term("type", app.data.types[app.columns.type[pick.id]].key);
          more(words.t("map.incident", { type, when: when(pick.id), place: words.name(text.place) }));
        });
      }
      return incident(pick.id);
    }
    if (pick.kind === "incidents") return words.t("map.incidents_here", { n: pick.ids.length });
    if (pick.kind === "segment" || pick.kind === "year") return segment(pick.id);
    if (pick.kind === "stretch") return stretch(pick.id);
    if (pick.kind === "cell") return cell(pick.id);
    return pick.kind === "referent" ? referent(pick.id) : "";
  };
};

/** Whether two picks mean the same thing. */
export const samePick = (a, b) => {
  if (a === b) return true;
  if (!a || !b || a.kind !== b.kind || a.id !== b.id || a.year !== b.year) return false;
  if (!a.ids && !b.ids) return true;
  return a.ids?.length === b.ids?.length && a.ids.every((id, i) => id === b.ids[i]);
};
