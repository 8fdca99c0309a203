// The state of the page in its address, so that a link shows the same view.
import { gregorianDay, calendars } from "../words/calendar.js";
import { FILTER_NAMES, nothingOff } from "./initial.js";

const MOST_LETTERS = 20000;
const MOST_QUERY = 500;
const PICKS = {
  segment: "segments",
  incident: null,
  stretch: "stretches",
  cell: "cells",
  referent: "referents",
};
const CHARTS = ["profile", "years"];
const STYLES = ["ribbon", "bars"];
const SIDES = ["unknown", "left", "right", "both"];

/** The words of a filter in the order of their indexes. */
const vocabulary = (head, filter) => {
  if (filter === "sides") return SIDES;
  if (filter === "types") return head.types.map(({ key }) => key);
  return filter === "confidences" ? ["unknown", ...head.confidences] : head[filter];
};

const isoOf = (day) => new Date(day * 86400000).toISOString().slice(0, 10);

const dayOf = (text) => {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return null;
  const [year, month, date] = match.slice(1).map(Number);
  const day = gregorianDay(year, month, date);
  return calendars.gregory.parts(day).month === month ? day : null; // no 30 February
};

const readRange = (text, { first_day: first, last_day: last }) => {
  const days = (text || "").split("..").map(dayOf);
  if (days.length !== 2 || days[0] === null || days[1] === null || days[0] > days[1]) return null;
  const range = [Math.max(days[0], first), Math.min(days[1], last)];
  return range[0] > range[1] || (range[0] === first && range[1] === last) ? null : range;
};

const readView = (text) => {
  const [zoom, lat, lon, ...more] = (text || "").split("/").map((part) => (part === "" ? NaN : Number(part)));
  const fine = more.length === 0 && zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85.06 && Math.abs(lon) <= 540;
  return fine ? { zoom, lat, lon } : null;
};

const readOff = (params, head) => {
  const off = nothingOff();
  for (const filter of FILTER_NAMES) {
    const place = new Map(vocabulary(head, filter).map((word, i) => [word, i]));
    for (const word of params.getAll(`no-${filter}`)) if (place.has(word)) off[filter].add(place.get(word));
  }
  return off;
};

const wholeNumber = (text) => (/^\d{1,9}$/.test(text) ? Number(text) : -1);

const readPick = (text, head) => {
  const at = (text || "").indexOf(":");
  const [kind, id] = [text ? text.slice(0, at) : "", text ? text.slice(at + 1) : ""];
  if (at < 0 || !Object.prototype.hasOwnProperty.call(PICKS, kind)) return null;
  if (kind === "segment") {
    const index = head.segments.id.map(String).indexOf(id);
    return index < 0 ? null : { kind, id: index };
  }
  const many = kind === "incident" ? head.n : (head[PICKS[kind]] || []).length;
  const index = wholeNumber(id);
  return index >= 0 && index < many ? { kind, id: index } : null;
};

/** Layers that a link may switch: not the online tiles, for which a server is asked. */
const linkedLayers = (layers) => Object.keys(layers).filter((name) => name !== "tiles");

const readLayers = (params, layers) => {
  const changed = { ...layers };
  const names = linkedLayers(layers);
  const known = (text) => (text || "").split(",").filter((name) => names.includes(name));
  known(params.get("show")).forEach((name) => {
    changed[name] = true;
  });
  known(params.get("hide")).forEach((name) => {
    changed[name] = false;
  });
  return changed;
};

const oneOf = (value, words, otherwise) => (words.includes(value) ? value : otherwise);

/**
 * Read an address' hash: the whole of the state that a hash can hold. What it does not say, or says in a
 * way that makes no sense, is as in `initial`; it never fails.
 */
export const readHash = (hash, head, initial) => {
  const text = String(hash || "").replace(/^#/, "");
  const params = new URLSearchParams(text.length > MOST_LETTERS ? "" : text);
  return {
    lang: oneOf(params.get("lang"), head.languages, initial.lang),
    view: readView(params.get("map")),
    range: readRange(params.get("time"), head.rates),
    off: readOff(params, head),
    query: (params.get("q") || "").slice(0, MOST_QUERY),
    pick: readPick(params.get("pick"), head),
    chart: oneOf(params.get("chart"), CHARTS, initial.chart),
    style: oneOf(params.get("style"), STYLES, initial.style),
    layers: readLayers(params, initial.layers),
  };
};

const writePick = (pick, head) => {
  if (!pick || !Object.prototype.hasOwnProperty.call(PICKS, pick.kind)) return null;
  return `${pick.kind}:${pick.kind === "segment" ? head.segments.id[pick.id] : pick.id}`;
};

const writeView = (view) =>
  view ? [Number(view.zoom.toFixed(2)), view.lat.toFixed(4), view.lon.toFixed(4)].join("/") : null;

/** The hash of a state, without "#": only what differs from `initial`. */
export const writeHash = (state, head, initial) => {
  const params = new URLSearchParams();
  const put = (name, value) => {
    if (value !== null && value !== "") params.append(name, value);
  };
  const changed = (key) => (state[key] === initial[key] ? null : state[key]);
  put("lang", changed("lang"));
  put("map", writeView(state.view));
  put("time", state.range && state.range.map(isoOf).join(".."));
  for (const filter of FILTER_NAMES) {
    const words = vocabulary(head, filter);
    [...state.off[filter]].sort((a, b) => a - b).forEach((i) => put(`no-${filter}`, words[i] ?? ""));
  }
  put("q", state.query.slice(0, MOST_QUERY));
  put("pick", writePick(state.pick, head));
  put("chart", changed("chart"));
  put("style", changed("style"));
  const differ = (to) =>
    linkedLayers(initial.layers)
      .filter((name) => state.layers[name] === to && initial.layers[name] !== to)
      .join(",");
  put("show", differ(true));
  put("hide", differ(false));
  return params.toString().replace(/%2F/g, "/").replace(/%3A/g, ":").replace(/%2C/g, ",");
};
