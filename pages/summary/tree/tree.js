// What the script draws; rows.js computes it.

// How each kind of cell is filled; which columns there are, and of which kind, comes with the data.
export const FILL = {
  text: (element, cell) => { element.textContent = cell ?? ""; },
  number: (element, cell) => { element.textContent = cell ?? ""; },
  shapes: (element, shapes) => {
    if (!shapes) return;
    element.append(shapes[0]);
    if (shapes.length > 1) element.append(make("span", "more", "+" + (shapes.length - 1)));
    element.title = shapes.join("\n");
  },
  share: (element) => element.append(make("i"), make("span")),
  badges: (element, cell, marks) => {
    element.append(...badges(cell, marks).map(({ text, tone, title }) => make("span", "badge " + tone, text, title)));
  },
};

const LEAST = 13, EDGE = 1.4;  // rem of the first column, and of the edge that leads to further ones
const SLACK = 20;  // pixels: the room of a bar that is not drawn counts as none

function build(state, data) {
  const { marks, measures, words } = data;
  const rows = state.rows = data.rows;
  const branch = data.columns.find(({ kind }) => kind === "branch");
  const columns = data.columns.filter((column) => column !== branch).map((column) => {
    const width = Math.max(column.least, ...rows.map((row) => room(column.kind, row.cells[column.name], marks)));
    return { ...column, width };
  }).filter((column) => column.width);
  size(state, rows, columns);

  const head = make("div", "row head");
  head.setAttribute("role", "row");
  for (const { kind, tone, title, about } of [branch, ...columns]) {
    const cell = make("div", kind);
    cell.setAttribute("role", "columnheader");
    if (tone) cell.style.setProperty("--tone", `var(--st-${tone}-color)`);
    if (kind === "share") {
      state.select = make("select");
      state.select.setAttribute("aria-label", title);
      state.select.append(...measures.map((measure) => new Option(measure.title, measure.name)));
      cell.append(state.select);
    } else {
      cell.append(make("span", "", title));
      cell.title = about;
    }
    head.append(cell);
  }
  const body = make("div", "body");
  body.setAttribute("role", "rowgroup");
  state.elements = rows.map((row, at) => line(rows, at, columns, marks, words.turn));
  for (const [name, texts] of Object.entries(data.tips)) {
    const place = [branch, ...columns].findIndex((column) => column.name === name);
    for (const [text, places] of Object.entries(texts)) {
      for (const at of place < 0 ? [] : places) state.elements[at].children[place].title = text;
    }
  }
  state.none = make("div", "none", words.none);
  body.append(...state.elements, state.none);
  state.sheet.replaceChildren(head, body);
  const pixels = parseFloat(getComputedStyle(document.documentElement).fontSize);
  state.sheet.style.height = Math.min(data.height, Math.ceil((2 + 1.85 * rows.length) * pixels) + 20) + "px";
  fit(state);
}

function size(state, rows, columns) {
  const wide = Math.max(...rows.map((row) => 2.2 + row.depth + 0.47 * row.label.length +
    (beside(row) ? 0.3 + 0.47 * row.type.length : 0) + (row.turn ? 0.8 + 0.45 * row.turn.length : 0)));
  const sizes = columns.map(({ kind, title, width }) => {
    const head = `${0.55 * (kind === "share" ? 0 : [...title].length) + 1.1}rem`;
    return `max(calc(${width}ch + 1rem), ${head})`;
  });
  const label = `var(--label, ${Math.min(Math.max(wide, 13), 19)}rem)`;
  const grow = sizes.map((size, at) => at === sizes.length - 1 ? `minmax(${size}, 1fr)` : size);
  state.sheet.style.setProperty("--columns", `${label} ${grow.join(" ")}`);
  state.sheet.style.setProperty("--total", `calc(${label} + ${sizes.join(" + ")})`);
}

// Where not all columns have room, so many as the frame shows whole, and at its edge a way to the others.
function fit(state) {
  const { sheet, on } = state, head = sheet.firstChild;
  if (!head || !sheet.offsetParent) return;
  on.hidden = true;
  sheet.style.removeProperty("--label");
  const room = sheet.clientWidth, [label, ...widths] = [...head.children].map((cell) => cell.getBoundingClientRect().width);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const { least, columns } = fitted(label, widths, room, LEAST * rem, EDGE * rem);
  if (least === null) return;
  on.hidden = columns === widths.length;
  sheet.style.setProperty("--label", least + "px");
  along(state);
}

function along({ sheet, on }) {
  on.textContent = sheet.scrollLeft + sheet.clientWidth < sheet.scrollWidth - SLACK ? "›" : "‹";
}

