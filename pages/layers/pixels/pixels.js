const PAUSE_MS = 250; // after which a choice is told to the page

export default function({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".pixels");
  const board = (root.board ??= new Board(root));
  board.words = data.words;
  board.data = data;
  // `turn`, so that the same element of another layer is a change
  board.tellElement = (element) => setStateValue("picked", { element, turn: Date.now() });
  board.tellNumbers = (numbers) => setTriggerValue("numbers", numbers);
  const lost = root.querySelector(".lost");
  lost.textContent = data.words.lost;
  fetched(board, data.rows).then((rows) => {
    if (board.data.rows !== data.rows) return;
    lost.hidden = true;
    board.take(rows, data);
  }, () => { lost.hidden = false; });
}

class Board {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.bench = this.find(".bench");
    this.lights = [];
    this.shown = { x: [0], y: [0] };
    this.waiting = {};
    new ResizeObserver(() => this.rows && this.fit()).observe(root);
    this.editor = new Editor(this);
    this.film = new Film(this);
    this.listen();
  }

  // New numbers, or the same with other words or another choice.
  take(rows, data) {
    const same = this.rows && shapeOf(this.rows) === shapeOf(rows) && this.spoken === JSON.stringify(data.words);
    this.root.classList.toggle("waits", Boolean(same && Object.keys(this.waiting).length));
    this.root.classList.add("ready");
    this.rows = { ...rows, layer: data.layer };
    for (const [kind, values] of Object.entries(same ? this.waiting : {})) this.set(kind, values);
    this.spoken = JSON.stringify(data.words);
    const told = JSON.stringify(data.element);
    if (!same) {
      this.film.halt();
      this.editor.close?.(false);
      this.waiting = {};
      this.shown = Object.fromEntries(["x", "y"].map((kind) => [kind, tabs(rows, kind).length ? [0] : range(0, drawnSides(rows, kind).channels - 1)]));
      this.hovered = this.chosen = null;
    }
    if (!this.chosen || this.told !== told) {
      this.told = told;
      this.chosen = data.element ? { kind: "y", at: flat(data.element, rows.output.shape) } : first(rows);
    }
    if (same) this.numbers(); else this.draw();
    this.show();
  }

  draw() {
    const { rows, words } = this;
    for (const kind of ["x", "w", "b", "y"]) {
      const panel = this.find(`.panel.${kind}`), tensor = rows[TENSORS[kind]];
      panel.hidden = !tensor;
      if (tensor) this.find(`.panel.${kind} .name`).textContent = `${words.names[kind]} ${kind}`, this.find(`.panel.${kind} .size`).textContent = tensor.shape.join(" × ");
    }
    this.find(".kernel").hidden = !rows.weight && !rows.bias;
    this.find(".hint").textContent = fingers() ? words.touch : words.hint;
    this.film.name();
    this.cells = { x: new Map(), w: new Map(), b: new Map(), y: new Map() };
    this.padding = new Map();
    this.wide = {};
    for (const kind of ["x", "y", "w", "b"]) if (rows[TENSORS[kind]]) this.panel(kind);
    this.fit();
  }

  panel(kind) {
    const { rows, words, shown } = this;
    this.cells[kind].clear();
    if (kind === "x") this.padding.clear();
    if (kind === "x" || kind === "y") drawTabs(this.find(`.panel.${kind} .tabs`), rows, kind, shown, words, (channel) => this.openChannel(kind, channel));
    this.wide[kind] = drawPlanes(this.find(`.panel.${kind} .planes`), rows, kind, shown, words, this.cells, this.padding);
    this.fillOne(kind);
  }

  fillOne(kind) {
    fill(this.rows, kind, this.cells[kind], this.words);
    if (kind === "x") fillPadding(this.rows, this.padding, this.words);
  }

  numbers() {
    for (const kind of ["x", "w", "b", "y"]) if (this.rows[TENSORS[kind]]) this.fillOne(kind);
  }

  // A channel that was asked for: what is chosen of its tensor is then the same place of that channel.
  openChannel(kind, channel) {
    const { chosen, rows } = this, { shape } = rows[TENSORS[kind]];
    this.turn(kind, channel);
    if (chosen.kind === kind) {
      const size = product(shape.slice(shape.length - gridSides(rows, shape)));
      this.pick({ kind, at: chosen.at % size + channel * size });
    } else this.show(false);
    this.find(`.panel.${kind} .tab[aria-pressed="true"]`)?.focus();
  }

  // Another channel in view, and the kernel that leads there.
  turn(kind, channel) {
    if (!tabs(this.rows, kind).length || this.shown[kind].includes(channel)) return;
    this.shown[kind] = [channel];
    this.panel(kind);
    if (this.rows.weight && this.rows.axes.length) this.panel("w");
  }

  fit() {
    const { x, w, b, y } = this.wide;
    const inner = w && b ? { ...w, least: b.wide } : w ?? b; // bias stands below weights
    const kinds = [["x", x], ["w", inner], ["y", y]].filter(([, panel]) => panel);
    const { cell, abreast } = layout(this.root.clientWidth, kinds.map(([, panel]) => panel), fingers());
    this.root.style.setProperty("--cell", `${cell}px`);
    kinds.forEach(([kind], turn) => this.find(`.panel.${kind} .planes`).style.setProperty("--abreast", abreast[turn]));
    drawArrows(this);
  }

  get focus() { return this.hovered ?? this.chosen; }

  // Light up what belongs to the element in focus, and write out how it comes about; channels in view follow it.
  show(follow = true) {
    const { rows, focus } = this, lights = lit(rows, focus);
    if (follow && (focus.kind === "x" || focus.kind === "y")) this.turn(focus.kind, this.channelOf(focus.kind, focus.at));
    for (const kind of ["x", "y"]) {
      const channels = new Set([...lights[kind]].map((at) => this.channelOf(kind, at)));
      if (follow && channels.size && !this.shown[kind].some((channel) => channels.has(channel))) this.turn(kind, [...channels][0]);
      for (const tab of this.root.querySelectorAll(`.panel.${kind} .tab`)) {
        tab.classList.toggle("lit", channels.has(tab.channel));
        tab.setAttribute("aria-pressed", this.shown[kind].includes(tab.channel));
      }
    }
    for (const cell of this.lights) cell.classList.remove("lit", "self", "winner"), cell.removeAttribute("aria-selected");
    this.lights = ["x", "w", "b", "y"].flatMap((kind) => [...lights[kind]].map((at) => this.cells[kind].get(at)));
    this.lights = [...this.lights, ...[...lights.padding].map((key) => this.padding.get(key))].filter(Boolean);
    for (const cell of this.lights) cell.classList.add("lit");
    const self = this.cells[focus.kind].get(focus.at);
    self?.classList.add("self");
    self?.setAttribute("aria-selected", "true");
    if (focus.kind === "y" && rows.winners) this.cells.x.get(rows.winners[focus.at])?.classList.add("winner");
    this.write();
    drawArrows(this);
    this.film.count();
  }

  channelOf(kind, at) {
    return placed(this.rows, this.rows[TENSORS[kind]].shape, at)[0];
  }

  // The sum in words and numbers, and each of its terms below where that is asked for.
  write() {
    const { rows, focus, words } = this, line = this.find(".line"), more = this.find(".more"), list = this.find(".terms");
    const told = account(rows, focus, words);
    line.replaceChildren(...told.line.map(piece));
    this.find(".note").textContent = told.notes.join(" ");
    more.hidden = !told.lines.length;
    more.textContent = this.open ? words.fewer : told.part ? worded(words.all, { count: told.lines.length }) : words.each;
    more.setAttribute("aria-expanded", Boolean(this.open));
    list.hidden = !told.lines.length || !this.open;
    if (!list.hidden) list.replaceChildren(...told.lines.map((pieces) => {
      const item = make("li");
      item.append(...pieces.map(piece));
      return item;
    }));
    this.said = [text(told.line), ...told.notes].join(" ");
  }

  listen() {
    const { bench } = this, of = (event) => event.target.closest?.(".cell[data-at]");
    const told = (cell) => ({ kind: cell.closest(".grid").kind, at: Number(cell.dataset.at) });
    // Moves alone: what comes under a mouse that rests, as the page changes, is not pointed at.
    bench.onpointermove = (event) => {
      const cell = of(event), now = cell ? told(cell) : null, was = this.hovered;
      if (event.pointerType !== "mouse" || this.film.timer || !this.rows) return;
      if (now?.kind === was?.kind && now?.at === was?.at) return;
      this.hovered = now;
      this.show();
    };
    bench.onpointerleave = () => { if (this.hovered) { this.hovered = null; this.show(); } };
    bench.addEventListener("focusin", (event) => {
      const cell = of(event);
      if (!cell || event.target !== cell) return;
      const grid = cell.closest(".grid");
      for (const other of grid.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
      cell.tabIndex = 0;
      this.film.stop();
      this.pick(told(cell));
      this.say();
    });
    bench.ondblclick = (event) => { const cell = of(event); if (cell) this.editor.open(cell); };
    bench.onkeydown = (event) => {
      const cell = event.target;
      if (!cell.matches(".cell") || event.altKey || event.metaKey) return;
      if (event.key === "Enter" || event.key === "F2") return event.preventDefault(), this.editor.open(cell);
      const at = cell.closest(".grid").kind ? neighbour(cell, event.key, event.ctrlKey) : null;
      if (!at) return;
      event.preventDefault();
      at.focus();
    };
    this.find(".more").onclick = () => { this.open = !this.open; this.write(); };
  }

  pick(focus) {
    this.chosen = focus;
    this.hovered = null;
    this.show();
    clearTimeout(this.later);
    if (focus.kind === "y" && !this.film.timer) this.later = setTimeout(() => {
      const element = unflat(focus.at, this.rows.output.shape), told = JSON.stringify(element);
      if (this.told === told) return;
      this.told = told;
      this.tellElement(element);
    }, PAUSE_MS);
  }

  say() { this.find(".heard").textContent = this.said; }

  set(kind, values) {
    this.rows = { ...this.rows, [TENSORS[kind]]: { ...this.rows[TENSORS[kind]], values } };
  }

  // What was typed stands at once; what torch makes of it comes with the next numbers.
  type(kind, at, value) {
    const { values } = this.rows[TENSORS[kind]], changed = values.with(at, value);
    this.set(kind, changed);
    this.fillOne(kind);
    this.waiting[kind] = changed;
    this.root.classList.add("waits");
    clearTimeout(this.sending);
    this.sending = setTimeout(() => {
      const numbers = this.waiting;
      this.waiting = {};
      this.tellNumbers(numbers);
    }, PAUSE_MS);
  }
}

function fingers() {
  return matchMedia("(pointer: coarse)").matches;
}

function piece({ text, tone }) {
  return make("span", tone, text);
}
