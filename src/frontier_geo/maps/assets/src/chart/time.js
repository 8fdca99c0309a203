/**
 * The time region: play, the range in words, incidents by time with two handles.
 *
 * Time runs from left to right in every language, also in those written from right to left: it shares
 * its direction with the diagram above it, which keeps west on the left, with the sign on the play
 * button and with the arrow keys, so that → is always later. Persian and Dari print shows charts so too.
 */
import { calendarOf } from "../words/calendar.js";
import { createSurface } from "./canvas.js";
import { drawHistogram, dayScale } from "./histogram.js";
import { createHandles } from "./handles.js";
import { createPlayer } from "./play.js";
import { binEdges, inForce, monthsIn, stored, unitFor, windowFrom } from "./range.js";
import { createTimeBar } from "./timebar.js";
import { undatedCount, wholePeriod } from "./period.js";

const SIDE = 14; // px at both ends for half a handle
const SHORT_DAYS = 58; // a period of fewer days is told to the day
const UNIT_WORDS = { 1: "time.most_month", 3: "time.most_quarter", 12: "time.most_year" };

/** Fill the time region. */
export const createTime = (app, host) => {
  const { store, model, words } = app;
  const whole = wholePeriod(app);
  const bar = createTimeBar(app, { whole });
  host.append(bar.element);
  if (!whole) {
    const say = () => bar.say(words.t("time.none"));
    const off = store.on(["lang"], () => {
      bar.relabel();
      say();
    });
    bar.relabel();
    say();
    return { destroy: off };
  }

  const track = document.createElement("div");
  track.className = "fg-time-track";
  track.dir = "ltr";
  host.append(track);
  const made = { bins: null, binsFor: [], ticks: null, undated: 0, undatedFor: [] };
  const state = () => store.get();
  const calendar = words; // months and years of the view
  const range = () => inForce(state().range, whole);
  const places = (width) => ({ left: SIDE, right: width - SIDE });

  const bins = (width) => {
    const { off, found, lang } = state();
    const unit = unitFor(whole, width - 2 * SIDE);
    const asked = [off, found, lang, unit];
    if (asked.some((value, i) => value !== made.binsFor[i])) {
      const edges = binEdges(whole, unit, calendar);
      const counts = model.histogram(state(), edges);
      made.bins = { unit, edges, counts, most: counts.reduce((a, b) => Math.max(a, b), 0) };
      const { parts } = calendarOf(lang);
      made.ticks = words
        .yearTicks(whole[0], whole[1])
        .map((tick) => ({ ...tick, year: parts(tick.day).year }));
      made.binsFor = asked;
    }
    return made.bins;
  };
  const draw = (ctx, width, height) => {
    const { edges, counts } = bins(width);
    const at = places(width);
    drawHistogram(ctx, width, height, {
      edges,
      counts,
      ticks: made.ticks,
      whole,
      range: range(),
      dir: words.dir,
      ...at,
    });
    handles.place(dayScale(whole, at), range());
  };
  const surface = createSurface(track, draw);
  const setRange = (next) => store.set({ range: stored(next, whole) });
  const pause = () => {
    if (state().playing) store.set({ playing: false });
  };
  const handles = createHandles(app, track, {
    whole,
    calendar,
    range,
    setRange,
    pause,
    scale: () => dayScale(whole, places(surface.size.width)),
  });

  const undated = () => {
    const { off, found } = state();
    if (off !== made.undatedFor[0] || found !== made.undatedFor[1]) {
      made.undated = undatedCount(app, state());
      made.undatedFor = [off, found];
    }
    return made.undated;
  };
  /** The range in words: months where it is long and made of them, else days. */
  const spanSaid = () => {
    const [first, last] = range();
    const months = last - first >= SHORT_DAYS ? monthsIn([first, last], calendar, whole) : null;
    return words.span(first, last, months === null ? "day" : "month");
  };
  const say = () => {
    const { unit, most } = bins(surface.size.width || 600);
    bar.say(spanSaid(), {
      note: state().range && undated() ? words.t("time.undated", { n: undated() }) : "",
      most: most >= 0.5 ? words.t(UNIT_WORDS[unit], { n: Math.round(most) }) : "",
    });
    bar.press(state());
    handles.say(range());
  };

  const months = () =>
    bar.months() ||
    monthsIn(range(), calendar, whole) ||
    Math.max(1, Math.round((range()[1] - range()[0]) / 30.44));
  const player = createPlayer({
    now: () => ({ range: range(), whole, months: months(), calendar }),
    show: setRange,
    end: () => store.set({ playing: false }),
    still: () => window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    clock: {
      ask: (fn) => requestAnimationFrame(fn),
      drop: (id) => cancelAnimationFrame(id),
      time: () => performance.now(),
    },
  });
  /** Before it plays, a window that fits: of the chosen length, from the start if it stands at the end. */
  const begin = () => {
    const all = state().range === null;
    const length = bar.months() || (all ? bar.usual() : 0);
    const [first, last] = range();
    const atEnd = last >= whole[1];
    if (length || atEnd)
      setRange(windowFrom(atEnd ? whole[0] : first, length || months(), { calendar, whole }));
    player.start();
  };
  const playing = () => {
    if (state().playing && !player.running()) begin();
    if (!state().playing && player.running()) {
      player.stop();
      app.ui.announce(spanSaid());
    }
    bar.press(state());
  };
  const touched = (event) => {
    if (!bar.owns(event.target)) pause();
  };
  app.root.addEventListener("pointerdown", touched, true);
  bar.onReset(() => store.set({ range: null, playing: false }));
  track.addEventListener("dblclick", () => store.set({ range: null, playing: false }));

  const offs = [
    store.on(["lang"], () => {
      bar.relabel();
      handles.relabel();
      say();
      surface.request();
    }),
    store.on(["range", "result"], () => {
      say();
      surface.request();
    }),
    store.on(["playing"], playing),
  ];
  bar.relabel();
  handles.relabel();
  surface.measure();
  say();
  const destroy = () => {
    offs.forEach((off) => off());
    player.stop();
    surface.stop();
    app.root.removeEventListener("pointerdown", touched, true);
  };
  return { destroy };
};
