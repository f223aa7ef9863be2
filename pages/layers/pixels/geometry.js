// Which numbers of a small layer make which, as a browser finds them out. Elements are told by their flat index, the last
// side quickest; `rows` is what the workshop gave (cnnlab/layers/jobs.py, PIXELS).
const NOWHERE = -1;

export function unflat(at, shape) {
  const places = Array(shape.length);
  for (let side = shape.length - 1; side >= 0; side--) {
    places[side] = at % shape[side];
    at = Math.floor(at / shape[side]);
  }
  return places;
}

export function flat(places, shape) {
  return places.reduce((at, place, side) => at * shape[side] + place, 0);
}

function product(lengths) {
  return lengths.reduce((all, length) => all * length, 1);
}

// All ways to take one of each list.
function crossed(lists) {
  return lists.reduce((rows, list) => rows.flatMap((row) => list.map((one) => [...row, one])), [[]]);
}

// How many of the last sides are drawn as a grid; those before are channels.
export function gridSides(rows, shape) {
  return rows.axes.length || Math.min(2, shape.length);
}

// The channel of an element, all sides before the grid taken together, and its place within the grid.
export function placed(rows, shape, at) {
  const grid = product(shape.slice(shape.length - gridSides(rows, shape)));
  return [Math.floor(at / grid), unflat(at % grid, shape.slice(shape.length - gridSides(rows, shape)))];
}

// The input channels that make an output channel, each with the first places of the weights between them.
export function channelsInto(rows, out) {
  if (!rows.weight) return [[out, null]];
  const [first, second] = rows.weight.shape;
  if (rows.transposed) { // weights are (in, out of a group, *kernel)
    const each = first / rows.groups, group = Math.floor(out / second);
    return Array.from({ length: each }, (_, turn) => [group * each + turn, [group * each + turn, out % second]]);
  }
  const group = Math.floor(out / (first / rows.groups));
  return Array.from({ length: second }, (_, turn) => [group * second + turn, [out, turn]]);
}

// What one output element is made of: the input element (NOWHERE in the padding), the weight (NOWHERE for none), what a
// second input multiplies (null for none), the share that interpolation gives, and where in the grid around the input
// the tap lies.
export function reads(rows, output) {
  if (!rows.axes.length) {
    return (rows.links?.[output] ?? []).map(([input, weight]) => (
      { input, weight, second: beside(rows, output, weight), share: 1, channel: null, place: null }
    ));
  }
  const [out, places] = placed(rows, rows.output.shape, output);
  const sizes = rows.axes.map((axis) => axis.size);
  const taps = crossed(rows.axes.map((axis, side) => axis.taps[places[side]].flatMap((input, tap) => {
    const place = axis.places.length ? axis.places[places[side]][tap] : input;
    const share = axis.shares.length ? axis.shares[places[side]][tap] : 1;
    const nothing = place === null || place === undefined || (rows.transposed && input === NOWHERE);
    return nothing ? [] : [{ tap, input, place, share }];
  })));
  return channelsInto(rows, out).flatMap(([channel, lead]) => taps.map((sides) => {
    const real = sides.every((side) => side.input !== NOWHERE);
    return {
      input: real ? channel * product(sizes) + flat(sides.map((side) => side.input), sizes) : NOWHERE,
      weight: lead ? flat([...lead, ...sides.map((side) => side.tap)], rows.weight.shape) : NOWHERE,
      second: null,
      share: product(sides.map((side) => side.share)),
      channel,
      place: sides.map((side) => side.place),
    };
  }));
}

// What the second input of a bilinear layer holds for a weight, in the row of the output.
function beside(rows, output, weight) {
  if (!rows.second) return null;
  const wide = rows.second.shape.at(-1), row = Math.floor(output / rows.output.shape.at(-1));
  return rows.second.values[row * wide + weight % wide];
}

// The outputs that an input element feeds, each with what it reads there.
export function feeds(rows, input) {
  return candidates(rows, input).flatMap((output) => reads(rows, output)
    .filter((term) => term.input === input).map((term) => ({ output, ...term })));
}

function candidates(rows, input) {
  const all = product(rows.output.shape);
  if (!rows.axes.length) return Array.from({ length: all }, (_, output) => output);
  const [channel, places] = placed(rows, rows.input.shape, input);
  const grid = rows.axes.map((axis) => axis.out), size = product(grid);
  const outs = Array.from({ length: all / size }, (_, out) => out)
    .filter((out) => channelsInto(rows, out).some(([each]) => each === channel));
  const along = rows.axes.map((axis, side) => axis.taps
    .flatMap((taps, out) => taps.includes(places[side]) ? [out] : []));
  return outs.flatMap((out) => crossed(along).map((at) => out * size + flat(at, grid)));
}

