// What is on the page but not in the rates, by reason.
import { joined } from "./lists.js";

const GROUPED = { scope: "about.aside_scope", confidence: "about.aside_confidence" };

/** Reasons as the head has them, such as "confidence low": {group, value, count}; others have no group. */
const reasons = (data) =>
  Object.entries(data.notes.set_aside || {})
    .filter(([reason, count]) => count > 0 && reason !== "outside the period")
    .map(([reason, count]) => {
      const [, group, value] = /^(\w+) (.+)$/.exec(reason) || [];
      return GROUPED[group] ? { group, value, count } : { group: null, value: reason, count };
    });

const grouped = (words, group, what) => (group ? words.t(GROUPED[group], { what }) : what);

/** [text, count] pairs of what is on the page but not in the rates. */
export const notCounted = (words, data) =>
  reasons(data).map(({ group, value, count }) => [
    grouped(words, group, group ? words.term(group, value) : value),
    count,
  ]);

/** The same without numbers: one text for each group of reasons. */
export const notCountedGroups = (words, data) => {
  const all = reasons(data);
  return [...new Set(all.map(({ group }) => group))].map((group) => {
    const values = all.filter((one) => one.group === group).map(({ value }) => value);
    return grouped(
      words,
      group,
      joined(
        words,
        values.map((value) => (group ? words.term(group, value) : value)),
      ),
    );
  });
};
