// A cell of input, weights or bias typed into.
class Editor {
  constructor(board) { this.board = board; }

  // A small field over the cell: Enter takes what is typed, Escape leaves it, Tab takes it and goes on.
  open(cell) {
    const { board } = this, { kind } = cell.closest(".grid"), at = Number(cell.dataset.at), { data, words } = board;
    if (kind === "y") return;
    board.film.stop();
    this.close?.(false);
    const value = board.rows[TENSORS[kind]].values[at], said = String(value);
    const editor = board.find(".editor"), field = editor.querySelector("input"), why = editor.querySelector(".why");
    const clear = () => { why.textContent = ""; field.removeAttribute("aria-invalid"); };
    clear();
    field.value = said;
    field.setAttribute("aria-label", cell.getAttribute("aria-label"));
    editor.className = `editor ${kind}`;
    editor.hidden = false;
    this.over(editor, cell);
    this.close = (back) => {
      this.close = null;
      editor.hidden = true;
      if (back) cell.focus();
    };
    const take = () => {
      const told = field.value === said ? { value } : typed(field.value, data.most);
      if (!told.why) return told.value === value || board.type(kind, at, told.value), true;
      why.textContent = worded(words.why[told.why], { most: data.most.toLocaleString("en") });
      field.setAttribute("aria-invalid", "true");
      return false;
    };
    field.oninput = clear;
    field.onkeydown = (event) => {
      event.stopPropagation();
      if (!["Escape", "Enter", "Tab"].includes(event.key)) return;
      event.preventDefault();
      if (event.key !== "Escape" && !take()) return;
      if (event.key !== "Tab") return this.close(true);
      const cells = [...cell.closest(".planes").querySelectorAll(".cell[data-at]")];
      const next = cells[cells.indexOf(cell) + (event.shiftKey ? -1 : 1)];
      this.close(!next);
      if (next) next.focus(), this.open(next);
    };
    field.onblur = () => { if (this.close && take()) this.close(false); };
    field.focus();
    field.select();
  }

  // Lay the editor over a cell, within the width of the whole.
  over(editor, cell) {
    const home = this.board.root.getBoundingClientRect(), place = cell.getBoundingClientRect();
    const left = Math.min(place.left - home.left, home.width - editor.offsetWidth);
    Object.assign(editor.style, { left: `${Math.max(0, left)}px`, top: `${place.top - home.top}px`, height: `${place.height}px` });
  }
}
