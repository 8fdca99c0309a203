// "How to read this": a dialog over the page.
import { button, clear, el, text } from "./dom.js";
import { createModal } from "./modal.js";

const ALWAYS = [
  "reports",
  "classes",
  "points",
  "bands",
  "precision",
  "dates",
  "side",
  "line",
  "status",
  "navigation",
];
const OF_RATES = ["rate", "expected", "interval"];

/** Which explanations does this page need? Those of rates only where rates are shown. */
export const topics = (rates) => {
  const own =
    rates && rates.unit ? OF_RATES.filter((topic) => topic !== "expected" || rates.follows !== "known") : [];
  return [ALWAYS[0], ...own, ...ALWAYS.slice(1)];
};

/** Make the dialog; it opens and closes with the `help` of the state. */
export const createHelp = (app, shell, live) => {
  const { store, words, data } = app;
  const title = text("h2", "");
  title.id = `${shell.root.id}-help-title`;
  const body = el("div", {
    class: "fg-help-body",
    tabindex: "0",
    role: "group",
    "aria-labelledby": title.id,
  });
  const close = button("", "fg-button", () => store.set({ help: false }));
  const head = el("div", { class: "fg-help-head" }, [title, close]);
  const box = el("div", { class: "fg-help-box" }, [head, body]);
  const dialog = el(
    "div",
    {
      class: "fg-help",
      role: "dialog",
      "aria-modal": "true",
      "aria-labelledby": title.id,
      tabindex: "-1",
      hidden: "",
    },
    [box],
  );
  const modal = createModal(shell.root, dialog, {
    onClose: () => store.set({ help: false }),
    spared: [live],
  });

  const fill = () => {
    title.textContent = words.t("read.title");
    close.textContent = words.t("header.close_panel");
    const level = words.number(Math.round(100 * (data.rates.level || 0.95)));
    clear(
      body,
      ...topics(data.rates).map((topic) =>
        el("section", {}, [
          text("h3", words.t(`read.${topic}_title`)),
          text("p", words.t(`read.${topic}`, { level })),
        ]),
      ),
    );
  };
  const update = () => {
    const open = Boolean(store.get().help);
    if (open === modal.open) return;
    if (open) fill();
    dialog.hidden = !open;
    if (open) modal.show(close);
    else modal.hide();
  };

  dialog.addEventListener("mousedown", (event) => {
    if (event.target === dialog) store.set({ help: false });
  });
  store.on(["help"], update);
  store.on(["lang"], fill);
  shell.root.append(dialog);
  fill();
  update();
};
