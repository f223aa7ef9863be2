"""The rows of a model as a tree that folds, searches and picks, drawn by the browser alone."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import streamlit as st

from cnnlab.specs import N_
from cnnlab.summary import MARKS, Report, Row, shape_text
from cnnlab.summary.rows import PARAMETER, Shape

from .language import _

BADGES = {  # mark: (word, tone)
    "repeated": (N_("repeated"), "violet"), "shared": (N_("shared"), "orange"), "alias": (N_("alias"), "orange"),
    "unused": (N_("unused"), "gray"), "not observed": (N_("not observed"), "gray"), "direct": (N_("direct"), "gray"),
    "frozen": (N_("frozen"), "blue"), "lazy": (N_("lazy"), "blue"), "failed": (N_("failed"), "red"),
}  # fmt: skip
SHORT = (  # argument, its letter, the value that goes without saying
    ("kernel_size", "k", None), ("stride", "s", 1), ("padding", "p", 0), ("output_padding", "op", 0),
    ("dilation", "d", 1), ("groups", "g", 1), ("output_size", "→", None),
)  # fmt: skip

HTML = """
<div class="tree">
  <div class="bar">
    <input type="search" autocomplete="off" spellcheck="false">
    <span class="depths" role="group"></span>
    <span class="count" role="status"></span>
  </div>
  <div class="sheet" role="treegrid"></div>
</div>
"""
CSS = """
.tree { container-type: inline-size; font-family: var(--st-font); color: var(--st-text-color); font-size: .84rem; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center; margin-bottom: .5rem; }
.bar input { flex: 0 1 17rem; min-width: 9rem; box-sizing: border-box; }
.bar input, .depths button, select { font: inherit; color: inherit; padding: .28rem .55rem; border-radius: var(--st-base-radius);
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color); }
.bar input::placeholder { color: inherit; opacity: .65; }
.depths { display: flex; }
.depths button { cursor: pointer; border-radius: 0; margin-left: -1px; white-space: nowrap; }
.depths button:first-child { border-radius: var(--st-base-radius) 0 0 var(--st-base-radius); }
.depths button:last-child { border-radius: 0 var(--st-base-radius) var(--st-base-radius) 0; }
.depths button:hover { border-color: var(--st-primary-color); position: relative; }
.depths button:disabled { opacity: .5; pointer-events: none; }
.count { opacity: .75; font-size: .78rem; margin-left: auto; }
.sheet { overflow: auto; border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  box-sizing: border-box; overscroll-behavior-x: contain; }
.row { --back: var(--st-background-color); display: grid; grid-template-columns: var(--columns); min-width: var(--total);
  width: 100%; height: 1.85rem; align-items: stretch; font-family: var(--st-code-font); font-size: .77rem; outline: none;
  box-sizing: border-box; background: var(--back); font-variant-numeric: tabular-nums; }
.body .row { content-visibility: auto; contain-intrinsic-height: 1.85rem; cursor: pointer;
  border-top: 1px solid var(--st-border-color-light, var(--st-border-color)); }
.row[hidden] { display: none; }
.body .row:hover { --back: var(--st-secondary-background-color); }
.body .row.failed { --back: var(--st-red-background-color); }
.body .row[aria-selected="true"] { --back: color-mix(in srgb, var(--st-primary-color) 20%, var(--st-background-color)); }
.body .row:focus-visible { box-shadow: inset 0 0 0 2px var(--st-primary-color); }
.row > * { display: flex; align-items: center; gap: .4rem; min-width: 0; padding: 0 .45rem; white-space: nowrap; overflow: hidden; }
.row > .number { justify-content: flex-end; }
.row > :first-child { position: sticky; left: 0; z-index: 1; background: var(--back); font-family: var(--st-font);
  font-size: .82rem; padding-left: calc(.3rem + var(--indent, 0) * 1rem); gap: .3rem;
  box-shadow: inset -1px 0 var(--st-border-color-light, var(--st-border-color)); }
