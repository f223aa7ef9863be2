// Curves that grow: line charts drawn as SVG. A chart that plotly draws anew every second would blink and lose its zoom.
const LEFT = 52, RIGHT = 10, TOP = 6, FOOT = 34, NEAR = 12, LABELS = 70; // pixels; LABELS from label to label
const SVG = "http://www.w3.org/2000/svg";

function area(line, right, up) {
  const places = [...line.x.keys()].filter((at) => Number.isFinite(line.y[at]) && Number.isFinite(line.top[at]));
  const pick = (values, order) => order.map((at) => values[at]);
  const back = places.toReversed();
  return path([...pick(line.x, places), ...pick(line.x, back)], [...pick(line.top, places), ...pick(line.y, back)], right, up) + "Z";
}

function svg(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function axes(place, chart, right, up, xs, ys, wide, high) {
  const aside = unit(chart.x.unit, Math.max(...xs.map(Math.abs))), along = unit(chart.unit, Math.max(...ys.map(Math.abs)));
  const scaled = (range, much) => range.map((value) => value / much);
  for (const value of rounds(...scaled(xs, aside[0]), Math.max(2, (wide - LEFT - RIGHT) / LABELS))) {
    place.append(svg("text", { x: right(value * aside[0]), y: high - FOOT + 16, "text-anchor": "middle" }, short(value)));
  }
  const title = [chart.x.title, aside[1]].filter(Boolean).join(", ");
  place.append(svg("text", { x: wide - RIGHT, y: high - 4, "text-anchor": "end", class: "title" }, title));
  const lines = (chart.log ? powers : rounds)(...scaled(ys, along[0]), chart.log ? 4 : (high - TOP - FOOT) / 40);
  for (const [at, value] of lines.entries()) {
    const y = up(value * along[0]);
    const says = at === lines.length - 1 && along[1] ? `${short(value)} ${along[1]}` : short(value);
    place.append(svg("line", { x1: LEFT, x2: wide - RIGHT, y1: y, y2: y, class: "grid" }), svg("text", { x: LEFT - 6, y: y + 4, "text-anchor": "end" }, says));
  }
}

function strokes(place, line, right, up) {
  const ink = { stroke: line.colour, class: `line${line.faint ? " faint" : ""}${line.dash ? " dash" : ""}` };
  if (line.top) {
    place.append(svg("path", { d: area(line, right, up), fill: line.colour, class: line.solid ? "solid" : "band" }));
    return;
  }
  place.append(svg("path", { ...ink, d: path(line.x, line.y, right, up) }));
  if (!line.dots || line.x.length > 80) return;
  for (let at = 0; at < line.x.length; at++) {
    if (Number.isFinite(up(line.y[at]))) place.append(svg("circle", { cx: right(line.x[at]), cy: up(line.y[at]), r: 2.5, fill: line.colour }));
  }
}

// What is no number stands at the edge of the chart, where it would go.
function broken(place, line, right, high, range, words) {
  for (let at = 0; at < (line.bad?.length ?? 0); at += 2) {
    const [x, kind] = [line.bad[at], line.bad[at + 1]];
    if (x < range[0] || x > range[1]) continue;
    const y = kind < 0 ? high - FOOT - 4 : TOP + 8;
    const mark = svg("text", { x: right(x), y, "text-anchor": "middle", class: "bad" }, kind < 0 ? "▼" : kind > 0 ? "▲" : "✖");
    mark.append(svg("title", {}, words.bad.replace("{name}", line.name).replace("{value}", NAMES[kind]).replace("{x}", short(x))));
    place.append(mark);
  }
}

function draw(state, figure) {
  const { chart, box, says } = figure, wide = Math.max(box.clientWidth, 160), high = chart.height;
  const lines = chart.lines.filter((line) => !figure.hidden.has(line.group ?? line.name));
  const xs = state.zoom ?? spread(extent(chart.lines, "x") ?? [0, 1]), seen = extent(lines, "y", chart.log, xs);
  const ys = upright(chart.limit && seen && !chart.log ? [Math.min(seen[0], chart.limit), Math.max(seen[1], chart.limit)] : seen, chart);
  const flat = chart.log ? Math.log10 : Number;
  const right = (x) => LEFT + ((x - xs[0]) / (xs[1] - xs[0])) * (wide - LEFT - RIGHT);
  const up = (y) => high - FOOT - ((flat(y) - flat(ys[0])) / (flat(ys[1]) - flat(ys[0]))) * (high - FOOT - TOP);
  const picture = svg("svg", { width: wide, height: high, role: "img", "aria-label": chart.alt });
  const inside = svg("svg", { x: LEFT, y: TOP - 3, width: wide - LEFT - RIGHT, height: high - FOOT - TOP + 6, viewBox: `${LEFT} ${TOP - 3} ${wide - LEFT - RIGHT} ${high - FOOT - TOP + 6}` });
  axes(picture, chart, right, up, xs, ys, wide, high);
  for (const line of lines) strokes(inside, line, right, up);
  if (chart.limit) inside.append(svg("line", { x1: LEFT, x2: wide - RIGHT, y1: up(chart.limit), y2: up(chart.limit), class: "limit" }));
  picture.append(inside);
  for (const line of lines) broken(picture, line, right, high, xs, state.words);
  const rule = svg("line", { y1: TOP, y2: high - FOOT, class: "rule", visibility: "hidden" });
  const chosen = svg("rect", { y: TOP, height: high - FOOT - TOP, class: "chosen", visibility: "hidden" });
  picture.append(rule, chosen);
  box.replaceChildren(picture, says);
  Object.assign(figure, { lines, xs, right, wide, rule, chosen });
  if (figure.pointer !== null) hover(figure);
}

function spread([low, high]) {
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

// The number on x at a place of the chart.
function across({ xs, wide }, place) {
  const inside = Math.min(Math.max(place, LEFT), wide - RIGHT);
  return xs[0] + ((inside - LEFT) / (wide - LEFT - RIGHT)) * (xs[1] - xs[0]);
}

function swatched(tag, line) {
  const made = make(tag), swatch = make("i", line.dash ? "dash" : "");
  swatch.style.setProperty("--ink", line.colour);
  made.append(swatch, line.name);
  return made;
}

// What the lines are at the place of the pointer, those that have a point there.
function hover(figure) {
  const { chart, lines, right, wide, rule, says, pointer } = figure, at = across(figure, pointer);
  const places = lines.filter((line) => line.x.length && !line.quiet).map((line) => [line, nearest(line.x, at)]);
  const near = places.map(([line, place]) => line.x[place]).sort((a, b) => Math.abs(a - at) - Math.abs(b - at))[0];
  says.hidden = near === undefined;
  rule.setAttribute("visibility", says.hidden ? "hidden" : "visible");
  if (says.hidden) return;
  rule.setAttribute("x1", right(near));
  rule.setAttribute("x2", right(near));
  const rows = places.filter(([line, place]) => Math.abs(right(line.x[place]) - right(near)) <= NEAR).map(([line, place]) => {
    const row = swatched("span", line), value = line.solid ? line.top[place] - line.y[place] : line.y[place];
    row.append(make("strong", "", told(value, chart.unit)));
    return row;
  });
  says.replaceChildren(make("b", "", `${chart.x.title} ${told(near, chart.x.unit)}`), ...rows);
  const aside = right(near) > wide / 2 ? right(near) - says.offsetWidth - 10 : right(near) + 10;
  says.style.left = `${Math.min(Math.max(aside, 0), Math.max(wide - says.offsetWidth, 0))}px`;
}

function legend(state, figure) {
  const lines = entries(figure.chart.lines), { bar } = figure;
  const signature = JSON.stringify(lines.map(({ name, colour, dash }) => [name, colour, dash]));
  if (figure.signature === signature) return;
  figure.signature = signature;
  bar.replaceChildren(...(lines.length < 2 ? [] : lines).map((line) => {
    const button = swatched("button", line);
    button.type = "button";
    button.title = state.words.toggle.replace("{name}", line.name);
    button.setAttribute("aria-pressed", String(!figure.hidden.has(line.name)));
    button.onclick = () => {
      if (!figure.hidden.delete(line.name)) figure.hidden.add(line.name);
      button.setAttribute("aria-pressed", String(!figure.hidden.has(line.name)));
      draw(state, figure);
    };
    return button;
  }));
}

function build(state) {
  const root = make("figure"), head = make("figcaption"), box = make("div", "box"), says = make("div", "says");
  const figure = { root, box, says, title: make("b"), now: make("strong", "now"), bar: make("span", "legend"), note: make("p", "note"), hidden: new Set(), pointer: null };
  let from = null;
  says.hidden = true;
  head.append(figure.title, figure.now, figure.bar);
  root.append(head, box, figure.note);
  const place = (event) => event.clientX - box.getBoundingClientRect().left;
  const marked = (to) => [from, to].sort((a, b) => a - b);
  box.onpointerdown = (event) => {
    if (event.button !== 0 || event.pointerType !== "mouse") return;
    from = place(event);
    box.setPointerCapture(event.pointerId);
  };
  box.onpointermove = (event) => {
    figure.pointer = place(event);
    hover(figure);
    if (from === null) return;
    const [low, high] = marked(figure.pointer);
    for (const [name, value] of Object.entries({ x: low, width: high - low, visibility: "visible" })) figure.chosen.setAttribute(name, value);
  };
  box.onpointerup = (event) => {
    if (from !== null && Math.abs(place(event) - from) > 8) zoom(state, marked(place(event)).map((one) => across(figure, one)));
    else figure.chosen.setAttribute("visibility", "hidden");
    from = null;
  };
  box.onpointerleave = () => {
    figure.pointer = null;
    says.hidden = true;
    figure.rule.setAttribute("visibility", "hidden");
  };
  box.ondblclick = () => zoom(state, null);
  return figure;
}

// All charts stand over the same x: a zoom is everybody's.
function zoom(state, range) {
  state.zoom = range && range[0] < range[1] ? range : null;
  state.reset.hidden = !state.zoom;
  for (const figure of state.figures.values()) draw(state, figure);
}

function show(state, charts) {
  const figures = new Map(charts.map((chart) => [chart.name, state.figures.get(chart.name) ?? build(state)]));
  const stand = [...state.sheet.children], wanted = [...figures.values()].map(({ root }) => root);
  if (stand.length !== wanted.length || stand.some((one, at) => one !== wanted[at])) state.sheet.replaceChildren(...wanted);
  state.figures = figures;
  for (const chart of charts) {
    const figure = figures.get(chart.name);
    figure.chart = chart;
    figure.root.dataset.chart = chart.name;
    figure.box.style.height = `${chart.height}px`;
    figure.title.textContent = chart.title;
    figure.title.title = chart.about ?? "";
    figure.now.textContent = chart.now ?? "";
    figure.note.textContent = chart.note ?? "";
    legend(state, figure);
    draw(state, figure);
  }
}

function read(line, xs) {
  const arrays = ["y", "top", "bad"].filter((name) => line[name]).map((name) => [name, unpacked(line[name])]);
  return { ...line, ...Object.fromEntries(arrays), x: xs[line.x] };
}

export default function({ data, parentElement }) {
  const root = parentElement.querySelector(".charts");
  // Streamlit calls this again on every run with the same elements: what the visitor did here is kept beside them.
  const state = root.lab ??= { figures: new Map(), sheet: root.querySelector(".sheet"), reset: root.querySelector(".reset"), zoom: null };
  if (state.axis !== data.axis) Object.assign(state, { axis: data.axis, zoom: null });
  state.words = data.words;
  state.reset.textContent = data.words.reset;
  state.reset.hidden = !state.zoom;
  state.reset.onclick = () => zoom(state, null);
  root.style.setProperty("--columns", data.columns);
  const xs = data.xs.map(unpacked);
  show(state, data.charts.map((chart) => ({ ...chart, lines: chart.lines.map((line) => read(line, xs)) })));
  state.width = root.clientWidth;
  state.watch ??= new ResizeObserver(() => {
    if (root.clientWidth === state.width) return;
    state.width = root.clientWidth;
    for (const figure of state.figures.values()) draw(state, figure);
  });
  state.watch.observe(root);
}
