// Two epochs as squares: a sample each, a row for each batch, in the colours of their classes.
const NUMBERED = 10; // squares of a row up to which each says its number

function filledIn(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function told(number) {
  return number.toLocaleString("en-US");
}

// Black or white, whichever is read better on the colour.
export function inkOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (light + 0.05) / 0.05 > 1.05 / (light + 0.05) ? "black" : "white";
}

// The place that a key leads to among rows of so many squares; null lets the browser have the key.
export function led(key, [row, column], wides) {
  const inside = (at) => Math.min(Math.max(at, 0), wides.length - 1);
  const to = { ArrowDown: [row + 1, column], ArrowUp: [row - 1, column], ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1],
    Home: [row, 0], End: [row, Infinity] }[key];
  return to && [inside(to[0]), Math.min(Math.max(to[1], 0), wides[inside(to[0])] - 1)];
}

export default function({ data, parentElement }) {
  const root = parentElement.querySelector(".orders"), state = (root.state ??= {}), lost = root.querySelector(".lost");
  lost.textContent = data.words.lost;
  fetched(state, data.rows).then((rows) => {
    lost.hidden = true;
    const drawn = JSON.stringify(data);
    if (state.drawn === drawn) return;
    state.drawn = drawn;
    show(root, rows, data);
  }, () => { lost.hidden = false; });
}

function show(root, rows, { words, palette }) {
  const line = root.querySelector(".line"), spots = new Map();  // the squares of each sample
  let lit = [];
  const say = (square) => {
    lit.forEach((other) => other.classList.remove("same"));
    lit = square ? spots.get(square.sample) : [];
    lit.forEach((other) => other.classList.add("same"));
    line.textContent = square ? square.says : words.hint;
  };
  legend(root, rows, words, palette);
  root.querySelector(".epochs").replaceChildren(...rows.epochs.map(({ batches }, epoch) => {
    const figure = make("figure", "epoch"), sheet = make("div", "sheet");
    figure.append(make("figcaption", "", filledIn(words.epoch, { number: epoch + 1 })), sheet);
    sheet.tabIndex = batches.length ? 0 : -1;
    sheet.setAttribute("role", "group");
    sheet.setAttribute("aria-label", filledIn(words.keys, { number: epoch + 1 }));
    const wide = Math.max(...batches.map(({ samples }) => samples.length)), size = Math.max(...batches.map((batch) => batch.size));
    sheet.style.setProperty("--wide", wide);
    sheet.classList.toggle("numbered", wide <= NUMBERED);
    const lines = batches.map((batch) => row(batch, epoch, { rows, words, palette, size, numbered: wide <= NUMBERED, spots }));
    lines.forEach(({ element }, at) => {
      const skipped = at ? batches[at].batch - batches[at - 1].batch - 1 : 0;
      if (skipped) sheet.append(make("div", "skipped", filledIn(words.skipped, { count: told(skipped) })));
      sheet.append(element);
    });
    if (!lines.length) return figure;
    let at = null;
    sheet.onpointerover = sheet.onpointerdown = (event) => { if (event.target.says) say(event.target); };
    sheet.onpointerleave = () => say(null);
    sheet.onblur = () => { at = null; say(null); };
    sheet.onkeydown = (event) => {
      const to = event.ctrlKey || event.metaKey || event.altKey ? null
        : led(event.key, at ?? [0, event.key === "ArrowRight" ? -1 : 0], lines.map(({ squares }) => squares.length));
      if (!to) return;
      event.preventDefault();
      at = to;
      say(lines[at[0]].squares[at[1]]);
    };
    return figure;
  }));
  say(null);
}

function row({ batch, size: count, left, samples }, epoch, { rows, words, palette, size, numbered, spots }) {
  const element = make("div", left ? "batch left" : count < size ? "batch short" : "batch"), squares = make("div", "squares");
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", filledIn(left ? words.left : words.batch, { batch: told(batch + 1), size: told(count) }));
  const drawn = samples.map(([sample, label], place) => {
    const square = make("span", "", numbered ? String(sample) : ""), colour = palette[rows.hues[label]];
    square.style.background = colour;
    square.style.color = inkOn(colour);
    square.sample = sample;
    square.says = filledIn(left ? words.gone : words.at,
      { epoch: epoch + 1, batch: told(batch + 1), place: place + 1, sample: told(sample), label: rows.classes[label] });
    if (!spots.has(sample)) spots.set(sample, []);
    spots.get(sample).push(square);
    return square;
  });
  squares.append(...drawn);
  const hidden = count - samples.length, ends = [];
  if (hidden > 0) ends.push(`+${told(hidden)}`);
  if (left) ends.push(words.dropped);
  else if (count < size) ends.push(words.short);
  element.append(make("span", "number", left ? "" : told(batch + 1)), squares,
    make("span", "end", ends.join(" "), hidden > 0 ? filledIn(words.more, { count: told(hidden) }) : ""));
  return { element, squares: drawn };
}

function legend(root, rows, words, palette) {
  const names = new Map();
  rows.classes.forEach((name, label) => {
    const hue = rows.hues[label];
    names.set(hue, names.has(hue) ? words.others : name);
  });
  root.querySelector(".legend").replaceChildren(...[...names.keys()].sort((one, other) => one - other).map((hue) => {
    const item = make("li", "", names.get(hue)), mark = make("i");
    mark.style.background = palette[hue];
    item.prepend(mark);
    return item;
  }));
}
