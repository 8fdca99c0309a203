/** Which segment and year a key leads to: pure. */

const FAR = 10;

/**
 * The next place from {segment, row} by a key; null if the key means nothing here. `flip` where the
 * segments run from east to west: → is always east. Rows are years; 0 of them means there are none.
 */
export const moved = (key, { segment, row }, { segments, rows = 0, flip = false }) => {
  const last = segments - 1;
  if (last < 0) return null;
  const along = (steps) => Math.min(last, Math.max(0, segment + (flip ? -steps : steps)));
  const down = (steps) => Math.min(rows - 1, Math.max(0, row + steps));
  const to = {
    ArrowRight: () => ({ segment: along(1), row }),
    ArrowLeft: () => ({ segment: along(-1), row }),
    ArrowUp: () => (rows ? { segment, row: down(-1) } : { segment: along(1), row }),
    ArrowDown: () => (rows ? { segment, row: down(1) } : { segment: along(-1), row }),
    PageUp: () => ({ segment: along(FAR), row }),
    PageDown: () => ({ segment: along(-FAR), row }),
    Home: () => ({ segment: flip ? last : 0, row }),
    End: () => ({ segment: flip ? 0 : last, row }),
  }[key];
  return to ? to() : null;
};