.body .row:focus-visible > :first-child { box-shadow: inset 2px 0 var(--st-primary-color), inset 0 2px var(--st-primary-color),
  inset 0 -2px var(--st-primary-color); }
.body .row[aria-selected="true"] > :first-child { border-left: 3px solid var(--st-primary-color);
  padding-left: calc(.3rem - 3px + var(--indent, 0) * 1rem); }
.head { position: sticky; top: 0; z-index: 2; --back: var(--st-secondary-background-color); height: 2rem; }
.head > * { font-family: var(--st-font); font-weight: 600; font-size: .78rem;
  box-shadow: inset 0 -2px var(--tone, var(--st-border-color)); }
.head > :first-child { box-shadow: inset 0 -2px var(--st-border-color), inset -1px 0 var(--st-border-color); }
.head .input { --tone: var(--st-blue-color); } .head .output { --tone: var(--st-green-color); }
.head .params { --tone: var(--st-orange-color); }
select { max-width: 100%; padding: .1rem .2rem; font-weight: 600; background: var(--st-background-color); cursor: pointer; }
.fold { flex: 0 0 1.2rem; width: 1.2rem; height: 1.4rem; padding: 0; border: 0; background: none; color: inherit; font: inherit;
  font-size: .75rem; line-height: 1; cursor: pointer; opacity: .75; border-radius: var(--st-base-radius); }
button.fold:hover { opacity: 1; background: color-mix(in srgb, currentColor 14%, transparent); }
.searching .fold { visibility: hidden; }
.label { overflow: hidden; text-overflow: ellipsis; font-weight: 500; flex: 0 1 auto; min-width: 1rem; }
.parent .label { font-weight: 650; }
.function .label, .parameter .label { font-style: italic; font-weight: 400; }
.hit.named .label, .hit.typed .type { background: var(--st-orange-background-color); color: var(--st-orange-text-color);
  border-radius: 2px; opacity: 1; }
.type { font-family: var(--st-code-font); font-size: .74rem; opacity: .8; overflow: hidden; text-overflow: ellipsis;
  flex: 0 1000 auto; min-width: 0; }
.unused > :not(.marks) > * , .unused > .number, .unused > .settings { opacity: .6; }
.more { opacity: .7; }
.share { position: relative; justify-content: flex-end; }
.share i { position: absolute; left: .45rem; right: 4rem; height: .6rem; border-radius: 2px;
  background: color-mix(in srgb, var(--st-text-color) 9%, transparent); overflow: hidden; }
.share i::after { content: ""; position: absolute; inset: 0 auto 0 0; width: var(--part); background: var(--measure); }
.params-measured { --measure: var(--st-orange-color); } .macs-measured { --measure: var(--st-green-color); }
.activations-measured { --measure: var(--st-blue-color); }
.badge { font-family: var(--st-font); font-size: .72rem; line-height: 1; padding: .2rem .4rem; border-radius: 1rem; cursor: help; }
.badge.gray { color: var(--st-gray-text-color); background: var(--st-gray-background-color); }
.badge.blue { color: var(--st-blue-text-color); background: var(--st-blue-background-color); }
.badge.orange { color: var(--st-orange-text-color); background: var(--st-orange-background-color); }
.badge.violet { color: var(--st-violet-text-color); background: var(--st-violet-background-color); }
.badge.red { color: #fff; background: var(--st-red-color); }
.none { padding: 1.2rem; opacity: .75; }
@container (max-width: 640px) {
  .sheet { --label: 48cqw; }
  .row > :first-child { padding-left: calc(.1rem + var(--indent, 0) * .55rem); gap: .15rem; }
  .body .row[aria-selected="true"] > :first-child { padding-left: calc(.1rem - 3px + var(--indent, 0) * .55rem); }
  .bar input { flex: 1 1 100%; }
  .depths { flex-wrap: wrap; font-size: .72rem; }
  .depths button { padding: .35rem .38rem; }
}
"""
JS = """
const whole = new Intl.NumberFormat("en-US");
const ALONE = [" B", " KiB", " MiB", " GiB"];
const FIELDS = ["name", "label", "type", "kind", "depth", "input", "output", "inputs", "outputs", "params", "macs",
  "activations", "bytes", "calls", "marks", "short", "settings"];

function bytes(number) {
  const size = number < 2 ** 10 ? 0 : number < 2 ** 20 ? 1 : number < 2 ** 30 ? 2 : 3;
  const value = number / 1024 ** size;
  return (size ? value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0) : value) + ALONE[size];
}

