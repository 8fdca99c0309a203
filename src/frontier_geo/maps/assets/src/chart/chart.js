/** The chart region: the border as a straight line, as a profile or by year, linked with the map. */
import { el } from "../ui/dom.js";
import { namesShown } from "./axis.js";
import { hasBand } from "./bars.js";
import { createSurface } from "./canvas.js";
import { headLines } from "./head.js";
import { heldOf } from "./held.js";
import { drawProfile, layProfile } from "./profile.js";
import { createReach, placeOf, thingAt } from "./reach.js";
import { markLines, segmentLines, yearLines } from "./sayings.js";
import { sceneOf } from "./scene.js";
import { createSwitches } from "./switches.js";
import { createTip } from "./tip.js";
import { drawYears, layYears, rowAt, yearScene } from "./years.js";

const WIDE_PX = 900; // from here on the head stands between the switches
const WIDE_HEAD = 40;
const HEAD_LINE = 17;

/** The one element that the keyboard reaches: it hears as a slider along the border. */
const makeSlider = (hint) =>
  el("div", {
    "class": "fg-chart-slider",
    "tabindex": "0",
    "role": "slider",
    "aria-orientation": "horizontal",
    "aria-valuemin": "1",
    "aria-describedby": hint.id,
  });

/** What is worked out of the state and kept as long as it holds. */
const createKept = ({ store, model, data }) => {
  const made = { result: null, density: null };
  return {
    /** The smoothed rate; none where the bars are something else, which one axis cannot hold with it. */
    density: () => {
      if (data.rates.follows === null) return null;
      const { result } = store.get();
      if (made.result !== result)
        Object.assign(made, { result, density: result ? model.density(result) : null });
      return made.density;
    },
    years: () => model.years(store.get()),
  };
};

/** Fill the chart region; gives `app.chart` = {drawTo(ctx, width, height)}. */
export const createChart = (app, host) => {
  const { store, words } = app;
  const state = store.get;
  const kept = createKept(app);
  let scene = sceneOf(app);
  let top = 0; // of the rate axis as drawn last: it does not shrink while time plays
  const byYear = () => state().chart === "years" && app.data.rates.follows !== null;
  const count = () => scene.from.length;

  const switches = createSwitches(app);
  const hint = el("span", { class: "fg-hidden", id: `${app.root.id}-chart-keys` });
  const slider = makeSlider(hint);
  const body = el("div", { class: "fg-chart-body" });
  host.append(switches.element, hint, body);
  const surface = createSurface(
    body,
    (ctx, width, height) => draw(ctx, width, height),
    () => {
      host.classList.toggle("fg-chart-wide", host.clientWidth >= WIDE_PX);
    },
  );
  body.append(slider);
  const tip = createTip(body);

  const shownInHead = () => ({
    band: !byYear() && Boolean(state().result) && hasBand(state().result),
    line: !byYear() && app.data.rates.follows !== null,
  });
  /** The head below the switches: as many lines as its words take. */
  const ownHead = (ctx, width) => ({
    left: 10,
    right: width - 10,
    height: HEAD_LINE * headLines(ctx, byYear() ? yearScene(scene) : scene, width - 20, shownInHead()),
  });
  const headOf = (width) => {
    if (!host.classList.contains("fg-chart-wide")) return ownHead(surface.ctx, width);
    const [first, last] = switches.widths();
    return { left: first + 22, right: width - last - 22, height: WIDE_HEAD };
  };
  const paint = (ctx, width, height, head, held) => {
    const { result, range, playing } = state();
    if (!result) return;
    if (byYear()) drawYears(ctx, width, height, scene, { years: kept.years(), range, held, head });
    else
      top = drawProfile(ctx, width, height, scene, {
        result,
        density: kept.density(),
        held,
        head,
        top: playing ? top : 0,
      });
  };
  const draw = (ctx, width, height) => paint(ctx, width, height, headOf(width), heldOf(app, scene));
  const lay = () => {
    const { width, height } = surface.size;
    const head = headOf(width).height;
    return byYear()
      ? layYears(scene, width, height, head, kept.years().years.length)
      : layProfile(scene, width, height, head);
  };

  const markOf = (pick) =>
    pick && pick.kind === "referent" ? scene.marks.find((mark) => mark.id === pick.id) : null;
  const linesOf = (pick) => {
    const { segment, row } = placeOf(pick);
    if (segment >= 0 && segment < count()) {
      const year = pick.kind === "year" && byYear();
      return year ? yearLines(app, kept.years(), row, segment) : segmentLines(app, state().result, segment);
    }
    return markOf(pick) ? markLines(app, markOf(pick)) : [];
  };
  const say = () => {
    const { hover, pick } = state();
    const first = { kind: byYear() ? "year" : "segment", id: 0, year: 0 };
    const at = [hover, pick, first].find((one) => placeOf(one).segment >= 0);
    slider.setAttribute("aria-valuemax", String(Math.max(1, count())));
    slider.setAttribute("aria-valuenow", String(Math.max(1, Math.min(count(), at.id + 1))));
    slider.setAttribute("aria-valuetext", count() ? linesOf(at).join(". ") : words.t("chart.empty"));
  };
  const showTip = () => {
    const { hover } = state();
    const own = hover && (slider.matches(":hover") || slider.matches(":focus-visible"));
    const lines = own ? linesOf(hover) : [];
    if (!lines.length) return tip.hide();
    const { scale, frame } = lay();
    const mark = markOf(hover);
    const km = mark ? mark.km : (scene.from[hover.id] + scene.to[hover.id]) / 2;
    return tip.show(lines, scale.x(km), frame);
  };

  createReach(app, slider, {
    scene: () => scene,
    rows: () => (byYear() ? kept.years().years.length : 0),
    at: (x, y) => {
      const laid = lay();
      const named = namesShown(surface.ctx, laid.frame, laid.scale, scene).map(
        ({ index }) => scene.marks[index],
      );
      const rowOf = (at) => (byYear() ? rowAt(laid, at, kept.years().years.length) : -1);
      return thingAt(x, y, laid, scene, { named, rowOf });
    },
  });

  const relabel = () => {
    scene = sceneOf(app);
    switches.relabel();
    slider.setAttribute("aria-label", words.t(byYear() ? "chart.slider_years" : "chart.slider"));
    hint.textContent = words.t(byYear() ? "chart.keys_years" : "chart.keys");
    say();
    surface.request();
  };
  const redraw = () => {
    say();
    showTip();
    surface.request();
  };
  const offs = [
    store.on(["lang", "chart"], relabel),
    store.on(["result", "range", "hover", "pick", "playing"], redraw),
  ];
  relabel();
  surface.measure();

  app.chart = { drawTo: (ctx, width, height) => paint(ctx, width, height, ownHead(ctx, width), {}) };
  const destroy = () => {
    offs.forEach((off) => off());
    surface.stop();
  };
  return { ...app.chart, destroy };
};
