/** The line above the histogram: play, the range in words, the length of the window, the whole period. */

const YEARS = [1, 3, 5];
const USUAL_MONTHS = 36; // of a window where nothing is chosen and the whole period is shown

const PLAY = [
  [3, 1],
  [13, 8],
  [3, 15],
];
const BARS = [
  [
    [3, 2],
    [6.5, 2],
    [6.5, 14],
    [3, 14],
  ],
  [
    [9.5, 2],
    [13, 2],
    [13, 14],
    [9.5, 14],
  ],
];
const BACK = [
  [8, 1],
  [3.5, 5],
  [8, 9],
  [8, 6.2],
  [11.3, 9.6],
  [8, 12.9],
  [4.6, 9.6],
  [2.6, 9.6],
  [8, 15],
  [13.4, 9.6],
  [8, 3.9],
];
const SVG = "http://www.w3.org/2000/svg";

const sign = (shapes) => {
  const picture = document.createElementNS(SVG, "svg");
  for (const [name, value] of [
    ["viewBox", "0 0 16 16"],
    ["width", "16"],
    ["height", "16"],
    ["aria-hidden", "true"],
  ]) {
    picture.setAttribute(name, value);
  }
  for (const points of shapes) {
    const shape = document.createElementNS(SVG, "polygon");
    shape.setAttribute("points", points.map((point) => point.join(",")).join(" "));
    shape.setAttribute("fill", "currentColor");
    picture.append(shape);
  }
  return picture;
};

/** Returns {element, relabel, say, press, months, usual, owns, onReset}. */
export const createTimeBar = ({ store, words }, { whole }) => {
  const make = (tag, name) => {
    const element = document.createElement(tag);
    element.className = name;
    return element;
  };
  const element = make("div", "fg-time-bar");
  const play = make("button", "fg-play");
  play.type = "button";
  const label = make("p", "fg-time-label");
  label.dir = "auto";
  const note = make("p", "fg-time-note");
  note.dir = "auto";
  const most = make("span", "fg-time-most");
  most.dir = "auto";
  const length = make("select", "fg-time-window");
  const options = [0, ...YEARS].map((years) => {
    const option = document.createElement("option");
    option.value = String(years * 12);
    length.append(option);
    return { years, option };
  });
  const reset = make("button", "fg-time-reset");
  reset.type = "button";
  const resetWord = make("span", "fg-time-word");
  reset.append(sign([BACK]), resetWord);
  element.append(play, label, note, most, length, reset);
  const yearsOfAll = whole ? (whole[1] - whole[0] + 1) / 365.25 : 0;
  for (const { years, option } of options) if (years && years >= yearsOfAll) option.remove();

  play.addEventListener("click", () => store.set({ playing: !store.get().playing }));
  const press = ({ playing, range }) => {
    const said = words.t(playing ? "time.pause" : "time.play");
    play.setAttribute("aria-label", said);
    play.title = said;
    if (play.dataset.sign !== String(Boolean(playing))) {
      play.dataset.sign = String(Boolean(playing));
      play.replaceChildren(sign(playing ? BARS : [PLAY]));
    }
    reset.hidden = !range;
    for (const control of [play, length]) control.hidden = !whole;
  };
  const relabel = () => {
    length.setAttribute("aria-label", words.t("time.window"));
    length.title = words.t("time.window");
    for (const { years, option } of options) {
      option.textContent = years ? words.t("time.window_years", { n: years }) : words.t("time.window_now");
    }
    resetWord.textContent = words.t("time.reset");
    reset.title = words.t("time.reset");
    press(store.get());
  };
  const put = (target, text) => {
    if (target.textContent !== text) target.textContent = text;
    target.hidden = !text;
  };
  const say = (span, more = {}) => {
    put(label, span);
    put(note, more.note || "");
    put(most, more.most || "");
  };
  return {
    element,
    relabel,
    say,
    press,
    /** Months of the chosen window; 0: as it is now. */
    months: () => Number(length.value) || 0,
    /** Months of a window where the whole period is shown: not more than an eighth of it. */
    usual: () => Math.max(1, Math.min(USUAL_MONTHS, Math.round((yearsOfAll * 12) / 8))),
    owns: (target) => play.contains(target),
    onReset: (listener) => reset.addEventListener("click", listener),
  };
};