function line(rows, at, columns, marks, turn) {
  const row = rows[at], parent = hasBelow(rows, at);
  const made = make("div", ["row", row.kind, parent ? "parent" : "", row.look].join(" "));
  made.dataset.at = at;
  made.dataset.row = row.name;
  made.tabIndex = -1;
  made.setAttribute("role", "row");
  made.setAttribute("aria-level", row.depth + 1);
  const cell = make("div", "branch", "", (row.name || row.type) + (row.kind === "module" && row.name ? ` (${row.type})` : ""));
  cell.setAttribute("role", "gridcell");
  cell.style.setProperty("--indent", row.depth);
  const fold = make(parent ? "button" : "span", "fold");
  if (parent) {
    fold.type = "button";
    fold.tabIndex = -1;
  }
  cell.append(fold, make("span", "label", row.label));
  if (beside(row)) cell.append(make("span", "type", row.type));
  if (row.turn) cell.append(make("span", "turn", row.turn, turn));
  made.append(cell);
  for (const { name, kind } of columns) {
    const filled = make("div", kind);
    filled.setAttribute("role", "gridcell");
    FILL[kind](filled, row.cells[name], marks);
    made.append(filled);
  }
  return made;
}

function measure(state, { columns, measures }) {
  const chosen = measures.find(({ name }) => name === state.measure), column = columns.find(({ kind }) => kind === "share");
  state.select.value = chosen.name;
  state.sheet.style.setProperty("--measure", `var(--st-${chosen.tone}-color)`);
  state.rows.forEach((row, at) => {
    const part = share(row.cells[column.name], chosen), cell = state.elements[at].querySelector(".share");
    cell.firstChild.style.setProperty("--part", 100 * Math.min(part, 1) + "%");
    cell.firstChild.hidden = !part;
    cell.lastChild.textContent = percent(part);
  });
}

function show(state, words) {
  const searching = Boolean(state.query.trim());
  const answers = searching ? search(state.rows, state.query) : null;
  const visible = state.visible = answers ? answers.map(Boolean) : unfolded(state.rows, state.closed);
  let shown = 0;
  state.rows.forEach((row, at) => {
    const line = state.elements[at], { named = false, typed = false } = answers?.[at] ?? {};
    line.hidden = !visible[at];
    line.classList.toggle("hit", named || typed);
    line.classList.toggle("named", named);
    line.classList.toggle("typed", typed);
    if (hasBelow(state.rows, at)) {
      const open = searching || !state.closed.has(at), fold = line.firstChild.firstChild;
      line.setAttribute("aria-expanded", String(open));
      fold.setAttribute("aria-expanded", String(open));
      fold.setAttribute("aria-label", (open ? words.fold : words.unfold).replace("{name}", row.label));
      fold.textContent = open ? "▾" : "▸";
    }
    shown += searching ? named || typed : visible[at];
  });
  state.searching = searching;
  state.sheet.classList.toggle("searching", searching);
  state.none.hidden = shown > 0;
  state.depths.querySelectorAll("button").forEach((button) => { button.disabled = searching; });
  const text = searching ? words.hits : words.count;
  state.count.textContent = text.replace("{shown}", count.format(shown)).replace("{all}", count.format(state.rows.length));
}

function fold(state, words, depth) {
  state.closed = closedFrom(state.rows, depth);
  show(state, words);
}

function reveal(state, words, at) {
  for (const to of above(state.rows, at)) state.closed.delete(to);
  show(state, words);
  const line = state.elements[at], top = line.offsetTop - state.sheet.firstChild.offsetHeight;
  const bottom = line.offsetTop + line.offsetHeight - state.sheet.clientHeight;
  const seen = top >= state.sheet.scrollTop && bottom <= state.sheet.scrollTop;
  if (!line.hidden && !seen) state.sheet.scrollTop = top - state.sheet.clientHeight / 3;
}

function select(state, name) {
  state.elements.forEach((line, at) => {
    const chosen = state.rows[at].name === name;
    line.setAttribute("aria-selected", String(chosen));
    if (chosen) home(state, at);
  });
}

// One row is reached by the tab key, as in any list; the arrow keys lead on from it.
function home(state, at) {
  state.elements[state.home]?.setAttribute("tabindex", "-1");
  state.elements[at]?.setAttribute("tabindex", "0");
  state.home = at;
}

function go(state, at) {
  home(state, at);
  state.elements[at].focus({ preventScroll: true });  // the browser would put the row under the head, which stays in view
  const line = state.elements[at], head = state.sheet.firstChild.offsetHeight;
  if (line.offsetTop - head < state.sheet.scrollTop) state.sheet.scrollTop = line.offsetTop - head;
  const below = line.offsetTop + line.offsetHeight - state.sheet.clientHeight;
  if (below > state.sheet.scrollTop) state.sheet.scrollTop = below;
}

