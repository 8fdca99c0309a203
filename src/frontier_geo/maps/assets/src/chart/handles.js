/** The two handles of the time range and the piece between them: pointer and keyboard. */
import { endByKey, shifted, snapped, withEnd } from "./range.js";

const ENDS = ["first", "last"];
const FINE_MONTH_PX = 24; // from here on a handle stops at every day, not only at months

/**
 * Handles in `track`. `how`: whole, calendar, range(), setRange(range), pause(), scale().
 * Returns {place(scale, range), say(range), relabel()}.
 */
export const createHandles = ({ words }, track, { whole, calendar, range, setRange, pause, scale }) => {
  const middle = document.createElement("div");
  middle.className = "fg-time-middle";
  track.append(middle);
  const handles = Object.fromEntries(
    ENDS.map((end) => {
      const handle = document.createElement("div");
      handle.className = "fg-time-handle";
      handle.tabIndex = 0;
      handle.setAttribute("role", "slider");
      handle.setAttribute("aria-orientation", "horizontal");
      handle.append(document.createElement("span"));
      track.append(handle);
      return [end, handle];
    }),
  );

  let drag = null; // {what, from: day under the pointer, range}
  let waiting = 0;
  let wanted = null;
  /** Take a range at most once a frame. */
  const later = (next) => {
    wanted = next;
    if (!waiting)
      waiting = requestAnimationFrame(() => {
        waiting = 0;
        setRange(wanted);
      });
  };
  const dayAt = (event) => scale().day(event.clientX - track.getBoundingClientRect().left);
  const whatAt = (event) => {
    const day = dayAt(event);
    const [first, last] = range();
    const { per } = scale();
    const reach = (event.pointerType === "touch" ? 24 : 12) / per;
    const off = [Math.abs(day - first), Math.abs(day - last - 1)];
    const nearest = off[0] < off[1] || (off[0] === off[1] && day < first) ? "first" : "last";
    if (Math.min(...off) <= reach) return nearest;
    if (day > first && day < last) return first <= whole[0] && last >= whole[1] ? nearest : "middle";
    return nearest;
  };
  const fine = () => scale().per * 30.44 >= FINE_MONTH_PX;
  const moveTo = (day) => {
    if (drag.what === "middle") {
      return shifted(drag.range, Math.round(day - drag.from), { calendar, whole, snap: !fine() });
    }
    const edge = drag.what === "first" ? Math.round(day) : Math.round(day) - 1;
    const to = fine() ? edge : snapped(drag.what, edge, calendar, whole);
    return withEnd(drag.range, drag.what, to, whole);
  };
  track.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pause();
    drag = { what: whatAt(event), from: dayAt(event), range: range(), moved: false };
    track.setPointerCapture(event.pointerId);
    track.classList.add("fg-dragging");
    if (drag.what !== "middle") handles[drag.what].focus({ preventScroll: true });
    event.preventDefault();
  });
  track.addEventListener("pointermove", (event) => {
    if (!drag) {
      const what = whatAt(event);
      track.classList.toggle("fg-on-middle", what === "middle");
      return;
    }
    if (Math.abs(dayAt(event) - drag.from) * scale().per < 2 && !drag.moved) return;
    drag.moved = true;
    later(moveTo(dayAt(event)));
  });
  const drop = (event) => {
    if (!drag) return;
    // A press beside the range brings the nearer end there.
    const outside = drag.what !== "middle" && !drag.moved;
    if (outside && event.type === "pointerup") {
      const [first, last] = drag.range;
      const day = dayAt(event);
      if (day < first - 12 / scale().per || day > last + 12 / scale().per) later(moveTo(day));
    }
    drag = null;
    track.classList.remove("fg-dragging");
  };
  track.addEventListener("pointerup", drop);
  track.addEventListener("pointercancel", drop);
  for (const end of ENDS) {
    handles[end].addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const next = endByKey(event.key, end, range(), { calendar, whole });
      if (!next) return;
      pause();
      setRange(next);
      event.preventDefault();
    });
  }

  /** Where the handles stand; called whenever the histogram is drawn. */
  const place = ({ x }, [first, last]) => {
    const [a, b] = [x(first), x(last + 1)];
    handles.first.style.transform = `translateX(${a.toFixed(1)}px)`;
    handles.last.style.transform = `translateX(${b.toFixed(1)}px)`;
    middle.style.transform = `translateX(${a.toFixed(1)}px)`;
    middle.style.width = `${Math.max(0, b - a).toFixed(1)}px`;
  };
  const say = ([first, last]) => {
    const set = (end, low, high, day) => {
      const handle = handles[end];
      handle.setAttribute("aria-valuemin", String(low));
      handle.setAttribute("aria-valuemax", String(high));
      handle.setAttribute("aria-valuenow", String(day));
      handle.setAttribute("aria-valuetext", words.day(day, "day"));
    };
    set("first", whole[0], last, first);
    set("last", first, whole[1], last);
  };
  const relabel = () => {
    for (const end of ENDS) handles[end].setAttribute("aria-label", words.t(`time.${end}`));
    middle.title = words.t("time.move");
  };
  return { place, say, relabel };
};
