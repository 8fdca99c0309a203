// The one state of the page. Parts change it by `set` and hear of changes by `on`.

const MOST_TURNS = 100;

/** Tell all who listen for one of the changed keys; a listener that fails keeps no other from hearing. */
const tellAll = (listeners, getState, changed) => {
  const failures = [];
  for (const { keys, listener } of [...listeners]) {
    if (!keys.some((key) => changed.has(key))) continue;
    try {
      listener(getState(), changed);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length) throw failures[0];
};

/**
 * A store: `get()`, `set(patch)`, and `on(keys, listener)`, which returns a way to stop listening.
 * `derive(keys, make)` adds what `make(state)` returns to every change of these keys, before anyone
 * hears of it.
 */
export const createStore = (initial = {}) => {
  let state = { ...initial };
  let waiting = null; // keys changed by listeners, of which all hear in the next turn
  const listeners = new Set();
  const derived = [];

  const merge = (patch, changed) => {
    const keys = Object.keys(patch).filter((key) => !Object.is(state[key], patch[key]));
    keys.forEach((key) => changed.add(key));
    if (keys.length) state = { ...state, ...patch };
  };

  const change = (patch) => {
    const changed = new Set();
    merge(patch, changed);
    for (const { keys, make } of derived) {
      if (keys.some((key) => changed.has(key))) merge(make(state) || {}, changed);
    }
    return changed;
  };

  const settle = () => {
    for (let turn = 0; waiting.size > 0; turn += 1) {
      if (turn === MOST_TURNS) throw new Error(`The state never settles: ${[...waiting].join(", ")}.`);
      const now = waiting;
      waiting = new Set();
      tellAll(listeners, () => state, now);
    }
  };

  const set = (patch) => {
    const changed = change(patch);
    if (waiting) {
      changed.forEach((key) => waiting.add(key));
      return;
    }
    waiting = changed;
    try {
      settle();
    } finally {
      waiting = null;
    }
  };

  const on = (keys, listener) => {
    const entry = { keys: [].concat(keys), listener };
    listeners.add(entry);
    return () => listeners.delete(entry);
  };

  const derive = (keys, make) => {
    derived.push({ keys: [].concat(keys), make });
  };

  return { get: () => state, set, on, derive };
};