// Other rows, or the same in another language. What is folded and where the focus is stay if the rows have the same names.
function renew(state, data, root) {
  const { words } = data, names = data.rows.map((row) => row.name).join("\n"), others = state.names !== names;
  const focused = root.getRootNode().activeElement?.closest?.(".body .row");
  build(state, data);
  const deepest = Math.max(...state.rows.map((row) => row.depth));
  state.depths.replaceChildren(...[
    [words.collapse, 0], ...[1, 2, 3].filter((depth) => depth < deepest).map((depth) => [`${words.depth} ${depth}`, depth]),
    [words.expand, null],
  ].map(([text, depth]) => {
    const button = make("button", "", text);
    button.type = "button";
    button.onclick = () => fold(state, words, depth);
    return button;
  }));
  state.measure ??= data.measure;
  state.select.onchange = () => {
    state.measure = state.select.value;
    measure(state, data);
  };
  measure(state, data);
  if (others && state.names !== undefined) state.query = state.search.value = "";
  if (others) fold(state, words, state.rows.length > 60 ? 2 : Infinity);
  show(state, words);
  state.home = 0;
  home(state, 0);
  const stopped = state.rows.findIndex((row) => row.name === data.stopped);
  if (stopped > 0 && others) reveal(state, words, stopped);
  if (focused && !others) go(state, Number(focused.dataset.at));
  if (others) state.picked = undefined;
  else select(state, data.picked);
  state.signature = data.signature;
  state.names = names;
}

export default function({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".tree"), { words } = data;
  // Streamlit calls this again on every run with the same elements: what the visitor did here is kept beside them.
  const state = root.lab ??= {
    sheet: root.querySelector(".sheet"), depths: root.querySelector(".depths"), count: root.querySelector(".count"),
    search: root.querySelector("input"), query: "", closed: new Set(), home: 0, on: root.querySelector(".on"),
  };
  if (!state.watched) {
    state.watched = new ResizeObserver(() => fit(state));
    state.watched.observe(root);
    state.sheet.onscroll = () => along(state);
    state.on.onclick = () => state.sheet.scrollBy({ left: (state.on.textContent === "›" ? 1 : -1) * state.sheet.scrollWidth });
  }
  state.sheet.setAttribute("aria-label", words.label);
  state.search.placeholder = words.search;
  state.search.setAttribute("aria-label", words.search);
  state.wanted = data;
  fetched(state, data.source).then(
    (drawn) => { if (state.wanted === data) draw(root, state, { ...data, ...drawn }, setStateValue); },
    () => { if (state.wanted === data) state.count.textContent = words.lost; },
  );
}

function draw(root, state, data, setStateValue) {
  const { words } = data;
  if (state.signature !== data.signature) renew(state, data, root);
  if (state.picked !== data.picked) {
    const at = state.rows.findIndex((row) => row.name === data.picked);
    if (at >= 0 && data.picked !== "") reveal(state, words, at);
    select(state, data.picked);
    state.picked = data.picked;
  }

  const pick = (at) => {
    state.picked = state.rows[at].name;
    select(state, state.picked);
    setStateValue("picked", { row: state.picked, turn: Date.now() });  // `turn`, so that the same row twice is a change
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
    if (at > 0 && !state.query.trim()) reveal(state, words, at);
  };
  state.search.onkeydown = (event) => {
    const hits = state.elements.filter((line) => !line.hidden && line.classList.contains("hit"));
    if (event.key !== "Enter" || !hits.length) return;
    const exact = hits.find((line) => line.dataset.row === state.query.trim());
    if (exact || hits.length === 1) pick(Number((exact ?? hits[0]).dataset.at));
  };
  state.sheet.onclick = (event) => {
    const line = event.target.closest(".body .row");
    if (!line) return;
    const at = Number(line.dataset.at);
    go(state, at);
    if (event.target.closest("button.fold")) toggle(at);
    else if (state.sheet.getRootNode().getSelection?.()?.type !== "Range") pick(at);  // not while text is being marked
  };
  state.sheet.onkeydown = (event) => {
    const line = event.target.closest(".body .row");
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
    const deed = pressed(event.key, Number(line.dataset.at), state.rows, state.visible, state.closed, state.searching);
    if (!deed) return;
    event.preventDefault();
    if ("go" in deed) go(state, deed.go);
    if ("toggle" in deed) toggle(deed.toggle);
    if ("pick" in deed) pick(deed.pick);
  };
}