function percent(part) {
  return !part ? "" : part < 0.0005 ? "< 0.1%" : (100 * part).toFixed(1) + "%";
}

function make(tag, className, text, title) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  if (title) made.title = title;
  return made;
}

function columns(rows, words) {
  const shape = (field) => (row, cell) => {
    cell.append(row[field]);
    const count = row[field + "s"].length;
    if (count > 1) cell.append(make("span", "more", "+" + (count - 1)));
    if (count) cell.title = row[field + "s"].join("\\n");
  };
  const number = (field, text) => (row, cell) => { cell.textContent = row[field] ? text(row[field]) : ""; };
  const badge = (row, mark) => mark === "repeated" ? "× " + row.calls : words.marks[mark][0];
  const badges = (row, cell) => cell.append(...row.marks.map(([mark, title]) => {
    return make("span", "badge " + words.marks[mark][1], badge(row, mark), title);
  }));
  return [
    ["input", "", (row) => row.input.length + (row.inputs.length > 1 ? 4 : 0), shape("input")],
    ["output", "", (row) => row.output.length + (row.outputs.length > 1 ? 4 : 0), shape("output")],
    ["params", "number", (row) => whole.format(row.params).length, number("params", whole.format)],
    ["macs", "number", (row) => whole.format(row.macs).length, number("macs", whole.format)],
    ["share", "", () => 17, (row, cell) => cell.append(make("i"), make("span"))],
    ["bytes", "number", () => 8, number("bytes", bytes)],
    ["marks", "", (row) => row.marks.reduce((sum, [mark]) => sum + badge(row, mark).length + 2, 0), badges],
    ["settings", "", (row) => row.short.length, (row, cell) => {
      cell.textContent = row.short;
      cell.title = row.settings;
    }],
  ].map(([name, kind, width, fill]) => ({ name, kind, fill, width: Math.max(...rows.map(width)) }))
    .filter((column) => column.width || column.name === "params" || column.name === "macs");
}

