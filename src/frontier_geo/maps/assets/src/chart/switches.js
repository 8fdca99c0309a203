/** Switches above the chart: profile or by year, ribbon or bars. */

const GROUPS = [
  {
    key: "chart",
    label: "chart.switch",
    values: [
      ["profile", "chart.profile"],
      ["years", "chart.years"],
    ],
  },
  {
    key: "style",
    label: "chart.style",
    values: [
      ["ribbon", "chart.ribbon"],
      ["bars", "chart.bars"],
    ],
  },
];

/** "By year" needs rates that can be worked out for a year. */
const impossible = (data, value) => value === "years" && data.rates.follows === null;

/** Two groups of buttons that hold keys of the store. Returns {element, relabel, widths}. */
export const createSwitches = ({ store, words, data }) => {
  const element = document.createElement("div");
  element.className = "fg-chart-bar";
  const groups = GROUPS.map(({ key, label, values }) => {
    const group = document.createElement("div");
    group.className = "fg-switch";
    group.setAttribute("role", "group");
    const buttons = values.map(([value, word]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", () => store.set({ [key]: value }));
      button.disabled = impossible(data, value);
      group.append(button);
      return { button, value, word };
    });
    element.append(group);
    return { key, label, group, buttons };
  });
  let sizes = null; // of the groups, in pixels
  const press = () => {
    for (const { key, buttons } of groups) {
      const wanted = store.get()[key];
      const now = impossible(data, wanted) ? "profile" : wanted;
      for (const { button, value } of buttons) button.setAttribute("aria-pressed", String(now === value));
    }
  };
  const relabel = () => {
    for (const { label, group, buttons } of groups) {
      group.setAttribute("aria-label", words.t(label));
      for (const { button, word } of buttons) button.textContent = words.t(word);
    }
    press();
    sizes = null;
  };
  store.on(
    GROUPS.map(({ key }) => key),
    press,
  );
  const measure = () => groups.map(({ group }) => group.offsetWidth);
  /** How wide the left and the right group are on the sheet; asked for only when that may have changed. */
  const widths = () => {
    sizes = sizes || measure();
    return words.dir === "rtl" ? [...sizes].reverse() : sizes;
  };
  if (typeof ResizeObserver === "function") {
    const observer = new ResizeObserver(() => {
      sizes = measure(); // the page has just been laid out: here it costs nothing
    });
    groups.forEach(({ group }) => observer.observe(group));
  }
  return { element, relabel, widths };
};
