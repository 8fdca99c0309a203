// The header: title, how much is shown, the languages, the button of the drawer.
import { button, clear, el, text } from "./dom.js";
import { totalText } from "./totals.js";

const LONGEST = 48;

/** Where the line comes from, as far as the header has room: the name before the first comma. */
export const shortSource = ({ source }) => {
  const name = String(source || "")
    .split(/[,;(]/)[0]
    .trim();
  return name.length > LONGEST ? `${name.slice(0, LONGEST).trim()}…` : name;
};

/** Fill the header; returns the button that opens the drawer. */
export const createHeader = (app, host) => {
  const { store, words, data } = app;
  const title = text("h1", "");
  const count = text("p", "", "fg-count");
  const length = text("p", "", "fg-length");
  const languages = el("div", { class: "fg-choice fg-languages", role: "group" });
  const toggle = button("", "fg-button fg-drawer-button", () => {});

  const buttons = data.languages.map((lang) => {
    const one = button(words.t(`language.${lang}`), "fg-button", () => store.set({ lang }), { lang });
    one.setAttribute("dir", "auto");
    return [lang, one];
  });

  const counts = () => {
    count.textContent = totalText(words, data, store.get().result);
  };
  const label = () => {
    title.textContent = words.name(data.title);
    title.title = title.textContent; // long ones are cut
    languages.setAttribute("aria-label", words.t("header.languages"));
    for (const [lang, one] of buttons) one.setAttribute("aria-pressed", String(lang === words.lang));
    length.textContent = words.t("header.length", {
      n: words.number(Math.round(data.boundary.length_km)),
      line: shortSource(data.boundary) || words.name(data.boundary.name),
    });
    counts();
  };

  clear(languages, ...buttons.map(([, one]) => one));
  languages.hidden = buttons.length < 2;
  clear(host, title, el("div", { class: "fg-totals" }, [count, length]), languages, toggle);
  store.on(["lang"], label);
  store.on(["result"], counts);
  label();
  return toggle;
};
