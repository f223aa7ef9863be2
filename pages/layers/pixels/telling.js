// What is said of the element in focus: a line of pieces, notes below it, and its products line by line.
const FIRST = 6; // of a list, before all of it is asked for

// `part` is true where the line leaves out or folds some of the `lines`.
export function account(rows, focus, words) {
  if (focus.kind === "y") return made(rows, focus.at, words);
  return focus.kind === "b" ? { line: valued(rows, focus), notes: [words.bias], lines: [] } : used(rows, focus, words);
}

function made(rows, at, words) {
  const { pieces, left, kind, parts } = written(rows, at), work = working(rows, at);
  const notes = [
    ...(kind ? [worded(words.left[kind], { count: left, parts })] : []),
    ...(rows.join === "max" && work.winner !== NOWHERE ? [worded(words.winner, { element: named("x", work.winner, rows.input.shape) })] : []),
    ...unreal(rows, work, words),
  ];
  const lines = rows.join === "copy" ? [] : listed(rows, at, words.pad);
  return { line: pieces, notes, lines: lines.length > 1 ? lines : [], part: Boolean(kind) };
}

// How much of what an output reads is padding, or lies outside, and what that means.
function unreal(rows, { terms, divisor }, words) {
  const padding = terms.filter((term) => term.input === NOWHERE).length, notes = [];
  if (padding && rows.join !== "copy") {
    const cut = terms.filter((term) => term.place && outside(rows, term.place)).length, counts = divisor !== null && divisor !== terms.length - padding;
    if (padding - cut) notes.push(worded(rows.join === "max" ? words.never : counts ? words.counted : words.inPadding, { count: padding - cut }));
    if (cut) notes.push(worded(words.cut, { count: cut }));
  }
  if (padding === terms.length) notes.push(rows.join === "copy" && padding ? words.constant : words.nothing);
  return notes;
}

// An input element with the outputs that it feeds, several ways where padding mirrors it; a weight with the pairs it joins.
function used(rows, focus, words) {
  const { kind } = focus, { lines, count, says } = kind === "x" && rows.winners ? contested(rows, focus, words) : shared(rows, focus, words);
  const line = [...valued(rows, focus), { text: ` ${worded(says[count === 1 ? "one" : "many"], { count })}`, tone: "" }];
  lines.slice(0, FIRST).forEach((pieces, turn) => line.push({ text: turn ? "; " : ": ", tone: "" }, ...pieces));
  const part = lines.length > FIRST;
  if (part) line.push({ text: "; …", tone: "" });
  return { line, notes: [], lines: lines.length > 1 ? lines : [], part };
}

function shared(rows, focus, words) {
  const { lines, outputs } = shares(rows, focus, words.pad);
  if (focus.kind === "w") return { lines, count: lines.length, says: words.joins };
  return { lines, count: outputs, says: rows.transposed ? words.writes : words.feeds };
}

function contested(rows, { at }, words) {
  const lines = contests(rows, at, words);
  return { lines, count: lines.length, says: words.inside };
}

function valued(rows, { kind, at }) {
  const { shape, values } = rows[TENSORS[kind]], { text, rounded } = digits(values[at]);
  return [{ text: named(kind, at, shape), tone: kind }, { text: rounded ? " ≈ " : " = ", tone: "" }, { text, tone: kind }];
}

// The text with values in the places that it names.
export function worded(text, values) {
  return Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), text);
}
