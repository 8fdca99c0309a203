// Days, months and years of the two calendars. A day is a whole number: days since 1 January 1970.

const DAY_MS = 86400000;

const dateOf = (day) => new Date(day * DAY_MS);

/** The day of a date of the Gregorian calendar; months count from 1. */
export const gregorianDay = (year, month, day) => {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.round(date.getTime() / DAY_MS);
};

const gregorian = {
  name: "gregory",
  parts: (day) => {
    const date = dateOf(day);
    return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
  },
  yearStart: (year) => gregorianDay(year, 1, 1),
  monthStart: (year, month) => gregorianDay(year, month, 1),
};

// The solar hijri year begins at the spring equinox; its months are 6 × 31, 5 × 30 and the rest.
const GAP = 621; // between the numbers of the years
const solarMonthDays = (month) => (month <= 7 ? 31 * (month - 1) : 186 + 30 * (month - 7));

let format = null;
const isNewYear = (day) => {
  const options = { timeZone: "UTC", year: "numeric", month: "numeric", day: "numeric" };
  format = format || new Intl.DateTimeFormat("en-u-ca-persian-nu-latn", options);
  const parts = Object.fromEntries(format.formatToParts(dateOf(day)).map((part) => [part.type, part.value]));
  return parts.month === "1" && parts.day === "1";
};

const newYears = new Map();
const solarYearStart = (year) => {
  if (!newYears.has(year)) {
    const around = gregorianDay(year + GAP, 3, 21);
    const day = [around, around - 1, around + 1, around - 2, around + 2].find(isNewYear);
    newYears.set(year, day === undefined ? around : day);
  }
  return newYears.get(year);
};

const solar = {
  name: "persian",
  parts: (day) => {
    let year = dateOf(day).getUTCFullYear() - GAP;
    if (day < solarYearStart(year)) year -= 1;
    const within = day - solarYearStart(year);
    const month = within < 186 ? Math.floor(within / 31) + 1 : Math.floor((within - 186) / 30) + 7;
    return { year, month, day: within - solarMonthDays(month) + 1 };
  },
  yearStart: solarYearStart,
  monthStart: (year, month) => solarYearStart(year) + solarMonthDays(month),
};

/** The calendar of a view in a language. */
export const calendarOf = (lang) => (lang === "fa" ? solar : gregorian);

export const calendars = { gregory: gregorian, persian: solar };

/** The years that touch the days `first` to `last`: their number, first and last day within these. */
export const yearsBetween = (calendar, first, last) => {
  const years = [];
  for (let year = calendar.parts(first).year; calendar.yearStart(year) <= last; year += 1) {
    const range = [
      Math.max(first, calendar.yearStart(year)),
      Math.min(last, calendar.yearStart(year + 1) - 1),
    ];
    years.push({ year, range });
  }
  return years;
};

/** The first days of all months that touch the days `first` to `last`, and of the month after. */
export const monthEdges = (calendar, first, last) => {
  const edges = [];
  let { year, month } = calendar.parts(first);
  for (let start = -Infinity; start <= last;) {
    start = calendar.monthStart(year, month);
    edges.push(start);
    month += 1;
    if (month > 12) [year, month] = [year + 1, 1];
  }
  return edges;
};

/** The same day `n` months on; the last of the month where that has no such day. */
export const addMonths = (calendar, day, n) => {
  const { year, month, day: date } = calendar.parts(day);
  const count = 12 * year + (month - 1) + n;
  const [inYear, inMonth] = [Math.floor(count / 12), (((count % 12) + 12) % 12) + 1];
  const next = inMonth === 12 ? calendar.yearStart(inYear + 1) : calendar.monthStart(inYear, inMonth + 1);
  return Math.min(calendar.monthStart(inYear, inMonth) + date - 1, next - 1);
};
