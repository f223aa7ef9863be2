// How the numbers of a layer are written out: a sum for an element of the output, a list for one of the input.
const LONG = 12; // terms that are written one by one
const SIGNIFICANT = 4;
const WHOLE = 1e6; // below which no digit before the point is left out

// A number as people read it: at most four significant digits, or its whole part, and whether any are left out.
export function digits(value, most = SIGNIFICANT) {
  if (value === null) return { text: "–", rounded: false }; // not finite
  const whole = Math.abs(value) < WHOLE ? String(Math.trunc(Math.abs(value))).length : 0;
  const near = Number(value.toPrecision(Math.max(most, whole))), size = Math.abs(near);
  let text = String(size);
  if (size >= 1e7 || (size > 0 && size < 1e-4)) {
    const [front, back] = size.toExponential().split("e");
    const raised = [...String(Number(back))].map((sign) => sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]).join("");
    text = `${front}·10${raised}`;
  }
  return { text: (near < 0 ? "−" : "") + text, rounded: near !== value };
}

// The same with a sign that says where digits are left out.
export function told(value) {
  const { text, rounded } = digits(value);
  return (rounded ? "≈ " : "") + text;
}

// As much of a number as has room in a cell of so many characters.
export function short(value, room) {
  if (value === null) return "–";
  const size = Math.abs(value), bare = (text) => text.replace(/^(−?)0\./, "$1.");
  for (let most = SIGNIFICANT; most > 1; most--) {
    const text = bare(digits(value, most).text);
    if (text.length <= room) return text;
  }
  if (size < 0.005) return "~0";
  const power = size < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(size) / 3));
  const near = power ? Math.round(size / 1000 ** power) : Number(size.toFixed(size < 1 ? 2 : 0));
  return bare(`${value < 0 ? "−" : ""}${near}${["", "k", "M", "G", "T"][power]}`);
}

export function named(letter, at, shape) {
  return `${letter}[${unflat(at, shape).join(", ")}]`;
}

// A term with its numbers: x, w where there is a weight, and the value of the product.
function worth(rows, term) {
  const x = term.input === NOWHERE ? rows.fill ?? 0 : rows.input.values[term.input];
  const w = term.weight === NOWHERE ? null : rows.weight.values[term.weight];
  return { ...term, x, w, value: x * (w ?? 1) * (term.second ?? 1) * term.share };
}

// One output element with the numbers that make it: what is multiplied, added and divided, and torch's value of it.
export function working(rows, output) {
  const terms = reads(rows, output).map((term) => worth(rows, term));
  const bias = biasOf(rows, output);
  return {
    output, terms, bias, divisor: rows.divisors?.[output] ?? null,
    added: bias === NOWHERE ? null : rows.bias.values[bias],
    winner: rows.winners ? rows.winners[output] : NOWHERE,
    value: rows.output.values[output],
  };
}

// Pieces of a written-out sum, {text, tone}: tone x, w, b or y for what it is of, "" for what stands between.
class Line {
  constructor() { this.pieces = []; this.rounded = false; }
  add(text, tone = "") { this.pieces.push({ text, tone }); return this; }
  // A number; inside a product a negative one stands in brackets.
  number(value, tone, inside = false) {
    const { text, rounded } = digits(value);
    this.rounded ||= rounded;
    return this.add(inside && value < 0 ? `(${text})` : text, tone);
  }
  // A number after what stands before it, with its sign between them.
  signed(value, tone, first) {
    if (first) return this.number(value, tone);
    return this.add(value < 0 ? " − " : " + ").number(Math.abs(value), tone);
  }
  equals(value) {
    const sign = this.rounded || digits(value).rounded ? " ≈ " : " = ";
    return this.add(sign).add(digits(value).text, "y");
  }
}

// What x is multiplied by, each with its tone.
function factorsOf({ w, second, share }) {
  return [[w, "w"], [second, "x"], [share === 1 ? null : share, ""]].filter(([value]) => value !== null);
}

function oneTerm(line, term, first) {
  const factors = factorsOf(term);
  if (!factors.length) return line.signed(term.x, "x", first);
  if (!first) line.add(" + ");
  line.number(term.x, "x", !first);
  for (const [value, tone] of factors) line.add(" · ").number(value, tone, true);
  return line;
}

// What a term reads: an input element, or the padding, which has no index.
function source(line, rows, input, pad) {
  return input === NOWHERE ? line.add(pad) : line.add(named("x", input, rows.input.shape), "x");
}

function sumOf(line, terms) {
  terms.forEach((term, turn) => oneTerm(line, term, turn === 0));
  return line;
}

// Products by what they belong to, where there are many: input channels, or else rows of the kernel.
function parts(terms) {
  const channels = new Set(terms.map((term) => term.channel));
  const by = channels.size > 1 ? (term) => term.channel : (term) => term.place?.[0] ?? 0;
  const groups = new Map();
  for (const term of terms) groups.set(by(term), [...(groups.get(by(term)) ?? []), term]);
  return [...groups.values()].map((terms) => ({ value: terms.reduce((sum, { value }) => sum + value, 0) }));
}

