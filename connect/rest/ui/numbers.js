/**
 * What the page makes of two looks at the same counters. Plain JavaScript, as the browser loads it.
 *
 * @module
 */

/** How much a counter grows a second; undefined where it began anew or no time has passed. */
export function perSecond(before, now, seconds) {
  return seconds > 0 && now >= before ? (now - before) / seconds : undefined;
}

/**
 * A quantile of the values that came between two looks at a histogram, by straight lines between its bounds;
 * undefined where none came.
 */
export function quantileBetween(before, now, quantile) {
  const count = now.count - before.count;
  if (!(count > 0)) return undefined;
  const rank = quantile * count;
  let [lowerBound, lowerCount] = [0, 0];
  for (const [index, { bound, count: total }] of now.buckets.entries()) {
    const upTo = total - (before.buckets[index]?.count ?? 0);
    if (upTo >= rank) {
      const share = upTo === lowerCount ? 1 : (rank - lowerCount) / (upTo - lowerCount);
      return lowerBound + share * (bound - lowerBound);
    }
    [lowerBound, lowerCount] = [bound, upTo];
  }
  return lowerBound; // beyond the last bound: at least that
}

/** A number with its thousands apart. */
export function grouped(value) {
  return value === undefined ? "–" : Math.round(value).toLocaleString("en-US");
}

/** A rate: small ones with a decimal. */
export function shownRate(value) {
  if (value === undefined) return "–";
  return value > 0 && value < 10 ? value.toFixed(1) : grouped(value);
}

/** Seconds as a person says them. */
export function shownSeconds(seconds) {
  if (seconds === undefined) return "–";
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

/** Points of a line over the latest values, for an SVG of that size. */
export function linePoints(values, { width, height, count }) {
  const top = Math.max(1, ...values);
  const step = width / Math.max(1, count - 1);
  const left = width - (values.length - 1) * step;
  return values.map((value, index) =>
    `${(left + index * step).toFixed(1)},${(height - value / top * height).toFixed(1)}`
  ).join(" ");
}