function build(state, data) {
  const { words } = data;
  const rows = state.rows = data.rows.map((row) => Object.fromEntries(FIELDS.map((field, at) => [field, row[at]])));
  const shown = columns(rows, words);
  const wide = Math.max(...rows.map((row) => 2.2 + row.depth + 0.47 * row.label.length +
    (row.type === row.label ? 0 : 0.3 + 0.47 * row.type.length)));
  const sizes = shown.map((column) => {
    const head = `${0.55 * (column.name === "share" ? 0 : [...words.heads[column.name][0]].length) + 1.1}rem`;
    return `max(calc(${column.width}ch + 1rem), ${head})`;
  });
  const label = `var(--label, ${Math.min(Math.max(wide, 13), 19)}rem)`;
  const grow = sizes.map((size, at) => at === sizes.length - 1 ? `minmax(${size}, 1fr)` : size);
  state.sheet.style.setProperty("--columns", `${label} ${grow.join(" ")}`);
  state.sheet.style.setProperty("--total", `calc(${label} + ${sizes.join(" + ")})`);

  const head = make("div", "row head");
  head.setAttribute("role", "row");
  for (const { name, kind } of [{ name: "layer", kind: "" }, ...shown]) {
    const cell = make("div", `${name} ${kind}`);
    cell.setAttribute("role", "columnheader");
    if (name === "share") {
      state.select = make("select");
      state.select.setAttribute("aria-label", words.share);
      state.select.append(...Object.entries(words.measures).map(([value, text]) => new Option(text, value)));
      cell.append(state.select);
    } else {
      cell.append(make("span", "", words.heads[name][0]));
      cell.title = words.heads[name][1];
    }
    head.append(cell);
  }
  const body = make("div", "body");
  body.setAttribute("role", "rowgroup");
  state.elements = rows.map((row, at) => {
    const parent = at + 1 < rows.length && rows[at + 1].depth > row.depth;
    row.parent = parent;
    const states = row.marks.map(([mark]) => mark).filter((mark) => mark === "unused" || mark === "failed");
    const line = make("div", ["row", row.kind, parent ? "parent" : "", ...states].join(" "));
    line.dataset.at = at;
    line.dataset.row = row.name;
    line.tabIndex = -1;
    line.setAttribute("role", "row");
    line.setAttribute("aria-level", row.depth + 1);
    const cell = make("div", "layer", "", (row.name || row.type) + (row.kind === "module" && row.name ? ` (${row.type})` : ""));
    cell.setAttribute("role", "gridcell");
    cell.style.setProperty("--indent", row.depth);
    const fold = make(parent ? "button" : "span", "fold");
    if (parent) {
      fold.type = "button";
      fold.tabIndex = -1;
    }
    cell.append(fold, make("span", "label", row.label));
    if (row.type !== row.label) cell.append(make("span", "type", row.type));
    line.append(cell);
    for (const { name, kind, fill } of shown) {
      const filled = make("div", `${name} ${kind}`);
      filled.setAttribute("role", "gridcell");
      fill(row, filled);
      line.append(filled);
    }
    return line;
  });
  state.none = make("div", "none", words.none);
  body.append(...state.elements, state.none);
  state.sheet.replaceChildren(head, body);
  const pixels = parseFloat(getComputedStyle(document.documentElement).fontSize);
  state.sheet.style.height = Math.min(data.height, Math.ceil((2 + 1.85 * rows.length) * pixels) + 20) + "px";
}

function measure(state, totals, heads) {
  const name = state.measure;
  state.select.value = name;
  state.sheet.className = `sheet ${name}-measured`;
  state.rows.forEach((row, at) => {
    const part = totals[name] ? row[name] / totals[name] : 0;
    const cell = state.elements[at].querySelector(".share");
    cell.firstChild.style.setProperty("--part", 100 * Math.min(part, 1) + "%");
    cell.firstChild.hidden = !part;
    cell.lastChild.textContent = percent(part);
  });
}

function matching(rows, query) {
  const keep = rows.map(() => 0), path = [];
  rows.forEach((row, at) => {
    path[row.depth] = at;
    const named = (query.includes(".") ? row.name : row.label).toLowerCase().includes(query);
    const typed = row.type.toLowerCase().includes(query);
    if (!named && !typed) return;
    for (let depth = 0; depth < row.depth; depth++) keep[path[depth]] ||= 1;
    keep[at] = 1 + 2 * named + 4 * typed;
  });
  return keep;
}

