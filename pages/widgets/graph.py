"""A model's graph as one line per call, with an arc for every result that skips ahead; drawn by the browser alone."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import streamlit as st

from cnnlab.summary import Graph, Node, Report, shape_text
from cnnlab.summary.rows import FUNCTION, Shape

from .language import _

MAX_NODES = 800
CROWDED = 0.5  # a group with more than this share of all nodes says little, so the groups inside it are shown

HTML = """
<div class="graph">
  <div class="legend"></div>
  <div class="pane"><div class="plane"></div></div>
</div>
"""
CSS = """
.graph { font-family: var(--st-font); color: var(--st-text-color); font-size: .8rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; margin-bottom: .5rem; font-size: .78rem; }
.legend > span { display: inline-flex; align-items: center; gap: .35rem; }
.legend i { width: 1.1rem; height: .8rem; box-sizing: border-box; }
.legend i.line { height: 0; border: 0; border-top: 2.5px solid; border-radius: 0; background: none; }
.legend i.in { color: var(--st-blue-color); } .legend i.out { color: var(--st-green-color); }
.pane { overflow: auto; border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); box-sizing: border-box;
  overscroll-behavior-x: contain; }
.plane { position: relative; margin: 0 auto; }
.band { position: absolute; left: 4px; right: 4px; border-radius: .4rem;
  background: color-mix(in srgb, var(--st-text-color) 5%, transparent); }
.band span { position: sticky; left: 2.6rem; margin-left: 2.6rem; font: 600 .78rem/24px var(--st-code-font); opacity: .8; }
svg { position: absolute; left: 0; top: 0; overflow: visible; pointer-events: none; }
path { fill: none; stroke: var(--edge); stroke-width: 1; }
svg { --edge: color-mix(in srgb, var(--st-text-color) 52%, var(--st-background-color)); }
svg.dim { --edge: color-mix(in srgb, var(--st-text-color) 14%, var(--st-background-color)); }
svg path.in, svg path.out { stroke-width: 2.4; }
path.in { stroke: var(--st-blue-color); } path.out { stroke: var(--st-green-color); }
marker path { stroke: none; fill: context-stroke; }
.node { position: absolute; display: flex; align-items: center; gap: .5rem; box-sizing: border-box; padding: 0 .55rem;
  text-align: left; font: inherit; color: inherit; cursor: pointer; white-space: nowrap; overflow: hidden; }
.node, .legend i { border: 1.5px solid color-mix(in srgb, var(--st-text-color) 35%, var(--st-background-color));
  border-radius: .35rem; background: var(--st-background-color); }
.node.weights, .legend .weights { border-color: var(--st-orange-color); background: var(--st-orange-background-color); }
.node.input, .legend .input { border-color: var(--st-blue-color); background: var(--st-blue-background-color); }
.node.function, .legend .function { border-color: var(--st-green-color); border-radius: 1rem; }
.node:hover, .node.near { box-shadow: 0 0 0 1.5px color-mix(in srgb, var(--st-text-color) 45%, transparent); }
.node:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.node[aria-pressed="true"] { box-shadow: 0 0 0 2.5px var(--st-primary-color); }
.label { font-weight: 600; overflow: hidden; text-overflow: ellipsis; flex: 0 1 auto; min-width: 1rem; }
.function .label { font-style: italic; font-weight: 500; }
.type { font-family: var(--st-code-font); font-size: .73rem; opacity: .8; overflow: hidden; text-overflow: ellipsis;
  flex: 0 1000 auto; min-width: 0; }
