const count = new Intl.NumberFormat("en-US");

// What the script computes, plain values in and out. A row is {state, depth, names, cells}; `at` is its place in
// the list, and `open` the set of places whose fold was opened.

// How many rows there are below the one at `at`.
export function below(rows, at) {
  let to = at + 1;
  while (to < rows.length && rows[to].depth > rows[at].depth) to += 1;
  return to - at - 1;
}

// What is shown, in order: {at} is a row, {at, equal: n} stands for n rows from there on that are equal, and {at, hidden: n}
// is a row of one side whose n rows below are folded.
export function lines(rows, open, all) {
  const shown = [];
  for (let at = 0; at < rows.length; at++) {
    if (rows[at].state === "same" && !all) {
      let to = at;
      while (to < rows.length && rows[to].state === "same") to += 1;
      const equal = to - at;
      if (equal > 1) shown.push({ at, equal, open: open.has(at) });
      if (equal === 1 || open.has(at)) for (let one = at; one < to; one++) shown.push({ at: one });
      at = to - 1;
      continue;
    }
    const hidden = rows[at].state.startsWith("only") ? below(rows, at) : 0;
    shown.push(hidden ? { at, hidden, open: open.has(at) } : { at });
    if (hidden && !open.has(at)) at += hidden;
  }
  return shown;
}

// How many rows there are of each state.
export function tally(rows) {
  const counts = { same: 0, changed: 0, "only left": 0, "only right": 0 };
  for (const { state } of rows) counts[state] += 1;
  return counts;
}

// What stands in a cell: a text for both sides, or one for each that has the row.
export function sides(texts, state) {
  if (texts.length === 1) return texts[0] ? [{ text: texts[0] }] : [];
  const both = [["A", texts[0]], ["B", texts[1]]].filter(([, text]) => text !== null);
  if (state.startsWith("only")) return both.filter(([, text]) => text).map(([, text]) => ({ text }));
  return both.map(([side, text]) => ({ side, text: text || "–" }));
}

// What it draws.

function drawTotals(root, { totals, names, words }) {
  const head = make("tr");
  const titles = ["", `A: ${names[0]}`, `B: ${names[1]}`, "B − A"];
  head.append(...titles.map((title, at) => {
    const cell = make("th", at ? "" : "corner", title, at ? title : "");
    if (at) cell.scope = "col";
    return cell;
  }));
  root.querySelector("thead").replaceChildren(head);
  root.querySelector("tbody").replaceChildren(...totals.map(({ title, cells }) => {
    const line = make("tr"), name = make("th", "", title);
    name.scope = "row";
    line.append(name, ...cells.map(({ text, exact }) => {
      const cell = make("td", "", "", exact);
      cell.append(make("strong", "", text), ...(exact ? [make("small", "", exact)] : []));
      return cell;
    }));
    return line;
  }));
  root.querySelector("table").setAttribute("aria-label", words.totals);
}

function fill(element, texts, state) {
  for (const { side, text } of sides(texts, state)) {
    const line = make("span", "side");
    if (side) line.append(make("b", "", side), " ");
    line.append(text);
    element.append(line);
  }
  if (texts.length > 1 && state === "changed") element.classList.add("differs");
}

function drawRow({ at, hidden, open }, state, { names, columns, words }) {
  const row = state.rows[at], made = make("div", "row " + row.state.replace(" ", "-"));
  made.setAttribute("role", "row");
  made.dataset.at = at;
  const name = make("div", "name", "", (row.depth ? row.names : names).filter(Boolean).join("\n"));
  name.setAttribute("role", "rowheader");
  name.style.setProperty("--indent", row.depth);
  const label = make("span", "label");
  fill(label, row.depth ? row.names : names, row.state);
  label.classList.remove("differs");
  name.append(label);
  if (hidden) name.append(fold(at, open, words.below.replace("{count}", count.format(hidden))));
  if (row.state !== "same") name.append(make("span", "state", words.states[row.state]));
  made.append(name, ...columns.map((column) => {
    const cell = make("div", column.right ? "number" : "text");
    cell.setAttribute("role", "cell");
    cell.dataset.title = column.title;
    fill(cell, row.cells[column.name], row.state);
    if (!cell.childElementCount) cell.classList.add("empty");
    return cell;
  }));
  return made;
}

function fold(at, open, text) {
  const made = make("button", "fold", `${open ? "▾" : "▸"} ${text}`);
  made.type = "button";
  made.dataset.fold = at;
  made.setAttribute("aria-expanded", String(open));
  return made;
}

function drawEqual({ at, equal, open }, state, { words }) {
  const made = make("div", "row equal"), cell = make("div", "name");
  made.setAttribute("role", "row");
  cell.setAttribute("role", "cell");
  cell.style.setProperty("--indent", state.rows[at].depth);
  cell.append(fold(at, open, words.equal.replace("{count}", count.format(equal))));
  made.append(cell);
  return made;
}

function show(state, data) {
  const focused = state.sheet.getRootNode().activeElement?.dataset?.fold;
  const body = lines(state.rows, state.open, state.all.checked).map((line) => {
    return line.equal ? drawEqual(line, state, data) : drawRow(line, state, data);
  });
  state.sheet.replaceChildren(state.head, ...body);
  if (focused !== undefined) state.sheet.querySelector(`[data-fold="${focused}"]`)?.focus();
}

function build(state, data) {
  const { words, columns } = data, counts = tally(state.rows);
  state.head = make("div", "row head");
  state.head.setAttribute("role", "row");
  state.head.append(...[{ title: words.layer }, ...columns].map(({ title, right }) => {
    const cell = make("div", right ? "number" : "text", title);
    cell.setAttribute("role", "columnheader");
    return cell;
  }));
  state.sheet.setAttribute("aria-label", words.label);
  state.sheet.style.maxHeight = data.height + "px";
  state.sheet.style.setProperty("--columns", columns.length);
  state.all.parentElement.lastElementChild.textContent = words.all;
  state.all.disabled = !counts.same;
  state.count.textContent = Object.entries(counts).filter(([, rows]) => rows)
    .map(([name, rows]) => words.counts[name].replace("{count}", count.format(rows))).join(", ");
}

export default function({ data, parentElement }) {
  const root = parentElement.querySelector(".compare");
  // Streamlit calls this again on every run with the same elements: what the visitor did here is kept beside them.
  const state = root.lab ??= {
    sheet: root.querySelector(".sheet"), count: root.querySelector(".count"), all: root.querySelector("input"), open: new Set(),
  };
  drawTotals(root, data);
  state.wanted = data;
  fetched(state, data.source).then(
    ({ rows }) => {
      if (state.wanted !== data || state.signature === data.signature) return;
      if (state.source !== data.source) state.open = new Set();
      Object.assign(state, { rows, source: data.source, signature: data.signature });
      build(state, data);
      show(state, data);
    },
    () => { if (state.wanted === data) state.count.textContent = data.words.lost; },
  );
  state.all.onchange = () => { if (state.rows) show(state, data); };
  state.sheet.onclick = (event) => {
    const at = event.target.closest("[data-fold]")?.dataset.fold;
    if (at === undefined) return;
    if (!state.open.delete(Number(at))) state.open.add(Number(at));
    show(state, data);
  };
}