function show(state, words) {
  const query = state.query.trim().toLowerCase();
  const keep = query ? matching(state.rows, query) : null;
  let limit = Infinity, shown = 0;
  state.rows.forEach((row, at) => {
    const line = state.elements[at], visible = keep ? keep[at] > 0 : row.depth <= limit;
    if (visible && !keep) limit = state.closed.has(at) ? row.depth : Infinity;
    line.hidden = !visible;
    line.classList.toggle("hit", Boolean(keep && keep[at] > 1));
    line.classList.toggle("named", Boolean(keep && keep[at] & 2));
    line.classList.toggle("typed", Boolean(keep && keep[at] & 4));
    if (row.parent) {
      const open = keep ? true : !state.closed.has(at), fold = line.firstChild.firstChild;
      line.setAttribute("aria-expanded", String(open));
      fold.setAttribute("aria-expanded", String(open));
      fold.setAttribute("aria-label", (open ? words.fold : words.unfold).replace("{name}", row.label));
      fold.textContent = open ? "▾" : "▸";
    }
    shown += keep ? keep[at] > 1 : visible;
  });
  state.sheet.classList.toggle("searching", Boolean(keep));
  state.none.hidden = shown > 0;
  state.depths.querySelectorAll("button").forEach((button) => { button.disabled = Boolean(keep); });
  const text = keep ? words.found : words.count;
  state.count.textContent = text.replace("{shown}", whole.format(shown)).replace("{all}", whole.format(state.rows.length));
}

function fold(state, words, depth) {
  state.closed = new Set([...state.rows.keys()].filter((at) => state.rows[at].parent && state.rows[at].depth >= depth));
  show(state, words);
}

function reveal(state, words, at, scroll) {
  let depth = state.rows[at].depth;
  for (let above = at; above >= 0 && depth > 0; above--) {
    if (state.rows[above].depth < depth) {
      state.closed.delete(above);
      depth = state.rows[above].depth;
    }
  }
  show(state, words);
  const line = state.elements[at], top = line.offsetTop - state.sheet.firstChild.offsetHeight;
  const bottom = line.offsetTop + line.offsetHeight - state.sheet.clientHeight;
  const seen = top >= state.sheet.scrollTop && bottom <= state.sheet.scrollTop;
  if (scroll && !line.hidden && !seen) state.sheet.scrollTop = top - state.sheet.clientHeight / 3;
}

function select(state, name) {
  state.elements.forEach((line, at) => {
    const chosen = state.rows[at].name === name;
    line.setAttribute("aria-selected", String(chosen));
    if (chosen) home(state, at);
  });
}

function home(state, at) {
  state.elements[state.home]?.setAttribute("tabindex", "-1");
  state.elements[at]?.setAttribute("tabindex", "0");
  state.home = at;
}

function go(state, at) {
  home(state, at);
  state.elements[at].focus({ preventScroll: true });
  const line = state.elements[at], head = state.sheet.firstChild.offsetHeight;
  if (line.offsetTop - head < state.sheet.scrollTop) state.sheet.scrollTop = line.offsetTop - head;
  const below = line.offsetTop + line.offsetHeight - state.sheet.clientHeight;
  if (below > state.sheet.scrollTop) state.sheet.scrollTop = below;
}