.shape { font-family: var(--st-code-font); font-size: .73rem; margin-left: auto; flex: none; }
"""
JS = """
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
"""
_component = st.components.v2.component("cnnlab_graph", html=HTML, css=CSS, js=JS)


def graph_view(
    key: str, graph: Graph, picked: str, on_pick: Callable[[str], None], height: int = 560, report: Report | None = None
) -> None:
    """Draw the nodes in the order they ran; `on_pick` takes the row of the node that was picked.

    With the report, shapes lose the batch, and layers that have parameters without arithmetic are orange too.
    """
    nodes = graph.nodes[:MAX_NODES]
    place = {node.id: index for index, node in enumerate(nodes)}
    edges = sorted(
        {(place[source], place[to]) for source, to, _shape in graph.edges if source in place and to in place}
    )
    bands = _bands(nodes)
    data = {
        "nodes": [_node(node, name, report) for node, name in zip(nodes, _named(nodes, bands), strict=True)],
        "edges": [edge for edge in edges if edge[0] < edge[1]], "bands": [band for band in bands if band[2]],
        "words": _words(graph), "height": height,
    }  # fmt: skip
    data |= {"signature": hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16], "picked": picked}

    def picked_changed() -> None:
        value = st.session_state[key].get("picked")
        name = value.get("row") if isinstance(value, dict) else None
        if any(node.row == name for node in nodes):
            on_pick(name)

    _component(key=key, data=data, default={"picked": None}, on_picked_change=picked_changed, width="stretch")


def _bands(nodes: Sequence[Node]) -> list[tuple[int, int, str]]:
    """Runs of nodes under one module as (first, last, its name); "" for nodes of the model itself."""
    paths = [node.parent.split(".") if node.parent else [] for node in nodes]
    depths = {}
    for name, count in Counter(path[0] for path in paths if path).items():
        inside = {path[1] for path in paths if path[:1] == [name] and len(path) > 1}
        depths[name] = 2 if count > CROWDED * len(nodes) and len(inside) > 1 else 1
    groups = ["" if not path or len(path) < depths[path[0]] else ".".join(path[: depths[path[0]]]) for path in paths]
    runs = [list(run) for _group, run in groupby(range(len(nodes)), lambda index: groups[index])]
    return [(run[0], run[-1], groups[run[0]]) for run in runs]


def _named(nodes: Sequence[Node], bands: list[tuple[int, int, str]]) -> list[str]:
    """The name of each node inside its band."""
    names = []
    for first, last, group in bands:
        for node in nodes[first : last + 1]:
            name = node.row.removeprefix(group).lstrip("./") if group else node.row.lstrip("/")
            names.append(name.rpartition(":")[0] if node.kind == FUNCTION else name)
    return names


def _node(node: Node, name: str, report: Report | None) -> tuple[str, ...]:
    """Row, label, type, tone, shape and tooltip."""
    if node.kind == "input":
        shape = _shape(node.output_shape, report)
        return node.row, _("Input"), "", "input", shape, shape
    heavy = node.macs or (report is not None and report.row(node.row).own_params)
    tone = " ".join(word for word, holds in (("weights", heavy), ("function", node.kind == FUNCTION)) if holds)
    shape = _shape(node.output_shape, report)
    title = [f"{node.row} ({node.type})", shape] + (
        [_("{macs} MACs").format(macs=f"{node.macs:,}")] if node.macs else []
    )
    return node.row, name or node.type, "" if node.kind == FUNCTION else node.type, tone, shape, "\n".join(title)


def _shape(shape: Shape | None, report: Report | None) -> str:
    return shape_text(report.sample(shape) if report else shape)


def _words(graph: Graph) -> dict[str, Any]:
    count = len(graph.nodes)
    cut = _("The first {shown} of {all} nodes are drawn.").format(shown=MAX_NODES, all=f"{count:,}")
    label = _("{nodes} layers and operations, {edges} connections")
    return {
        "label": label.format(nodes=f"{count - 1:,}", edges=f"{len(graph.edges):,}"), "cut": cut if count > MAX_NODES else "",
        "legend": [("input", _("input")), ("weights", _("layer with arithmetic or parameters")), ("plain", _("other layer")),
                   ("function", _("operation")), ("line in", _("what comes in")), ("line out", _("what goes out"))],
    }  # fmt: skip
