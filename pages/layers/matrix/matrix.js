// A layer as a multiplication of matrices: the tables of each way to write it, their products, and what a row means.
const NUMBER_PX = 22, MOST_PX = 34, LEAST_PX = 2, ROOMY = 24; // of a cell; columns up to which numbers are always written
const TERMS = 10; // that are written one by one
const TINT = 0.45, SIGN_PX = 80, TITLE_PX = 64, PLANE_PX = 22;

function filled(high, wide, value = null) {
  return Array.from({ length: high }, () => Array(wide).fill(value));
}

function size(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

// The large matrix, null where no weight stands; weights that share a place add up.
export function whole(rows) {
  const table = filled(rows.height, rows.width);
  for (const [row, column, weight] of rows.entries) table[row][column] = (table[row][column] ?? 0) + rows.weight.values[weight];
  return table;
}

export function transpose(table) {
  return table[0].map((_, column) => table.map((row) => row[column]));
}

// The bias of each output, in the output's order; zeros where there is none.
export function shifts(rows) {
  const { shape } = rows.output, inner = rows.kind === "linear" ? 1 : size(shape.slice(1));
  const count = rows.kind === "linear" ? shape.at(-1) : shape[0];
  return rows.output.values.map((_, at) => (rows.bias ? rows.bias.values[Math.floor(at / inner) % count] : 0));
}

// left · right + shift, blanks being zeros.
export function times(left, right, shift) {
  return left.map((row, i) => right[0].map((_, j) =>
    row.reduce((sum, value, k) => (value === null || right[k][j] === null ? sum : sum + value * right[k][j]), shift ? shift[i][j] : 0)));
}

// What stands where in a way to write the layer: left · right + shift = result; the input and the output elements that a
// place of the result is about are `reads(i, j)` and `makes(i, j)`.
export function written(rows, way, group = 0) {
  if (way === "windows") return windows(rows, group);
  const table = whole(rows), turned = way === "turned", left = turned ? transpose(table) : table;
  const right = (turned ? rows.output : rows.input).values.map((value) => [value]);
  const shift = rows.bias && !turned ? shifts(rows).map((value) => [value]) : null;
  const others = (i) => left[i].flatMap((value, k) => (value === null ? [] : [k]));
  return {
    left, right, shift, result: times(left, right, shift),
    reads: (i) => (turned ? [i] : others(i)), makes: (i) => (turned ? others(i) : [i]),
  };
}

function windows(rows, group) {
  const tall = rows.rows, kernels = rows.weight.shape[0] / rows.groups, first = group * kernels;
  const taps = rows.columns.slice(group * tall, (group + 1) * tall), places = taps[0].length;
  const left = filled(kernels, tall).map((row, i) => row.map((_, k) => rows.weight.values[(first + i) * tall + k]));
  const right = taps.map((row) => row.map((at) => (at < 0 ? null : rows.input.values[at])));
  const all = shifts(rows), shift = rows.bias ? filled(kernels, places).map((row, i) => row.map((_, j) => all[(first + i) * places + j])) : null;
  return {
    left, right, shift, result: times(left, right, shift),
    reads: (i, j) => taps.map((row) => row[j]).filter((at) => at >= 0), makes: (i, j) => [(first + i) * places + j],
  };
}

// A number in so many digits; a leading zero goes where it must be short.
export function brief(value, digits = 3) {
  if (value === null) return "";
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

// The sum that makes a place of the result, the first of its products one by one.
export function sum(tables, i, j, more) {
  const terms = tables.left[i].flatMap((value, k) => (value === null || tables.right[k][j] === null ? [] : [[value, tables.right[k][j]]]));
  const parts = terms.slice(0, TERMS).map(([weight, input]) => `${signed(weight)}·${signed(input)}`);
  if (terms.length > TERMS) parts.push(more.replace("{count}", terms.length - TERMS));
  if (tables.shift) parts.push(signed(tables.shift[i][j]));
  return `${parts.join(" + ") || "0"} = ${brief(tables.result[i][j], 4)}`;
}

function signed(value) {
  const text = brief(value, 4);
  return text.startsWith("−") ? `(${text})` : text;
}

// The place that a key leads to in a table of so many rows and columns; null lets the browser have the key.
export function led(key, [i, j], high, wide) {
  const to = {
    ArrowDown: [i + 1, j], ArrowUp: [i - 1, j], ArrowRight: [i, j + 1], ArrowLeft: [i, j - 1], Home: [0, 0], End: [high - 1, wide - 1],
  }[key];
  return to && [Math.min(Math.max(to[0], 0), high - 1), Math.min(Math.max(to[1], 0), wide - 1)];
}

// Pixels of a cell, for tables of so many columns each: numbers stay readable in small ones, which are then pushed aside.
// A single column is as wide as its title.
export function cellOf(width, wides) {
  const titles = wides.filter((wide) => wide === 1).length, columns = wides.reduce((sum, wide) => sum + wide, 0);
  const fits = Math.floor((width - SIGN_PX - titles * TITLE_PX) / Math.max(columns - titles, 1));
  return Math.max(columns <= ROOMY ? NUMBER_PX + 2 : LEAST_PX, Math.min(fits, MOST_PX));
}

function draw(canvas, table, cell, [red, green, blue], ink, lit, cross) {
  const [high, wide, dense] = [table.length, table[0].length, window.devicePixelRatio || 1];
  [canvas.width, canvas.height] = [Math.ceil(wide * cell * dense) + 1, Math.ceil(high * cell * dense) + 1];
  [canvas.style.width, canvas.style.height] = [`${wide * cell + 1}px`, `${high * cell + 1}px`];
  const pen = canvas.getContext("2d");
  pen.scale(dense, dense);
  const top = table.reduce((most, row) => row.reduce((most, value) => Math.max(most, Math.abs(value ?? 0)), most), 0) || 1;
  [pen.textAlign, pen.textBaseline] = ["center", "middle"];
  table.forEach((row, i) => row.forEach((value, j) => {
    const [x, y] = [j * cell, i * cell];
    if (value !== null) {
      const hue = value < 0 ? "128, 140, 155" : `${red}, ${green}, ${blue}`, least = cell < NUMBER_PX ? 0.25 : 0.08;
      pen.fillStyle = `rgba(${hue}, ${least + Math.abs(value) / top * (cell < NUMBER_PX ? 0.75 : TINT)})`;
      pen.fillRect(x, y, cell, cell);
    }
    if (cell >= 8) {
      pen.strokeStyle = "rgba(128, 140, 155, .35)";
      pen.strokeRect(x + 0.5, y + 0.5, cell, cell);
    }
    if (cell >= NUMBER_PX && value !== null) {
      const text = brief(value).replace(/^(−?)0\./, "$1.");
      pen.fillStyle = ink;
      pen.font = `${Math.min(cell * 0.42, cell * 1.55 / text.length)}px ${canvas.font}`;
      pen.fillText(text, x + cell / 2 + 0.5, y + cell / 2 + 1);
    }
  }));
  [pen.strokeStyle, pen.lineWidth] = [ink, cell < 8 ? 1 : 2];
  for (const [i, j] of lit) pen.strokeRect(j * cell + 1, i * cell + 1, cell - 1, cell - 1);
  if (cross) pen.strokeRect(cross[1] * cell + 1, cross[0] * cell + 1, cross[3] * cell - 1, cross[2] * cell - 1);
}

export default function({ data, parentElement }) {
  const root = parentElement.querySelector(".matrix"), state = (root.state ??= { way: "matrix", group: 0, at: [0, 0] });
  const lost = root.querySelector(".lost");
  lost.textContent = data.words.lost;
  fetched(state, data.rows).then((rows) => {
    lost.hidden = true;
    rows.kind = data.kind;
    if (state.drawn !== data.rows) Object.assign(state, { drawn: data.rows, at: [0, 0], group: 0, tables: null });
    show(root, state, rows, data.words);
  }, () => { lost.hidden = false; });
}

function show(root, state, rows, words) {
  const ways = ["matrix", ...(rows.columns ? ["windows"] : []), ...(rows.adjoint ? ["turned"] : [])];
  if (!ways.includes(state.way)) state.way = "matrix";
  const again = (change) => { Object.assign(state, { at: [0, 0], tables: null }, change); show(root, state, rows, words); };
  root.querySelector(".ways").setAttribute("aria-label", words.ways);
  root.querySelector(".ways").replaceChildren(...ways.map((way) => {
    const button = make("button", "", words.way[way]);
    button.type = "button";
    button.setAttribute("aria-pressed", way === state.way);
    button.onclick = () => { again({ way }); root.querySelector(".ways [aria-pressed=true]").focus(); };
    return button;
  }));
  const groups = root.querySelector(".groups"), parts = state.way === "windows" ? rows.groups : 1;
  groups.hidden = parts < 2;
  groups.querySelector("span").textContent = words.group;
  groups.querySelector("select").replaceChildren(...Array.from({ length: parts }, (_, group) => new Option(group, group, false, group === state.group)));
  groups.querySelector("select").onchange = (event) => again({ group: Number(event.target.value) });
  const tables = (state.tables ??= written(rows, state.way, state.group));
  const { left, right, shift, result } = tables, sizes = (table) => `${table.length} × ${table[0].length}`;
  root.querySelector(".says").textContent = words.says[rows.kind === "linear" ? "linear" : state.way]
    .replace("{left}", sizes(left)).replace("{right}", sizes(right)).replace("{result}", sizes(result));
  const adjoint = root.querySelector(".adjoint");
  adjoint.hidden = state.way !== "turned";
  adjoint.textContent = rows.adjoint?.code ?? "";
  const equation = root.querySelector(".equation");
  equation.setAttribute("aria-label", words.keys);
  const look = getComputedStyle(root), hues = hued(root), font = look.fontFamily;
  const turned = state.way === "turned", [goes, comes] = turned ? ["y", "x"] : ["x", "y"];
  const shapes = { left: ["w", left], right: [goes, right], shift: ["w", shift], result: [comes, result] };
  const drawing = () => {
    const wides = [left, right, shift, result].filter(Boolean).map((table) => table[0].length);
    const cell = cellOf(root.clientWidth, wides), [i, j] = state.at;
    for (const [name, [kind, table]] of Object.entries(shapes)) {
      const figure = root.querySelector(`.${name}`), canvas = figure.querySelector("canvas");
      figure.hidden = !table;
      figure.nextElementSibling?.matches(".sign") && (figure.nextElementSibling.hidden = !table || (name === "right" && !shift));
      if (!table) continue;
      canvas.font = font;
      const cross = { left: [i, 0, 1, table[0].length], right: [0, j, table.length, 1], shift: [i, j, 1, 1], result: [i, j, 1, 1] }[name];
      draw(canvas, table, cell, hues[kind], look.color, name === "right" && state.way !== "windows" ? used(left[i]) : [], name === "right" && state.way !== "windows" ? null : cross);
      figure.querySelector("figcaption").textContent = `${words.names[name === "shift" ? "b" : kind]}, ${sizes(table).replaceAll(" ", "\u00a0")}`;
      canvas.setAttribute("aria-label", figure.textContent.trim());
      canvas.cell = cell;
    }
    const lit = { x: tables.reads(i, j), y: tables.makes(i, j) };
    drawPlanes(root, rows, lit, hues, look, words);
    const [kind, at] = turned ? ["x", lit.x[0]] : ["y", lit.y[0]];
    const name = `${kind}[${unravelled(at, (turned ? rows.input : rows.output).shape).join(", ")}]`;
    root.querySelector(".line").textContent = `${turned ? words.turnedTo.replace("{element}", name) : name} = ${sum(tables, i, j, words.more)}`;
  };
  const go = (at) => { if (at && String(at) !== String(state.at)) { state.at = at; drawing(); } };
  const under = (event) => {
    const canvas = event.target.closest("canvas[data-of]");
    if (!canvas?.cell) return null;
    const [row, column] = [Math.floor(event.offsetY / canvas.cell), Math.floor(event.offsetX / canvas.cell)];
    const inside = (at, count) => Math.min(Math.max(at, 0), count - 1);
    const high = inside(row, result.length), wide = inside(column, result[0].length);
    return { left: [high, state.at[1]], right: [state.at[0], wide], shift: [high, wide], result: [high, wide] }[canvas.dataset.of];
  };
  equation.onpointermove = equation.onpointerdown = (event) => go(under(event));
  equation.onkeydown = (event) => {
    const at = event.ctrlKey || event.metaKey || event.altKey ? null : led(event.key, state.at, result.length, result[0].length);
    if (!at) return;
    event.preventDefault();
    go(at);
  };
  drawing();
  root.sizes?.disconnect();
  root.sizes = new ResizeObserver(() => { if (root.clientWidth !== state.wide) { state.wide = root.clientWidth; drawing(); } });
  root.sizes.observe(root);
}

function used(row) {
  return row.flatMap((value, k) => (value === null ? [] : [[k, 0]]));
}

function unravelled(at, shape) {
  return shape.reduceRight(([rest, places], side) => [Math.floor(rest / side), [rest % side, ...places]], [at, []])[1];
}

// The three colours as numbers, as the theme has them.
function hued(root) {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (name) => {
    pen.fillStyle = getComputedStyle(root).getPropertyValue(name);
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  return { x: read("--st-blue-color"), w: read("--st-orange-color"), y: read("--st-green-color") };
}

// Input and output as the pictures they are, with what the place is about lit up.
function drawPlanes(root, rows, lit, hues, look, words) {
  for (const kind of ["x", "y"]) {
    const { shape, values } = kind === "x" ? rows.input : rows.output;
    const wide = shape.at(-1), high = shape.length > 1 ? shape.at(-2) : 1, count = values.length / (high * wide);
    const figure = root.querySelector(`.plane-${kind}`), sheet = figure.querySelector(".sheet");
    figure.querySelector("figcaption").textContent = `${words.names[kind]}, ${shape.join(" × ")}`;
    while (sheet.children.length > count) sheet.lastChild.remove();
    while (sheet.children.length < count) sheet.append(make("canvas"));
    const chosen = new Set(lit[kind]), cell = count * wide > 40 ? 12 : PLANE_PX;
    [...sheet.children].forEach((canvas, plane) => {
      const table = filled(high, wide).map((row, i) => row.map((_, j) => values[(plane * high + i) * wide + j]));
      const marked = table.flatMap((row, i) => row.flatMap((_, j) => (chosen.has((plane * high + i) * wide + j) ? [[i, j]] : [])));
      canvas.font = look.fontFamily;
      draw(canvas, table, cell, hues[kind], look.color, marked, null);
    });
  }
}
