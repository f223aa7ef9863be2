const BOX = 27, LINE = 38, NAME = 24, MARGIN = 14, SVG = "http://www.w3.org/2000/svg";

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function draw(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

// Every result that skips ahead has one lane down to the last node that takes it; short ones lie inside long ones.
function lanes(edges) {
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

function layout(state, data) {
  const { nodes, edges, bands } = data;
  const box = state.narrow ? 264 : 440;
  const starts = new Map(bands.map((band) => [band[0], band])), ends = new Map(bands.map((band) => [band[1], band]));
  const tops = [], band = [];
  let y = 10;
  nodes.forEach((node, at) => {
    if (starts.has(at)) {
      band.push([y, starts.get(at)[2]]);
      y += NAME;
    }
    tops.push(y);
    y += LINE;
    if (ends.has(at)) {
      band.at(-1).push(y - 4);
      y += 6;
    }
  });
  const { lane, count } = lanes(edges), step = count > 24 ? 6 : count > 10 ? 8 : 12;
  const right = MARGIN + box, width = right + 22 + count * step + MARGIN;
  const plane = state.plane;
  plane.style.width = width + "px";
  plane.style.height = y + 4 + "px";
  const bandBoxes = band.map(([top, name, bottom]) => {
    const made = make("div", "band");
    made.style.top = top + "px";
    made.style.height = bottom - top + "px";
    made.append(make("span", "", name));
    return made;
  });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", width);
  svg.setAttribute("height", y);
  svg.setAttribute("aria-hidden", "true");
  const marker = draw("marker", { id: "tip", viewBox: "0 0 6 6", refX: 5.5, refY: 3, markerWidth: 6, markerHeight: 6,
    markerUnits: "userSpaceOnUse", orient: "auto" }, draw("defs", {}, svg));
  draw("path", { d: "M0 0L6 3L0 6Z" }, marker);
  state.paths = edges.map(([from, to]) => {
    let d;
    if (to === from + 1) {
      d = `M${MARGIN + 22.5} ${tops[from] + BOX}V${tops[to]}`;
    } else {
      const x = right + 20.5 + lane.get(from) * step, start = tops[from] + BOX - 7.5, end = tops[to] + 7.5;
      d = `M${right} ${start}H${x - 7}Q${x} ${start} ${x} ${start + 7}V${end - 7}Q${x} ${end} ${x - 7} ${end}H${right}`;
    }
    return draw("path", { d, "marker-end": "url(#tip)" }, svg);
  });
  state.svg = svg;
  state.boxes.forEach((element, at) => {
    element.style.cssText = `left:${MARGIN}px;top:${tops[at]}px;width:${box}px;height:${BOX}px`;
  });
  plane.replaceChildren(...bandBoxes, svg, ...state.boxes);
  state.pane.style.height = Math.min(data.height, y + (width > state.pane.clientWidth ? 22 : 6)) + "px";
}

function build(state, data) {
  const { nodes, edges, words } = data;
  state.legend.replaceChildren(...words.legend.map(([tone, text]) => {
    const made = make("span");
    made.append(make("i", tone), text);
    return made;
  }), ...(words.cut ? [make("span", "", words.cut)] : []));
  state.pane.setAttribute("role", "group");
  state.pane.setAttribute("aria-label", words.label);
  state.touching = nodes.map(() => []);
  edges.forEach(([from, to], at) => {
    state.touching[from].push([at, "out", to]);
    state.touching[to].push([at, "in", from]);
  });
  state.boxes = nodes.map(([row, label, type, tone, shape, title], at) => {
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
    state.svg.append(state.paths[edge]);
    state.boxes[other].classList.add("near");
  }
  state.lit = at;
}

function go(state, at) {
  if (!state.boxes[at]) return;
  for (const box of state.boxes) if (box.tabIndex === 0) box.tabIndex = -1;
  state.boxes[at].tabIndex = 0;
  state.boxes[at].focus();
}

export default function({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".graph");
  const state = root.lab ??= {
    legend: root.querySelector(".legend"), pane: root.querySelector(".pane"), plane: root.querySelector(".plane"), lit: null,
  };
  const narrow = () => root.clientWidth > 0 && root.clientWidth < 640;
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

  const choose = (name) => state.boxes.forEach((box, at) => box.setAttribute("aria-pressed", String(data.nodes[at][0] === name)));
  if (state.picked !== data.picked) {
    choose(data.picked);
    const first = state.boxes[data.nodes.findIndex((node) => node[0] === data.picked)];
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
    state.picked = data.nodes[at(event)][0];
    choose(state.picked);
    go(state, at(event));
    light(state, at(event));
    setStateValue("picked", { row: state.picked, turn: Date.now() });
  };
  state.plane.onkeydown = (event) => {
    const to = { ArrowDown: at(event) + 1, ArrowUp: at(event) - 1, Home: 0, End: state.boxes.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(state, to);
    if (state.boxes[to]) light(state, to);
  };
  return () => state.watch.disconnect();
}
