// Tabs: arrows, Home and End move along them; the tab that is open is remembered.
import { button, el } from "./dom.js";

/** The number of the tab that a key leads to, or null. `back` is true where the page reads right to left. */
export const tabAfter = (key, index, length, mirrored) => {
  const step = { ArrowRight: mirrored ? -1 : 1, ArrowLeft: mirrored ? 1 : -1 }[key];
  if (step) return (index + step + length) % length;
  if (key === "Home") return 0;
  if (key === "End") return length - 1;
  return null;
};

/** Make tabs for `names`; returns {element, panels, open(name), label(name, text), on(fn)}. */
export const createTabs = (id, names, mirrored) => {
  const listeners = [];
  const list = el("div", { class: "fg-tabs", role: "tablist" });
  const tabs = {};
  const panels = {};
  let current = names[0];

  const open = (name) => {
    current = name;
    for (const other of names) {
      tabs[other].setAttribute("aria-selected", String(other === name));
      tabs[other].setAttribute("tabindex", other === name ? "0" : "-1");
      panels[other].hidden = other !== name;
    }
    listeners.forEach((listener) => listener(name));
  };

  for (const name of names) {
    panels[name] = el("div", {
      class: "fg-tab-panel",
      role: "tabpanel",
      id: `${id}-panel-${name}`,
      "aria-labelledby": `${id}-tab-${name}`,
      tabindex: "0",
    });
    tabs[name] = button("", "fg-tab", () => open(name), {
      role: "tab",
      id: `${id}-tab-${name}`,
      "aria-controls": `${id}-panel-${name}`,
    });
    list.append(tabs[name]);
  }
  list.addEventListener("keydown", (event) => {
    const index = tabAfter(event.key, names.indexOf(current), names.length, mirrored());
    if (index === null) return;
    event.preventDefault();
    open(names[index]);
    tabs[names[index]].focus();
  });
  open(current);
  return {
    list,
    tabs,
    panels,
    open,
    get current() {
      return current;
    },
    on: (listener) => listeners.push(listener),
  };
};
