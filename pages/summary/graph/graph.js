const count = new Intl.NumberFormat("en-US");
const BOX = 27, LINE = 38, NAME = 24, MARGIN = 14, SVG = "http://www.w3.org/2000/svg";

// What the script computes, plain values in and out. Nodes are told by their places in the list, which are the order they
// ran in; an edge is [from, to] with from < to, a band {first, last, name}.

// Every result that skips ahead has one lane down to the last node that takes it; short ones lie inside long ones.
// Gives the lane of each node that has one, as a Map, and the number of lanes.
export function lanes(edges) {
  const last = new Map();
  for (const [from, to] of edges) if (to > from + 1) last.set(from, Math.max(to, last.get(from) ?? 0));
  const taken = [], lane = new Map();
  for (const [from, to] of [...last].sort((a, b) => a[1] - a[0] - (b[1] - b[0]) || a[0] - b[0])) {
    let at = 0;
    while (taken[at]?.some(([start, end]) => from < end && start < to)) at += 1;
    (taken[at] ??= []).push([from, to]);
    lane.set(from, at);
  }
  return { lane, count: taken.length };
}

// Pixels from the top: of each node, of each band's two ends, and of the end of it all.
export function heights(nodes, bands) {
  const starts = new Set(bands.map((band) => band.first)), ends = new Set(bands.map((band) => band.last));
  const tops = [], boxes = [];
  let y = 10;
  for (let at = 0; at < nodes; at++) {
    if (starts.has(at)) {
      boxes.push({ top: y });
      y += NAME;
    }
    tops.push(y);
    y += LINE;
    if (ends.has(at)) {
      boxes.at(-1).bottom = y - 4;
      y += 6;
    }
  }
  return { tops, boxes, bottom: y };
}

// The path of an edge: straight down to the next node, or out to the right, down its lane and back in.
export function path(from, to, tops, right, lane) {
  if (to === from + 1) return `M${MARGIN + 22.5} ${tops[from] + BOX}V${tops[to]}`;
  const x = right + 20.5 + lane, start = tops[from] + BOX - 7.5, end = tops[to] + 7.5;
  return `M${right} ${start}H${x - 7}Q${x} ${start} ${x} ${start + 7}V${end - 7}Q${x} ${end} ${x - 7} ${end}H${right}`;
}

// The place that a key leads to from `at` among `count` nodes, where there is one; null lets the browser have the key.
export function pressed(key, at, count) {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: count - 1 }[key];
  return to === undefined ? null : { go: Math.min(Math.max(to, 0), count - 1) };
}

// The text with numbers in the places that it names.
export function filled(text, numbers) {
  return Object.entries(numbers).reduce((text, [name, number]) => text.replace(`{${name}}`, count.format(number)), text);
}

// What stands on a node, and what pointing at it tells.
export function worded({ row, name, kind, type, shape, macs }, words) {
  if (kind === "input") return { label: words.input, type: "", title: shape };
  const title = [`${row} (${type})`, shape, ...(macs ? [words.macs.replace("{macs}", macs)] : [])].join("\n");
  return { label: name || type, type: kind === "function" ? "" : type, title };
}

// What it draws.

