// The heading of the table: three buttons that sort.
import { button, el } from "./dom.js";

const KEYS = ["type", "date", "place"];
const UP_FIRST = { date: false, type: true, place: true };

/** The order after a press on `key`: another key starts its own way, the same key turns round. */
export const nextOrder = (order, key) =>
  order.key === key ? { key, up: !order.up } : { key, up: UP_FIRST[key] };

/** `order` is changed in place; `sort` is called after each change. */
export const createTableHead = (app, order, sort) => {
  const { words } = app;
  const cells = KEYS.map((key) => {
    const press = button("", "fg-sort", () => {
      Object.assign(order, nextOrder(order, key));
      label();
      sort();
    });
    return {
      key,
      press,
      cell: el("th", { scope: "col", role: "columnheader", class: `fg-head-${key}` }, [press]),
    };
  });
  const label = () => {
    for (const { key, press, cell } of cells) {
      const on = order.key === key;
      press.textContent = words.t(`table.${key}`);
      press.classList.toggle("fg-up", on && order.up);
      press.classList.toggle("fg-down", on && !order.up);
      if (on) cell.setAttribute("aria-sort", order.up ? "ascending" : "descending");
      else cell.removeAttribute("aria-sort");
    }
  };
  const element = el("thead", { role: "rowgroup" }, [
    el(
      "tr",
      { role: "row" },
      cells.map((one) => one.cell),
    ),
  ]);
  return { element, label };
};
