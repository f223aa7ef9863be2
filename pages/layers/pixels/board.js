// The grids of numbers: input x, weights w, bias b and output y, a cell for each element that is seen.
const SPREAD = 150; // cells of a tensor of which all channels are drawn side by side; of larger ones one at a time
const TINT = 42; // percent of its colour behind the largest number
const LEAST_PX = 24, FINGER_PX = 44, MOST_PX = 40, BELOW_PX = 32, GAP_PX = 34, GRID_PX = 8, EDGE_PX = 3;
const TENSORS = { x: "input", w: "weight", b: "bias", y: "output" };

function range(first, last) {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, turn) => first + turn);
}

// How many channels a tensor has, and how far its grid is drawn along each side, the padding with it.
function drawnSides(rows, kind) {
  const shape = rows[TENSORS[kind]].shape, sides = gridSides(rows, shape), inner = shape.slice(shape.length - sides);
  const reach = kind === "x" && rows.axes.length ? extents(rows) : inner.map((length) => [0, length - 1]);
  return { channels: product(shape.slice(0, shape.length - sides)), inner, reach };
}

// The channels of input or output that are chosen among, none where all are seen at once.
export function tabs(rows, kind) {
  const { channels, reach } = drawnSides(rows, kind);
  const cells = channels * product(reach.map(([first, last]) => last - first + 1));
  return channels > 1 && cells > SPREAD ? range(0, channels - 1) : [];
}

// The grids of a tensor that are seen while these channels are: each with its channel, its slice and rows of cells. A cell
// of the padding has its place and the element whose value it holds, if any.
export function planes(rows, kind, shown) {
  if (kind === "b") return [{ cells: [range(0, rows.bias.values.length - 1).map((at) => ({ at }))] }];
  if (kind === "w") return kernels(rows, shown);
  const { inner, reach } = drawnSides(rows, kind);
  return shown[kind].flatMap((channel) => sliced(reach).map((slice) => ({
    channel, slice, cells: grid(reach, slice, (place) => {
      if (place.every((at, side) => at >= 0 && at < inner[side])) return { at: channel * product(inner) + flat(place, inner) };
      return { channel, place, source: mirrored(rows, channel, place), outside: outside(rows, place) };
    }),
  })));
}

// Of the weights only those between the channels that are seen.
function kernels(rows, shown) {
  const { shape } = rows.weight;
  if (!rows.axes.length) {
    const { channels, inner, reach } = drawnSides(rows, "w");
    return range(0, channels - 1).map((channel) => ({
      channel, cells: grid(reach, null, (place) => ({ at: channel * product(inner) + flat(place, inner) })),
    }));
  }
  const inner = shape.slice(2), reach = inner.map((length) => [0, length - 1]);
  return shown.y.flatMap((out) => channelsInto(rows, out).filter(([channel]) => shown.x.includes(channel))
    .flatMap(([channel, lead]) => sliced(reach).map((slice) => ({
      from: channel, to: out, slice, cells: grid(reach, slice, (place) => ({ at: flat([...lead, ...place], shape), from: channel, to: out })),
    }))));
}

function sliced(reach) {
  return reach.length > 2 ? range(...reach[0]) : [null];
}

function grid(reach, slice, cell) {
  const first = slice === null ? [] : [slice], [high, wide] = reach.length > 1 ? reach.slice(-2) : [null, reach[0]];
  const down = high ? range(...high).map((row) => [...first, row]) : [first];
  return down.map((places) => range(...wide).map((column) => cell([...places, column])));
}

// How the grids of panels are laid out in so many pixels: the side of a cell, and how many grids stand beside each other
// in each panel. Fingers get room where there is some, and cells of LEAST_PX at least. A panel is {count, wide, least}: its grids, the cells of a row of one, and of what stands below them.
export function layout(width, panels, fingers) {
  const side = fingers ? FINGER_PX : LEAST_PX, room = width - 2 * EDGE_PX;
  const abreast = panels.map(({ count, wide, line }) => {
    const fits = Math.max(1, Math.floor(room / (wide * side + GRID_PX)));
    return line ? 1 : Math.min(Math.ceil(Math.sqrt(count)), fits);
  });
  const cells = panels.map(({ wide, least = 0 }, turn) => Math.max(wide * abreast[turn], least));
  const beside = Math.floor((width - GAP_PX * panels.length) / cells.reduce((sum, each) => sum + each, 0));
  const below = Math.floor((room - GRID_PX * (Math.max(...abreast) - 1)) / Math.max(...cells));
  const cell = beside >= side ? Math.min(Math.max(side, MOST_PX), beside) : Math.min(Math.max(side, BELOW_PX), below);
  return { cell: Math.max(LEAST_PX, cell), abreast };
}

