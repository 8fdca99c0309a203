// Keep what follows from the filters in step with them: the incidents found and all numbers.

/** Compute `result` with every change of a filter, before any part hears of the change. */
export const keepResult = ({ store, model }) => {
  store.derive(["range", "off", "found"], (state) => ({ result: model.update(state) }));
  store.set({ result: model.update(store.get()) });
};

/** Search whenever `query` changes; `found` follows, `searching` is true meanwhile. */
export const keepFound = ({ store, texts }, fail) => {
  let search = null;
  const run = async () => {
    if (search) search.abort();
    const mine = new AbortController();
    search = mine;
    store.set({ searching: true });
    try {
      const found = await texts.search(store.get().query, mine.signal);
      if (search === mine) store.set({ found, searching: false });
    } catch (error) {
      if (error.name === "AbortError") return;
      if (search === mine) store.set({ found: null, searching: false });
      fail(error);
    }
  };
  store.on(["query"], run);
  if (store.get().query) run();
};
