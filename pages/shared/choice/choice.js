// The places of the options that a typed text means, the likeliest first: the very name, names that begin with it, names
// that hold it, then kinds and descriptions that do. Several words may stand apart. An option is {name, kind, about}.
export function ranked(options, typed) {
  const wanted = typed.trim(), small = wanted.toLowerCase(), words = small.split(/\s+/);
  const rank = ({ name, kind, about }) => {
    const own = name.toLowerCase(), all = `${own} ${kind} ${about}`.toLowerCase();
    if (name === wanted) return 0;
    if (own === small) return 1;
    if (own.startsWith(small)) return 2;
    if (words.every((word) => own.includes(word))) return 3;
    return words.every((word) => all.includes(word)) ? 4 : 5;
  };
  const ranks = options.map(rank);
  return options.map((_, at) => at).filter((at) => ranks[at] < 5).sort((a, b) => ranks[a] - ranks[b] || a - b);
}

// Where the list goes: below the field or, where more room is, above; no wider than the window.
export function placed(field, width, height, window) {
  const margin = 8, wide = Math.min(Math.max(field.width, width), window.width - 2 * margin);
  const below = window.height - field.bottom - margin, above = field.top - margin;
  const up = below < Math.min(height, 200) && above > below;
  const tall = Math.min(height, (up ? above : below) - 4);
  const left = Math.max(margin, Math.min(field.left, window.width - margin - wide));
  return { left, top: up ? field.top - 4 - tall : field.bottom + 4, width: wide, height: tall };
}

// Why nothing that was typed can be chosen: the likeliest of what is known elsewhere is told by its name. "Mask R-CNN" is
// written in many ways, and a detector is listed under detection.
export function missing(others, typed, words) {
  const bare = typed.replace(/[^\p{L}\p{N}\s]/gu, "").replace(/[eo]rs?$/i, "");
  const [first] = [...ranked(others, typed), ...(bare.trim() ? ranked(others, bare) : [])];
  if (first === undefined) return words.none;
  return words.unoffered.replace("{name}", () => others[first].name).replace("{about}", () => others[first].about);
}

function element(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

export default function({ data, parentElement, setStateValue }) {
  const root = parentElement, input = root.querySelector("input"), list = root.querySelector(".list");
  const state = input.lab ??= { open: false, active: -1, shown: [] };
  const option = ([name, kind, about]) => ({ name, kind: data.texts[kind], about: data.texts[about] });
  state.options = data.options.map(option);
  state.others = data.others.map(option);
  root.querySelector(".choice").classList.toggle("bare", !data.labelled);
  root.querySelector(".label").textContent = data.words.label;
  list.setAttribute("aria-label", data.words.label);
  input.placeholder = data.words.placeholder;
  state.picked = data.picked;
  if (!state.open) input.value = data.picked;

  const place = () => {
    list.style.height = "auto";
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const window = { width: document.documentElement.clientWidth, height: innerHeight };
    const box = placed(input.getBoundingClientRect(), 27 * rem, Math.min(list.scrollHeight + 2, 25 * rem), window);
    for (const [side, pixels] of Object.entries(box)) list.style[side] = `${pixels}px`;
  };
  const activate = (to) => {
    list.querySelector(".active")?.classList.remove("active");
    state.active = to;
    const line = list.querySelector(`#option-${state.shown[to]}`);
    line?.classList.add("active");
    line?.scrollIntoView({ block: "nearest" });
    if (line) input.setAttribute("aria-activedescendant", line.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const draw = (typed) => {
    state.shown = typed.trim() ? ranked(state.options, typed) : state.options.map((_, at) => at);
    let kind = "";
    list.replaceChildren(...state.shown.flatMap((at) => {
      const option = state.options[at], line = element("div", "option"), lines = [];
      line.id = `option-${at}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(option.name === state.picked));
      line.append(element("b", "", option.name), element("span", "", option.about));
      if (!typed.trim() && option.kind && option.kind !== kind) {
        lines.push(element("div", "kind", option.kind));
        lines[0].setAttribute("role", "presentation");
      }
      kind = option.kind;
      return [...lines, line];
    }));
    if (!state.shown.length) list.append(element("div", "none", missing(state.others, typed, data.words)));
  };
  const open = (typed = "") => {
    draw(typed);
    if (!state.open) list.showPopover();
    state.open = true;
    input.setAttribute("aria-expanded", "true");
    place();
    list.scrollTop = 0;
    const now = state.shown.findIndex((at) => state.options[at].name === state.picked);
    activate(typed.trim() ? 0 : now);
    if (!typed.trim() && now > 0) list.querySelector(".active").scrollIntoView({ block: "center" });
  };
  const close = () => {
    if (state.open) list.hidePopover();
    state.open = false;
    state.active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = state.picked;
  };
  const pick = (at) => {
    const { name } = state.options[at];
    close();
    if (state.picked) input.value = state.picked = name;  // a choice that keeps nothing is empty again
    setStateValue("picked", { name, turn: Date.now() });  // `turn`, so that the same name twice is a change
  };

  input.onclick = () => { if (!state.open) { input.select(); open(); } };
  input.onfocus = () => input.select();
  input.oninput = () => open(input.value);
  input.onblur = close;
  list.onmousedown = (event) => event.preventDefault();  // the field keeps the focus
  list.onclick = (event) => {
    const line = event.target.closest(".option");
    if (line) pick(Number(line.id.slice("option-".length)));
  };
  input.onkeydown = (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (!state.open) open();
      else activate(Math.min(Math.max(state.active + step, 0), state.shown.length - 1));
    } else if (event.key === "Enter" && state.open) {
      event.preventDefault();
      if (state.active >= 0) pick(state.shown[state.active]);
    } else if (event.key === "Escape" && state.open) {
      event.preventDefault();
      close();
    }
  };
  state.place = () => { if (state.open) place(); };
  if (!state.listening) {
    state.listening = () => state.place();
    addEventListener("scroll", state.listening, true);
    addEventListener("resize", state.listening);
  }
  return () => {
    removeEventListener("scroll", state.listening, true);
    removeEventListener("resize", state.listening);
    state.listening = undefined;
  };
}
