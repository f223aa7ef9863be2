const count = new Intl.NumberFormat("en-US");

// What the script computes, plain values in and out. A row is {name, label, type, kind, depth, look, turn, cells}; `at` is its
// place in the list, `closed` the set of places whose rows below are folded away.
const REPEATS = new Set(["call", "rest"]);  // kinds of rows whose like stand further up

export function percent(share) {
  return !share ? "" : share < 0.0005 ? "< 0.1%" : (100 * share).toFixed(1) + "%";
}

export function share(values, measure) {
  return measure.total ? (values?.[measure.name] ?? 0) / measure.total : 0;
}

export function badges(cell, marks) {
  return (cell ?? []).map(({ mark, text, more, call, calls }) => ({
    text: text ?? marks[mark].text.replace("{call}", count.format(call)).replace("{calls}", count.format(calls)),
    tone: marks[mark].tone, title: marks[mark].title + (more ?? ""),
  }));
}

// Characters that a cell takes; a badge has two more for its rounded ends, "+n" stands for up to four.
export function room(kind, cell, marks) {
  if (kind === "badges") return badges(cell, marks).reduce((sum, badge) => sum + badge.text.length + 2, 0);
  if (kind === "shapes") return cell?.length ? cell[0].length + (cell.length > 1 ? 4 : 0) : 0;
  return kind === "share" ? 0 : (cell ?? "").length;
}

// How wide the first column is, so that as many of the others as have room are seen whole: all of them, or those that fit
// beside an `edge`. `least` is null where all have room as they are.
export function fitted(label, widths, room, narrow, edge) {
  const sum = (count) => widths.slice(0, count).reduce((one, other) => one + other, 0);
  const all = sum(widths.length), low = Math.min(label, narrow);
  if (label + all <= room + 1) return { least: null, columns: widths.length };
  if (low + all <= room) return { least: room - all, columns: widths.length };
  let columns = widths.length - 1;
  while (columns > 1 && low + sum(columns) > room - edge) columns -= 1;
  return { least: Math.max(room - edge - sum(columns), 0.6 * low), columns };
}

export function hasBelow(rows, at) {
  return at + 1 < rows.length && rows[at + 1].depth > rows[at].depth;
}

// The places of the rows that hold the one at `at`, the nearest first.
export function above(rows, at) {
  const places = [];
  for (let to = at - 1, depth = rows[at].depth; to >= 0 && depth > 0; to--) {
    if (rows[to].depth < depth) {
      places.push(to);
      depth = rows[to].depth;
    }
  }
  return places;
}

// What is below `depth`, and what repeats rows further up; at no depth nothing.
export function closedFrom(rows, depth) {
  if (depth === null) return new Set();
  const closes = (row) => row.depth >= depth || (REPEATS.has(row.kind) && !row.look?.includes("continued"));
  return new Set([...rows.keys()].filter((at) => hasBelow(rows, at) && closes(rows[at])));
}

// What stands behind the label: the type, where the label does not say it.
export function beside({ kind, label, type }) {
  return kind === "function" || type === label ? "" : type;
}

// For each row how it answers the query, {named, typed}, both false for one that only holds an answer; null if it is not
// shown. A query with a dot is about whole names, one without about the last part: "conv" is not every row below "conv".
export function search(rows, query) {
  const wanted = query.trim().toLowerCase();
  const answers = rows.map(() => null), path = [];
  rows.forEach((row, at) => {
    path[row.depth] = at;
    const named = (wanted.includes(".") ? row.name : row.label).toLowerCase().includes(wanted);
    const typed = row.type.toLowerCase().includes(wanted);
    if (!named && !typed) return;
    for (const to of path.slice(0, row.depth)) answers[to] ??= { named: false, typed: false };
    answers[at] = { named, typed };
  });
  return answers;
}

export function unfolded(rows, closed) {
  let limit = Infinity;
  return rows.map((row, at) => {
    const visible = row.depth <= limit;
    if (visible) limit = closed.has(at) ? row.depth : Infinity;
    return visible;
  });
}

// What a key does on the row at `at`: {go: place}, {toggle: place} or {pick: place}; {} is nothing, though the key is ours,
// and null lets the browser have it. A search shows rows whatever is folded, so then nothing folds.
export function pressed(key, at, rows, visible, closed, searching) {
  const next = (from, by) => {
    for (let to = from + by; to >= 0 && to < rows.length; to += by) if (visible[to]) return to;
    return at;
  };
  const holds = hasBelow(rows, at), open = holds && (searching || !closed.has(at));
  switch (key) {
    case "ArrowDown": return { go: next(at, 1) };
    case "ArrowUp": return { go: next(at, -1) };
    case "Home": return { go: next(-1, 1) };
    case "End": return { go: next(rows.length, -1) };
    case "ArrowRight": return open ? { go: next(at, 1) } : holds ? { toggle: at } : {};
    case "ArrowLeft": return open && !searching ? { toggle: at } : { go: above(rows, at)[0] ?? at };
    case "Enter": case " ": return { pick: at };
    default: return null;
  }
}
