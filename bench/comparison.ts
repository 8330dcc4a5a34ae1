/** Summarises runs of the comparison: medians, and the table and plot of docs/performance.md. @module */

/** One run of one program, in the form of the peers' `benchrun`. */
export interface Run {
  readonly name: string;
  readonly records_per_s: number;
  readonly first_row_s?: number;
  readonly rss_peak_kb: number;
  readonly cpu_s: number;
  /** "exact (… rows)" if the table matches the topic. */
  readonly verify?: string;
  readonly status: string;
}

/** A program's medians. */
export interface Summary {
  readonly name: string;
  readonly runs: number;
  readonly perSecond: number;
  readonly firstRowSeconds: number;
  readonly peakMib: number;
  readonly cpuSeconds: number;
}

/**
 * Returns medians by program, in order of appearance.
 *
 * @throws Error for a run that failed or whose table doesn't match the topic
 */
export function summarize(runs: readonly Run[]): readonly Summary[] {
  for (const { name, status, verify = "not compared" } of runs) {
    if (!status.startsWith("ok") || !verify.startsWith("exact")) {
      throw new Error(
        `Cannot count a run of ${name}: its status is ${status}, its table ${verify}; expected exact`,
      );
    }
  }
  const names = [...new Set(runs.map(({ name }) => name))];
  return names.map((name) => {
    const own = runs.filter((run) => run.name === name);
    return {
      name,
      runs: own.length,
      perSecond: median(own.map((run) => run.records_per_s)),
      firstRowSeconds: median(own.map((run) => run.first_row_s ?? Number.NaN)),
      peakMib: median(own.map((run) => run.rss_peak_kb / 1024)),
      cpuSeconds: median(own.map((run) => run.cpu_s)),
    };
  });
}

/** Returns the middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/** Returns the table in Markdown. */
export function tableOf(summaries: readonly Summary[]): string {
  const rows = summaries.map(({ name, runs, perSecond, firstRowSeconds, peakMib, cpuSeconds }) => [
    name,
    String(runs),
    Math.round(perSecond).toLocaleString("en-US"),
    firstRowSeconds.toFixed(2),
    peakMib.toFixed(0),
    cpuSeconds.toFixed(1),
  ]);
  const head = ["program", "runs", "events/s", "first row s", "peak RSS MiB", "CPU s"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    `| ${
      cells.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
      ).join(" | ")
    } |`;
  const rule = `| ${
    widths.map((width, column) => column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`).join(" | ")
  } |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

const plot = { width: 640, barHeight: 22, labelWidth: 150, barWidth: 380, groupGap: 34 } as const;

/** Returns bars of events per second, CPU seconds and memory as SVG. */
export function plotOf(summaries: readonly Summary[], caption: string): string {
  const groups = [
    { title: "events per second", values: summaries.map(({ perSecond }) => perSecond), digits: 0 },
    { title: "CPU seconds", values: summaries.map(({ cpuSeconds }) => cpuSeconds), digits: 1 },
    { title: "peak RSS, MiB", values: summaries.map(({ peakMib }) => peakMib), digits: 0 },
  ];
  const parts: string[] = [];
  let y = 24;
  for (const { title, values, digits } of groups) {
    parts.push(`<text x="8" y="${y}" font-weight="bold">${title}</text>`);
    const most = Math.max(...values);
    summaries.forEach(({ name }, index) => {
      const value = values[index] ?? 0;
      const top = y + 8 + index * plot.barHeight;
      const width = Math.round(value / most * plot.barWidth);
      parts.push(
        `<text x="8" y="${top + 14}">${escaped(name)}</text>`,
        `<rect x="${plot.labelWidth}" y="${top}" width="${width}" height="16" fill="${
          index === 0 ? "#8a8a8a" : "#2b6cb0"
        }"/>`,
        `<text x="${plot.labelWidth + width + 6}" y="${top + 13}">${
          value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })
        }</text>`,
      );
    });
    y += summaries.length * plot.barHeight + plot.groupGap;
  }
  parts.push(`<text x="8" y="${y}" fill="#555555">${escaped(caption)}</text>`);
  const size = `width="${plot.width}" height="${y + 16}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="13">\n` +
    `<rect width="100%" height="100%" fill="#ffffff"/>\n${parts.join("\n")}\n</svg>\n`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** Replaces the text between two marks of a document. */
export function replaceBetween(document: string, mark: string, text: string): string {
  const [begin, end] = [`<!-- ${mark} begin -->`, `<!-- ${mark} end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`Cannot write the table: the marks of ${mark} aren't there`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}
