const SPEEDS_MS = { slow: 1200, normal: 500, fast: 150 };

// The animation: over the outputs, or over the inputs where each of them writes. It begins when it is asked to.
class Film {
  constructor(board) {
    this.board = board;
    board.find(".back").onclick = () => this.step(-1);
    board.find(".on").onclick = () => this.step(1);
    board.find(".play").onclick = () => this.timer ? this.stop() : this.play();
    board.find("select").onchange = () => { if (this.timer) this.play(); };
  }

  // The kind of elements that it goes over, how many there are, and the place of the chosen one if it is of them.
  get course() {
    const { rows, chosen } = this.board, kind = rows.transposed || rows.indices ? "x" : "y";
    return { kind, count: rows[TENSORS[kind]].values.length, at: chosen.kind === kind ? chosen.at : null };
  }

  // One step, by hand or by the clock; false at either end.
  step(by, running = false) {
    const { board, course: { kind, count, at } } = this, to = at === null ? 0 : at + by;
    if (!running) this.halt();
    if (to < 0 || to >= count) return false;
    board.pick({ kind, at: to });
    if (!running) board.say();
    return true;
  }

  play() {
    const { board, course: { kind, count, at } } = this;
    clearInterval(this.timer);
    this.timer = setInterval(() => this.step(1, true) || this.stop(), SPEEDS_MS[board.find("select").value]);
    if (at === count - 1) board.pick({ kind, at: 0 });
    else this.step(1, true);
    this.name();
  }

  halt() {
    clearInterval(this.timer);
    this.timer = null;
    this.name();
  }

  // An end of it where it is, which is told as any other choice.
  stop() {
    if (!this.timer) return;
    this.halt();
    this.board.pick(this.board.chosen);
    this.board.say();
  }

  // What its parts are called, and how far it is.
  name() {
    const { board, timer } = this, { words } = board;
    const call = (part, title) => part.setAttribute("aria-label", part.title = title);
    if (!words) return;
    call(board.find(".back"), words.back);
    call(board.find(".on"), words.on);
    call(board.find(".play"), timer ? words.pause : words.play);
    board.find(".play").textContent = timer ? "❚❚" : "▶";
    const speed = board.find("select"), pace = speed.value || "normal";
    call(speed, words.speed);
    if (speed.spoken === words.speeds) return;
    speed.spoken = words.speeds;
    speed.replaceChildren(...Object.keys(SPEEDS_MS).map((name) => new Option(words.speeds[name], name, false, name === pace)));
  }

  count() {
    const { count, at } = this.course;
    this.board.find(".turn").textContent = at === null ? "" : worded(this.board.words.turn, { turn: at + 1, count });
  }
}
