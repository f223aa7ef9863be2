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
    if (count) cell.title = row[field + "s"].join("\n");
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