function draw(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

function layout(state, data) {
  const { nodes, edges, bands } = data;
  const box = state.narrow ? 264 : 440;
  const { tops, boxes, bottom } = heights(nodes.length, bands);
  const { lane, count } = lanes(edges), step = count > 24 ? 6 : count > 10 ? 8 : 12;
  const right = MARGIN + box, width = right + 22 + count * step + MARGIN;
  const plane = state.plane;
  plane.style.width = width + "px";
  plane.style.height = bottom + 4 + "px";
  const bandBoxes = boxes.map(({ top, bottom }, at) => {
    const made = make("div", "band");
    made.style.top = top + "px";
    made.style.height = bottom - top + "px";
    made.append(make("span", "", bands[at].name));
    return made;
  });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", width);
  svg.setAttribute("height", bottom);
  svg.setAttribute("aria-hidden", "true");
  const marker = draw("marker", { id: "tip", viewBox: "0 0 6 6", refX: 5.5, refY: 3, markerWidth: 6, markerHeight: 6,
    markerUnits: "userSpaceOnUse", orient: "auto" }, draw("defs", {}, svg));
  draw("path", { d: "M0 0L6 3L0 6Z" }, marker);
  state.paths = edges.map(([from, to]) => {
    return draw("path", { d: path(from, to, tops, right, lane.get(from) * step), "marker-end": "url(#tip)" }, svg);
  });
  state.svg = svg;
  state.boxes.forEach((element, at) => {
    element.style.cssText = `left:${MARGIN}px;top:${tops[at]}px;width:${box}px;height:${BOX}px`;
  });
  plane.replaceChildren(...bandBoxes, svg, ...state.boxes);
  state.pane.style.height = Math.min(data.height, bottom + (width > state.pane.clientWidth ? 22 : 6)) + "px";
}

function build(state, data) {
  const { nodes, edges, words, counts } = data;
  state.legend.replaceChildren(...words.legend.map(({ tone, text }) => {
    const made = make("span");
    made.append(make("i", tone), text);
    return made;
  }), ...(nodes.length < counts.nodes ? [make("span", "", filled(words.cut, { shown: nodes.length, all: counts.nodes }))] : []));
  state.pane.setAttribute("role", "group");
  state.pane.setAttribute("aria-label", filled(words.label, { nodes: counts.nodes - 1, edges: counts.edges }));
  state.touching = nodes.map(() => []);
  edges.forEach(([from, to], at) => {
    state.touching[from].push([at, "out", to]);
    state.touching[to].push([at, "in", from]);
  });
  state.boxes = nodes.map((node, at) => {
    const { row, tone, shape } = node, { label, type, title } = worded(node, words);
    const made = make("button", "node " + tone);
    made.type = "button";
    made.tabIndex = at ? -1 : 0;
    made.title = title;
    made.dataset.at = at;
    made.dataset.row = row;
    made.append(make("span", "label", label));
    if (type) made.append(make("span", "type", type));
    made.append(make("span", "shape", shape));
    return made;
  });
  layout(state, data);
}

function light(state, at) {
  if (state.lit === at) return;
  state.svg.classList.toggle("dim", at !== null);
  for (const path of state.svg.querySelectorAll("path.in, path.out")) path.removeAttribute("class");
  for (const near of state.plane.querySelectorAll(".near")) near.classList.remove("near");
  for (const [edge, way, other] of at === null ? [] : state.touching[at]) {
    state.paths[edge].setAttribute("class", way);
    state.svg.append(state.paths[edge]);  // last is on top
    state.boxes[other].classList.add("near");
  }
  state.lit = at;
}

function go(state, at) {
  for (const box of state.boxes) if (box.tabIndex === 0) box.tabIndex = -1;
  state.boxes[at].tabIndex = 0;
  state.boxes[at].focus();
}

export default function({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".graph");
  const state = root.lab ??= {
    legend: root.querySelector(".legend"), pane: root.querySelector(".pane"), plane: root.querySelector(".plane"), lit: null,
  };
  state.wanted = data;
  fetched(state, data.source).then(
    (drawn) => { if (state.wanted === data) show(root, state, { ...data, ...drawn }, setStateValue); },
    () => { if (state.wanted === data) state.legend.replaceChildren(data.words.lost); },
  );
  return () => state.watch?.disconnect();
}

function show(root, state, data, setStateValue) {
  const narrow = () => root.clientWidth > 0 && root.clientWidth < 640;
  // Streamlit calls this again on every run with the same elements: what the visitor did here is kept beside them.
  if (state.signature !== data.signature) {
    state.narrow = narrow();
    build(state, data);
    state.lit = null;
    state.signature = data.signature;
    state.picked = undefined;
    state.pane.scrollTop = 0;
  }
  state.watch?.disconnect();
  state.watch = new ResizeObserver(() => {
    if (state.narrow === narrow() || !root.clientWidth) return;
    state.narrow = narrow();
    state.lit = null;
    layout(state, data);
  });
  state.watch.observe(root);

  const choose = (name) => state.boxes.forEach((box, at) => box.setAttribute("aria-pressed", String(data.nodes[at].row === name)));
  if (state.picked !== data.picked) {
    choose(data.picked);
    const first = state.boxes[data.nodes.findIndex((node) => node.row === data.picked)];
    const top = first ? parseFloat(first.style.top) : 0;
    if (first && data.picked !== "" && (top < state.pane.scrollTop || top + 40 > state.pane.scrollTop + state.pane.clientHeight)) {
      state.pane.scrollTop = top - state.pane.clientHeight / 3;
    }
    state.picked = data.picked;
  }
  const at = (event) => {
    const box = event.target.closest(".node");
    return box ? Number(box.dataset.at) : null;
  };
  state.plane.onpointerover = (event) => light(state, at(event));
  state.plane.onpointerleave = () => light(state, null);
  state.plane.onclick = (event) => {
    if (at(event) === null) return;
    state.picked = data.nodes[at(event)].row;
    choose(state.picked);
    go(state, at(event));
    light(state, at(event));
    setStateValue("picked", { row: state.picked, turn: Date.now() });  // `turn`, so that the same row twice is a change
  };
  state.plane.onkeydown = (event) => {
    const deed = pressed(event.key, at(event), state.boxes.length);
    if (!deed || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(state, deed.go);
    light(state, deed.go);
  };
}