// How an output element comes about, in one line; `left` is how many terms are not written one by one, and `kind` why:
// "zero" for products of nothing, "more", or "channels" and "rows" where sums over these stand for them.
export function written(rows, output, all = false) {
  const work = working(rows, output), line = new Line();
  const real = work.terms.filter((term) => term.input !== NOWHERE);
  let terms = rows.join === "sum" ? work.terms : real, left = 0, kind = "";
  line.add(named("y", output, rows.output.shape), "y").add(" = ");
  if (!all && terms.length > LONG && (rows.join === "sum" || rows.join === "mean")) {
    const some = terms.filter((term) => term.value !== 0);
    left = terms.length - some.length;
    kind = left ? "zero" : "";
    terms = some;
  }
  const groups = parts(terms), long = !all && terms.length > LONG && groups.length < terms.length;
  const bracket = work.divisor !== null && work.divisor !== 1 && terms.length > 1;
  if (rows.join === "max") {
    line.add("max(");
    (long ? terms.slice(0, LONG) : terms).forEach((term, turn) => { if (turn) line.add(", "); line.number(term.x, "x"); });
    if (long) line.add(", …"), left = terms.length - LONG, kind = "more";
    line.add(")");
  } else if (rows.join === "norm") {
    const factor = rows.times / (work.divisor ?? rows.times);
    line.add("(");
    const bracket = factor !== 1 && terms.length > 1;
    if (factor !== 1) line.number(factor, "").add(bracket ? " · (" : " · ");
    (long ? terms.slice(0, LONG) : terms).forEach((term, turn) => {
      if (turn) line.add(" + ");
      line.number(term.x, "x", true).add(raised(rows.norm));
    });
    if (long) line.add(" + …"), left = terms.length - LONG, kind = "more";
    line.add(`${bracket ? ")" : ""})${raised(rows.norm, true)}`);
  } else if (rows.join === "apply") {
    line.add(`${rows.layer ?? "f"}(`);
    terms.slice(0, LONG).forEach((term, turn) => { if (turn) line.add(", "); line.number(term.x, "x"); });
    if (terms.length > LONG) line.add(", …"), left = terms.length - LONG, kind = "more";
    line.add(")");
  } else {
    if (bracket) line.add("(");
    if (long) {
      left = work.terms.length;
      kind = new Set(terms.map((term) => term.channel)).size > 1 ? "channels" : "rows";
      groups.forEach(({ value }, turn) => line.signed(value, "", turn === 0));
    } else if (terms.length) sumOf(line, terms);
    else line.add("0");
    if (bracket) line.add(")");
    if (work.divisor !== null && work.divisor !== 1) line.add(" / ").number(work.divisor, "", true);
    if (work.added !== null) line.signed(work.added, "w", false);
  }
  if (rows.join === "copy") {
    line.pieces.splice(1);
    if (real.length) line.add(" = ").add(named("x", real[0].input, rows.input.shape), "x");
  }
  line.equals(work.value);
  return { pieces: line.pieces, left, kind, parts: groups.length, count: work.terms.length };
}

function raised(power, root = false) {
  const digit = (text) => [...text].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign] ?? { ".": "·", "-": "⁻" }[sign] ?? sign).join("");
  return root ? `^(1/${digits(power).text})` : Number.isInteger(power) ? digit(String(power)) : `^${digits(power).text}`;
}

// Each term by itself, for who asks for all of them; `pad` is what padding is called.
export function listed(rows, output, pad) {
  return working(rows, output).terms.filter((term) => rows.join === "sum" || term.input !== NOWHERE).map((term) => {
    const line = source(new Line(), rows, term.input, pad);
    if (term.w !== null) line.add(" · ").add(named("w", term.weight, rows.weight.shape), "w");
    oneTerm(line.add(": "), term, true);
    if (factorsOf(term).length) line.equals(term.value);
    return line.pieces;
  });
}

export function text(pieces) {
  return pieces.map((piece) => piece.text).join("");
}

// The number that a visitor typed, or why there is none: "empty", "word", "infinite" or "large".
export function typed(said, limit) {
  const clean = said.trim().replace(/^[−–]/, "-").replace(/^\+/, "");
  if (!clean) return { why: "empty" };
  if (/^-?(inf(inity)?|∞)$/i.test(clean)) return { why: "infinite" };
  if (!/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?$/i.test(clean)) return { why: "word" };
  const value = Number(clean);
  if (Math.abs(value) > limit) return { why: "large" };
  return { value: value === 0 ? 0 : value };
}

// The windows that an input element lies in where only the largest goes on: of each whether it does, or which one does.
export function contests(rows, input, words) {
  return [...new Set(feeds(rows, input).map((term) => term.output))].map((output) => {
    const winner = rows.winners[output], says = winner === input ? words.wins : words.loses;
    const element = named("x", winner, rows.input.shape);
    return [{ text: named("y", output, rows.output.shape), tone: "y" }, { text: `, ${worded(says, { element })}`, tone: "" }];
  });
}

// What an input element feeds, or which pairs a weight joins: a product of each, and how many outputs they go into.
export function shares(rows, { kind, at }, pad) {
  const terms = kind === "x" ? feeds(rows, at) : uses(rows, at);
  const lines = terms.map((term) => {
    const line = new Line().add(named("y", term.output, rows.output.shape), "y");
    if (kind === "w") source(line.add(" ← "), rows, term.input, pad);
    if (rows.join !== "sum") return line.pieces;
    const product = worth(rows, term);
    oneTerm(line.add(": "), product, true);
    return (factorsOf(product).length ? line.equals(product.value) : line).pieces;
  });
  return { lines, outputs: new Set(terms.map((term) => term.output)).size };
}
