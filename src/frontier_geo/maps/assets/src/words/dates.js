// Days and spans of days in words, in the calendar of the language.
import { calendars, calendarOf, yearsBetween } from "./calendar.js";
import { formatNumber, formatYear } from "./numbers.js";

const COARSE = { year: 0, month: 1, week: 2, day: 2 };
const DENSEST_YEARS = 40; // ticks

/** The last day of the Gregorian month or year that begins with (or holds) a day. */
const endOf = (day, precision) => {
  const { year, month } = calendars.gregory.parts(day);
  if (precision === "year") return calendars.gregory.yearStart(year + 1) - 1;
  if (precision === "month") return calendars.gregory.monthStart(year, month + 1) - 1;
  return precision === "week" ? day + 6 : day;
};

/** `t` gives the names of months; `lang()` the language of the view; `join(a, b)` a range of two texts. */
export const createDates = ({ t, lang, join }) => {
  const calendar = () => calendarOf(lang());
  const solar = () => calendar() === calendars.persian;
  const monthName = (month, form) => t(solar() ? `hijri.${month}` : `${form}.${month}`);
  const yearName = (year) => formatYear(lang(), year);

  /** One day, month or year, from its parts; without its year where that is said beside it. */
  const written = (parts, level, withYear = true) => {
    const year = withYear ? ` ${yearName(parts.year)}` : "";
    if (level === 0) return yearName(parts.year);
    if (level === 1) return monthName(parts.month, "month_alone") + year;
    return `${formatNumber(lang(), parts.day)} ${monthName(parts.month, "month")}${year}`;
  };

  const sameTo = (level, a, b) =>
    a.year === b.year && (level < 1 || a.month === b.month) && (level < 2 || a.day === b.day);

  /** From one day to another, no finer than `precision` ("day", "month" or "year"). */
  const span = (first, last, precision = "day") => {
    const level = COARSE[precision] ?? 2;
    const [from, to] = [calendar().parts(first), calendar().parts(last)];
    if (sameTo(level, from, to)) return written(from, level);
    const short = from.year === to.year;
    return join(written(from, level, !short), written(to, level));
  };

  /**
   * A day as well as it is known. What is known to a month or year is so in the Gregorian calendar: in
   * the other one it is the months or years that it touches.
   */
  const day = (first, precision = "day") => span(first, endOf(first, precision), precision);

  /** The starts of years between two days, with their numbers; of every second, fifth … where many. */
  const yearTicks = (first, last) => {
    const starts = yearsBetween(calendar(), first, last)
      .map(({ year }) => ({ year, day: calendar().yearStart(year) }))
      .filter((tick) => tick.day >= first);
    const step = [1, 2, 5, 10, 20, 50, 100].find((n) => starts.length / n <= DENSEST_YEARS) || 500;
    return starts
      .filter(({ year }) => year % step === 0)
      .map((tick) => ({ day: tick.day, label: yearName(tick.year) }));
  };

  /** The years that touch the days `first` to `last`, each with its label, first day and range of days. */
  const years = (first, last) =>
    yearsBetween(calendar(), first, last).map(({ year, range }) => ({
      label: yearName(year),
      day: calendar().yearStart(year),
      range,
      first: range[0],
      last: range[1],
    }));

  return { day, span, yearTicks, years };
};