// A tensor's grids in its panel. `cells` gets every cell by its element, `padding` those around by "channel:place".
function drawPlanes(panel, rows, kind, shown, words, cells, padding) {
  const all = planes(rows, kind, shown);
  panel.replaceChildren(...all.map((plane) => {
    const figure = make("div", "plane"), sheet = make("div", "grid"), title = planeTitle(rows, kind, plane, shown, words);
    sheet.setAttribute("role", "grid");
    sheet.setAttribute("aria-label", [words.names[kind], title].filter(Boolean).join(", "));
    sheet.kind = kind;
    sheet.append(...plane.cells.map((line) => {
      const row = make("div", "row");
      row.setAttribute("role", "row");
      row.append(...line.map((cell) => drawCell(cell, kind, words, cells, padding)));
      return row;
    }));
    const first = sheet.querySelector("[data-at]");
    if (first) first.tabIndex = 0;
    if (title) figure.append(make("span", "title", title));
    figure.append(sheet);
    return figure;
  }));
  if (!all.length) panel.append(make("p", "none", words.apart));
  return { count: all.length || 1, wide: Math.max(1, ...all.map((plane) => plane.cells[0].length)), line: rows.axes.length === 1 };
}

function planeTitle(rows, kind, plane, shown, words) {
  const parts = [];
  if (plane.from !== undefined && (rows.weight.shape[0] > 1 || rows.weight.shape[1] > 1)) parts.push(`x[${plane.from}] → y[${plane.to}]`);
  if (plane.channel !== undefined && drawnSides(rows, kind).channels > 1 && !tabs(rows, kind).length) parts.push(`${words.channel} ${plane.channel}`);
  if (plane.slice !== null && plane.slice !== undefined) parts.push(`${words.slice} ${digits(plane.slice).text}`);
  return parts.join(", ");
}

function drawCell(cell, kind, words, cells, padding) {
  const made = make("div", "cell");
  made.setAttribute("role", "gridcell");
  made.cell = cell;
  if (cell.at === undefined) {
    made.classList.add(cell.outside ? "outside" : "padding");
    padding.set(`${cell.channel}:${cell.place}`, made);
  } else {
    made.dataset.at = cell.at;
    made.tabIndex = -1;
    cells[kind].set(cell.at, made);
  }
  return made;
}

// The numbers into the cells: as much of each as has room, and the whole of it to be heard.
function fill(rows, kind, cells, words) {
  const { shape, values } = rows[TENSORS[kind]], top = Math.max(...values.map((value) => Math.abs(value ?? 0))) || 1;
  for (const [at, cell] of cells) {
    const value = values[at];
    cell.textContent = short(value, 4);
    cell.style.setProperty("--part", `${Math.round(Math.abs(value) / top * TINT)}%`);
    cell.classList.toggle("minus", value < 0);
    cell.setAttribute("aria-label", `${words.names[kind]} ${spoken(rows, kind, at, shape, words, cell.cell)}, ${told(value)}`);
    cell.title = `${named(kind, at, shape)} = ${told(value)}`.replace("= ≈", "≈");
  }
}

// Where an element lies, in words; a weight of a kernel lies between two channels.
function spoken(rows, kind, at, shape, words, { from, to }) {
  const sides = kind === "b" ? 1 : gridSides(rows, shape), lead = shape.length - sides, inner = unflat(at, shape).slice(lead);
  const last = ["slice", "row", "column"].slice(-sides), along = inner.map((place, side) => `${words[last[side]]} ${place}`);
  const channels = lead ? [`${words.channel} ${placed(rows, shape, at)[0]}`] : [];
  return (from === undefined ? [...channels, ...along] : [worded(words.between, { from, to }), ...along]).join(" ");
}

function fillPadding(rows, padding, words) {
  for (const cell of padding.values()) {
    const { source, outside } = cell.cell;
    const value = source === NOWHERE ? rows.fill : rows.input.values[source], text = value === null ? "−∞" : short(value, 4);
    cell.textContent = outside ? "" : text;
    cell.setAttribute("aria-label", outside ? words.outside : `${words.padding}, ${text}`);
    cell.title = outside ? words.outside : source === NOWHERE ? words.padding : `${words.padding}: ${named("x", source, rows.input.shape)}`;
  }
}

// The channels of a panel as buttons with a small picture of each.
function drawTabs(panel, rows, kind, shown, words, go) {
  const all = tabs(rows, kind);
  panel.hidden = !all.length;
  panel.setAttribute("role", "group");
  panel.setAttribute("aria-label", `${words.names[kind]}: ${words.channels}`);
  panel.replaceChildren(...all.map((channel) => {
    const tab = make("button", "tab", String(channel), `${words.channel} ${channel}`);
    tab.type = "button";
    tab.setAttribute("aria-label", `${words.names[kind]}, ${words.channel} ${channel}`);
    tab.setAttribute("aria-pressed", shown[kind].includes(channel));
    tab.channel = channel;
    tab.onclick = () => go(channel);
    return tab;
  }));
}

// The cell that a key leads to within its grid, the padding left out.
function neighbour(cell, key, control) {
  const lines = [...cell.closest(".grid").children].map((row) => [...row.children].filter((each) => each.dataset.at)).filter((line) => line.length);
  const row = lines.findIndex((line) => line.includes(cell));
  const to = moved(key, [row, lines[row].indexOf(cell)], [lines.length, lines[0].length], control);
  return to && lines[to[0]][to[1]];
}