// The (output, input) pairs that a weight joins.
export function uses(rows, weight) {
  return Array.from({ length: product(rows.output.shape) }, (_, output) => output)
    .flatMap((output) => reads(rows, output).filter((term) => term.weight === weight).map((term) => ({ output, ...term })));
}

// Where padding lies beside what lies outside of all: cut windows reach there.
export function outside(rows, place) {
  return place.some((at, side) => at < -rows.axes[side].before || at >= rows.axes[side].size + rows.axes[side].after);
}

// What is looked at first: in the middle of the first channel, or something that anything reaches. Where each input writes,
// that is an input.
function first(rows) {
  const kind = rows.transposed || rows.indices ? "x" : "y", { shape, values } = kind === "x" ? rows.input : rows.output;
  const lead = shape.length - gridSides(rows, shape);
  const at = flat(shape.map((length, side) => side < lead ? 0 : Math.floor(length / 2)), shape);
  const reached = (output) => reads(rows, output).some((term) => term.input !== NOWHERE);
  return { kind, at: kind === "x" || reached(at) ? at : Math.max(0, values.findIndex((_, output) => reached(output))) };
}

// How far the grid around the input is drawn along each side: [first, last].
export function extents(rows) {
  return rows.axes.map((axis) => {
    const reached = rows.transposed ? [] : axis.places.flat().filter((place) => place !== null && place !== undefined);
    return [Math.min(-axis.before, ...reached, 0), Math.max(axis.size + axis.after - 1, ...reached, axis.size - 1)];
  });
}

// The input element whose value a place of the padding holds, NOWHERE for a constant.
export function mirrored(rows, channel, place) {
  const sizes = rows.axes.map((axis) => axis.size);
  const real = rows.axes.map((axis, side) => {
    const at = place[side];
    if (at >= 0 && at < axis.size) return at;
    return axis.shows[at + axis.before] ?? NOWHERE;
  });
  return real.includes(NOWHERE) ? NOWHERE : channel * product(sizes) + flat(real, sizes);
}

// All that lights up with an element: places of each tensor by their flat index, with the padding by "channel:place".
export function lit(rows, { kind, at }) {
  const lights = { x: new Set(), w: new Set(), b: new Set(), y: new Set(), padding: new Set() };
  const terms = { y: reads, x: feeds, w: uses }[kind]?.(rows, at) ?? [];
  lights[kind].add(at);
  for (const term of terms) {
    if (term.input !== NOWHERE) lights.x.add(term.input);
    if (term.weight !== NOWHERE) lights.w.add(term.weight);
    if (term.output !== undefined) lights.y.add(term.output);
    if (term.place && isPadding(rows, term.place)) lights.padding.add(`${term.channel}:${term.place}`);
  }
  if (kind === "y" && rows.bias) lights.b.add(biasOf(rows, at));
  if (kind === "b") rows.output.values.forEach((_, output) => { if (biasOf(rows, output) === at) lights.y.add(output); });
  return lights;
}

function isPadding(rows, place) {
  return place.some((at, side) => at < 0 || at >= rows.axes[side].size);
}

// The bias that is added to an output element, NOWHERE for none.
export function biasOf(rows, output) {
  if (!rows.bias || rows.join !== "sum") return NOWHERE;
  return !rows.axes.length ? output % rows.bias.values.length : placed(rows, rows.output.shape, output)[0];
}

// The cell of a grid that a key leads to from [row, column]; null lets the browser have the key.
export function moved(key, [row, column], [rows, columns], control = false) {
  const to = {
    ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1], ArrowDown: [row + 1, column], ArrowUp: [row - 1, column],
    Home: [control ? 0 : row, 0], End: [control ? rows - 1 : row, columns - 1],
  }[key];
  if (!to) return null;
  const inside = to[0] >= 0 && to[0] < rows && to[1] >= 0 && to[1] < columns;
  return inside ? to : [row, column];
}

// The same for layers that differ in their numbers alone.
function shapeOf({ input, weight, bias, output, axes, links, join, groups, transposed }) {
  return JSON.stringify([input.shape, weight?.shape, bias?.shape, output.shape, axes, links, join, groups, transposed]);
}