export default function({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".tree"), { words } = data;
  const state = root.lab ??= {
    sheet: root.querySelector(".sheet"), depths: root.querySelector(".depths"), count: root.querySelector(".count"),
    search: root.querySelector("input"), query: "", measure: "macs", closed: new Set(), home: 0,
  };
  state.sheet.setAttribute("aria-label", words.label);
  state.search.placeholder = words.search;
  state.search.setAttribute("aria-label", words.search);

  if (state.signature !== data.signature) {
    const focused = root.getRootNode().activeElement?.closest?.(".body .row");
    build(state, data);
    const deepest = Math.max(...state.rows.map((row) => row.depth));
    state.depths.replaceChildren(...[
      [words.collapse, 0], ...[1, 2, 3].filter((depth) => depth < deepest).map((depth) => [`${words.depth} ${depth}`, depth]),
      [words.expand, Infinity],
    ].map(([text, depth]) => {
      const button = make("button", "", text);
      button.type = "button";
      button.onclick = () => fold(state, words, depth);
      return button;
    }));
    state.select.onchange = () => {
      state.measure = state.select.value;
      measure(state, data.totals);
    };
    measure(state, data.totals);
    if (state.names !== data.names) fold(state, words, state.rows.length > 60 ? 2 : Infinity);
    show(state, words);
    state.home = 0;
    home(state, 0);
    const failed = state.rows.findIndex((row) => row.marks.some(([mark]) => mark === "failed"));
    if (failed > 0 && state.names !== data.names) reveal(state, words, failed, true);
    state.signature = data.signature;
    if (focused && state.names === data.names) go(state, Number(focused.dataset.at));
    if (state.names !== data.names) state.picked = undefined;
    else select(state, data.picked);
    state.names = data.names;
  }
  if (state.picked !== data.picked) {
    const at = state.rows.findIndex((row) => row.name === data.picked);
    if (at >= 0 && data.picked !== "") reveal(state, words, at, true);
    select(state, data.picked);
    state.picked = data.picked;
  }

  const pick = (at) => {
    state.picked = state.rows[at].name;
    select(state, state.picked);
    setStateValue("picked", { row: state.picked, turn: Date.now() });
  };
  const toggle = (at) => {
    if (!state.closed.delete(at)) state.closed.add(at);
    show(state, words);
  };
  state.search.oninput = () => {
    state.query = state.search.value;
    show(state, words);
    state.sheet.scrollTop = 0;
    const at = state.rows.findIndex((row) => row.name === state.picked);
    if (at > 0 && !state.query.trim()) reveal(state, words, at, true);
  };
  state.sheet.onclick = (event) => {
    const line = event.target.closest(".body .row");
    if (!line) return;
    const at = Number(line.dataset.at);
    go(state, at);
    if (event.target.closest("button.fold")) toggle(at);
    else if (state.sheet.getRootNode().getSelection?.()?.type !== "Range") pick(at);
  };
  state.sheet.onkeydown = (event) => {
    const line = event.target.closest(".body .row");
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = Number(line.dataset.at), row = state.rows[at], searching = state.sheet.classList.contains("searching");
    const next = (from, by) => {
      for (let to = from + by; to >= 0 && to < state.rows.length; to += by) if (!state.elements[to].hidden) return to;
      return from;
    };
    const above = () => {
      let to = at;
      while (to > 0 && state.rows[to].depth >= row.depth) to -= 1;
      return to;
    };
    const open = row.parent && (searching || !state.closed.has(at));
    const keys = {
      ArrowDown: () => go(state, next(at, 1)), ArrowUp: () => go(state, next(at, -1)),
      Home: () => go(state, next(-1, 1)), End: () => go(state, next(state.rows.length, -1)),
      ArrowRight: () => row.parent && (open ? go(state, next(at, 1)) : toggle(at)),
      ArrowLeft: () => open && !searching ? toggle(at) : go(state, above()),
      Enter: () => pick(at), " ": () => pick(at),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  };
}
"""
_component = st.components.v2.component("cnnlab_tree", html=HTML, css=CSS, js=JS)


def tree(key: str, report: Report, picked: str, on_pick: Callable[[str], None], height: int = 560) -> None:
    """Draw the rows, at most `height` pixels of them at once; `on_pick` takes the name of the row that was picked."""
    rows, words = list(_rows(report)), _words()
    data = {"rows": rows, "words": words, "height": height, "totals": _totals(report, rows),
            "names": _digest([row[0] for row in rows])}  # fmt: skip
    data |= {"signature": _digest(data), "picked": picked}

    def picked_changed() -> None:
        value = st.session_state[key].get("picked")
        name = value.get("row") if isinstance(value, dict) else None
        if any(row.name == name for row in report.rows):
            on_pick(name)

    _component(key=key, data=data, default={"picked": None}, on_picked_change=picked_changed, width="stretch")


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()[:16]


def _rows(report: Report) -> Iterator[tuple[Any, ...]]:
    """What the browser shows of each row, in the order of FIELDS in the script."""
    activations = activation_bytes(report)
    about = {mark: _(text) for mark, text in MARKS.items()}
    for row in report.rows:
        inputs, outputs = ([_shape(report, row, shape) for shape in shapes] for shapes in (row.inputs, row.outputs))
        marks = [(mark, about[mark] + (f" = {row.alias_of}" if mark == "alias" else "")) for mark in row.marks]
        yield (row.name, row.label, row.type, row.kind, row.depth, _shape(report, row, row.input_shape),
               _shape(report, row, row.output_shape), inputs, outputs, row.params, row.macs, activations[row.name],
               row.activation_bytes, row.calls, marks, short(row),
               "\n".join(f"{name}={value!r}" for name, value in row.settings.items()))  # fmt: skip


def _shape(report: Report, row: Row, shape: Shape | None) -> str:
    return shape_text(shape if row.kind == PARAMETER else report.sample(shape))


def _totals(report: Report, rows: list[tuple[Any, ...]]) -> dict[str, int]:
    return {"params": report.params, "macs": report.macs, "activations": rows[0][11]}


def activation_bytes(report: Report) -> dict[str, int]:
    """By the name of the row, the bytes of all results below it, each once: a container's result is its last child's."""
    below = dict.fromkeys((row.name for row in report.rows), 0)
    for row in reversed(report.rows):
        below[row.name] = below[row.name] or row.activation_bytes
        if row.parent is not None:
            below[row.parent] += below[row.name]
    return below


def short(row: Row) -> str:
    """The settings that shape the result.

    >>> short(Row("conv", "Conv2d", settings={"kernel_size": (3, 3), "stride": (2, 2), "padding": (0, 0)}))
    'k 3×3 s 2'
    """
    words = [f"{letter} {_sides(row, name, row.settings[name])}" for name, letter, usual in SHORT
             if name in row.settings and row.settings[name] is not None and _one(row.settings[name]) != usual]  # fmt: skip
    if row.type.startswith("Dropout") and "p" in row.settings:
        words.append(f"p {row.settings['p']:g}")
    return " ".join(words)


def _one(value: Any) -> Any:
    """The value that all sides have, or the tuple as it is."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _sides(row: Row, name: str, value: Any) -> str:
    if name not in ("kernel_size", "output_size"):
        value = _one(value)
    elif isinstance(value, int) and row.type[-2:] in ("2d", "3d"):
        value = (value,) * int(row.type[-2])
    return "×".join("·" if side is None else str(side) for side in value) if isinstance(value, tuple) else str(value)


def _words() -> dict[str, Any]:
    heads = {
        "layer": (_("Layer"), _("What the model calls it, and its type.")),
        "input": (_("Input"), _("The shape that comes in, without the batch.")),
        "output": (_("Output"), _("The shape that goes out, without the batch.")),
        "params": (_("Parameters"), _("Weights and biases, with everything below the row.")),
        "macs": (_("MACs"), _("Multiply-accumulates of the pass, with everything below the row.")),
        "bytes": (_("Memory"), _("What the result takes in memory, in all calls together.")),
        "marks": (_("Notes"), _("What is unusual about the row, and how often it ran if not once: point at a note to read it.")),
        "settings": (_("Settings"), _("k kernel, s stride, p padding, d dilation, g groups: point at a cell for all settings.")),
    }  # fmt: skip
    return {
        "heads": heads, "share": _("Share of"),
        "measures": {"params": _("% parameters"), "macs": _("% MACs"), "activations": _("% activations")},
        "marks": {mark: (_(word), tone) for mark, (word, tone) in BADGES.items()},
        "label": _("Layers of the model"), "search": _("Find a name or a type"), "none": _("No row has this in its name or type."),
        "collapse": _("Collapse all"), "expand": _("Expand all"), "depth": _("Depth"), "fold": _("Collapse {name}"),
        "unfold": _("Expand {name}"), "count": _("{shown} of {all} rows shown"), "found": _("{shown} of {all} rows found"),
    }  # fmt: skip
