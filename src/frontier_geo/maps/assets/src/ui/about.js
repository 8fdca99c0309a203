// What is shown and what is not, where it comes from, how to cite it.
import { basisTexts } from "./basis.js";
import { notCounted } from "./set_aside.js";
import { totalText } from "./totals.js";
import { button, clear, count, el, item, text } from "./dom.js";

const paragraph = (content) => text("p", content);

/** [text, count] pairs of what the page does not show, each with its reason. */
export const notShown = (words, data, undated) => {
  const rows = [];
  if (data.notes.outside_period > 0) rows.push([words.t("about.outside_period"), data.notes.outside_period]);
  if (undated > 0) rows.push([words.t("about.undated"), undated]);
  return rows;
};

/** One line that names this page and the state of its data. */
export const citation = (words, data) => {
  const { data_version: version, data_hash: hash, library_version: library } = data.notes;
  const parts = { title: words.name(data.title), version, hash, library };
  return words.t(version ? "about.citation" : "about.citation_plain", parts);
};

const counted = (words, key, rows) =>
  rows.length
    ? [
        text("h3", words.t(key)),
        el(
          "dl",
          { class: "fg-counts" },
          rows.map(([why, n]) => el("div", {}, [text("dt", why), count(words.number(n), "dd")])),
        ),
      ]
    : [];

const list = (texts) =>
  el(
    "ul",
    { class: "fg-sources" },
    texts.map(item),
  );

export const createAbout = (app, host, undated) => {
  const { store, words, data } = app;
  const shown = el("section", { class: "fg-section" });
  const sources = el("section", { class: "fg-section" });
  const cite = el("section", { class: "fg-section" });
  const read = button("", "fg-button", () => store.set({ help: true }));
  const period = () => words.span(data.rates.first_day, data.rates.last_day, "day");

  const totals = () => {
    const state = store.get();
    clear(
      shown,
      text("h2", words.t("about.shown")),
      paragraph(totalText(words, data, state.result)),
      paragraph(words.t("about.period", { span: period() })),
      ...counted(words, "about.not_counted", notCounted(words, data)),
      ...counted(words, "about.not_shown", notShown(words, data, undated)),
      text("h3", words.t("about.rests_on")),
      list(basisTexts(app, state)),
      paragraph(words.t("about.reports")),
    );
  };
  const label = () => {
    totals();
    read.textContent = words.t("read.title");
    const { notes } = data;
    clear(sources, text("h2", words.t("about.sources")), list([...notes.attribution, ...notes.sources]));
    clear(cite, text("h2", words.t("about.cite")), text("p", citation(words, data), "fg-citation"));
  };

  let waiting = 0;
  host.append(el("section", { class: "fg-section" }, [read]), shown, sources, cite);
  store.on(["lang"], label);
  store.on(["result"], () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(totals, 200);
  });
  label();
};
