// What the charts compute, plain values in and out: numbers in words, ticks, ranges, paths.
const NAMES = { "0": "NaN", "1": "∞", "-1": "−∞" };
const SECONDS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"], [1e-3, "ms"], [1e-6, "µs"]];
const BYTES = [[2 ** 40, "TiB"], [2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]];

// Numbers of 4 bytes that travelled as base64.
export function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

// In what a number of this size reads well: [how much one is, what it is called].
export function unit(name, size) {
  const [bare, each] = name === "B/s" ? ["B", "/s"] : [name, ""];
  const steps = bare === "s" ? SECONDS : bare === "B" ? BYTES : [[1, bare]];
  const [much, called] = steps.find(([step]) => Math.abs(size) >= step * 0.9999) ?? steps.at(-1);
  return [much, called + each];
}

// A number in at most four digits.
export function short(value) {
  if (!Number.isFinite(value)) return NAMES[Number.isNaN(value) ? 0 : Math.sign(value)];
  const size = Math.abs(value);
  if (size && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e").replace(/-/g, "−");
  return Number(value.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 6 }).replace("-", "−");
}

export function told(value, name) {
  const [much, called] = Number.isFinite(value) && value ? unit(name, value) : [1, name];
  return `${short(value / much)} ${called}`.trim();
}

// About `count` round numbers from low to high.
export function rounds(low, high, count) {
  const raw = (high - low) / Math.max(count, 1);
  if (!(raw > 0)) return [low];
  const ten = 10 ** Math.floor(Math.log10(raw)), step = ten * [1, 2, 5, 10].find((n) => n * ten >= raw * 0.9999);
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

// Powers of ten from low to high, at most `count`; with their doubles and fives where they are few, else round numbers.
export function powers(low, high, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 2) {
    const between = [first - 1, first, first + 1, first + 2].flatMap((power) => [1, 2, 5].map((n) => Number(`${n}e${power}`)));
    const within = between.filter((value) => value >= low * 0.9999 && value <= high * 1.0001);
    return within.length > 1 ? within : rounds(low, high, count).filter((value) => value > 0);
  }
  const step = Math.ceil((last - first + 1) / Math.max(count, 2));
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, at) => Number(`1e${first + at * step}`));
}

// The place among rising numbers that is nearest to x.
export function nearest(xs, x) {
  let low = 0, high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1; else high = middle;
  }
  return low > 0 && (low === xs.length || x - xs[low - 1] <= xs[low] - x) ? low - 1 : low;
}

// From where to where the lines go, on x or, within a range of x, on y; positive numbers alone on a logarithmic axis.
export function extent(lines, axis, log, range) {
  let low = Infinity, high = -Infinity;
  for (const line of lines) {
    for (const values of axis === "x" ? [line.x] : [line.y, line.top ?? []]) {
      for (let at = 0; at < values.length; at++) {
        const value = values[at], outside = range && (line.x[at] < range[0] || line.x[at] > range[1]);
        if (outside || !Number.isFinite(value) || (log && value <= 0)) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
  }
  return low <= high ? [low, high] : null;
}

// The range of the upright axis, with room at both ends; a chart may say where it ends.
export function upright(seen, { log, low, high }) {
  if (!seen) return log ? [0.1, 1] : [low ?? 0, high ?? 1];
  if (log) return seen[0] === seen[1] ? [seen[0] / 2, seen[1] * 2] : [seen[0] / 1.1, seen[1] * 1.1];
  const room = (seen[1] - seen[0]) * 0.05 || Math.abs(seen[0]) * 0.1 || 0.5;
  return [low ?? (seen[0] >= 0 ? Math.max(seen[0] - room, 0) : seen[0] - room), Math.max(high ?? -Infinity, seen[1] + (high === undefined || high === null ? room : 0))];
}

// The text of an SVG path through the points; it breaks where a number is none.
export function path(xs, ys, right, up) {
  let text = "", pen = "M";
  for (let at = 0; at < xs.length; at++) {
    const y = up(ys[at]);
    if (!Number.isFinite(y)) { pen = "M"; continue; }
    text += `${pen}${right(xs[at]).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  }
  return text;
}

// What the legend names: each line, and each group of lines once.
export function entries(lines) {
  const named = lines.filter((line) => line.name && !line.quiet).map((line) => (line.group ? { ...line, name: line.group, dash: false } : line));
  return [...new Map(named.map((line) => [line.name, line])).values()];
}
