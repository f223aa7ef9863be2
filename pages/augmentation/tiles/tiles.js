// Where an arrow key leads among so many tiles in rows of so many; undefined for a key that is the browser's.
export function moved(key, at, count, columns) {
  const to = {
    ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: count - 1,
    ...(columns < count && { ArrowDown: at + columns, ArrowUp: at - columns }),
  }[key];
  return to >= 0 && to < count ? to : undefined;
}

function span(name, text) {
  const element = document.createElement("span");
  element.className = name;
  if (text) element.textContent = text;
  return element;
}

// Pictures that were drawn before, by address: the browser need not decode them again.
function kept(root) {
  return Map.groupBy(root.querySelectorAll("img"), (image) => image.src);
}

function framed(tile, base, images, words = tile.tone === "red" ? "✕" : "") {
  const frame = span("frame");
  if (tile.src === undefined) {
    frame.append(span("none", words));
    return frame;
  }
  const src = new URL(base + tile.src, document.baseURI).href;
  const image = images.get(src)?.pop() ?? Object.assign(document.createElement("img"), { src });
  image.alt = tile.alt || tile.title;
  image.className = tile.small ? "small" : "";
  frame.append(image);
  return frame;
}

function boxed(kind, tile, parts) {
  const box = document.createElement(kind);
  box.className = "tile " + (tile.tone ?? "");
  box.dataset.id = tile.id;
  box.append(...parts);
  if (kind === "button") box.type = "button";
  return box;
}

function said(lines, tones) {
  return lines.filter(([tone, text]) => text && (!tones || tones.includes(tone))).map(([tone, text]) => span("line " + tone, text));
}

// How far to scroll, from so far, that the chosen tile is seen, and its neighbour.
function revealed(scroll, tile, root) {
  if (!tile) return scroll;
  const left = tile.offsetLeft - root.offsetLeft, room = tile.offsetWidth;
  return Math.min(Math.max(scroll, left + 2 * room - root.clientWidth), Math.max(left - room, 0));
}

// Tiles as buttons, one of which is chosen: one stop for Tab, arrow keys between them.
function choices(root, data, chosen, pick) {
  const had = root.getRootNode().activeElement?.dataset?.id;
  const scroll = root.scrollLeft, images = kept(root);
  root.setAttribute("role", "toolbar");
  root.setAttribute("aria-label", data.label);
  const boxes = data.tiles.map((tile) => {
    const box = boxed("button", tile, [framed(tile, data.base, images), span("title", tile.title)]);
    box.title = [tile.alt || tile.title, ...(tile.lines ?? []).map((line) => line[1])].filter(Boolean).join("\n");
    box.onclick = () => {
      mark(tile.id); // at once: the server hears of it later
      pick(tile.id);
    };
    return box;
  });
  const mark = (id) => boxes.forEach((box) => box.setAttribute("aria-pressed", String(box.dataset.id === id)));
  mark(chosen);
  const stop = (to) => boxes.forEach((box) => { box.tabIndex = box === to ? 0 : -1; });
  root.onkeydown = (event) => {
    const at = boxes.indexOf(event.target.closest(".tile"));
    const columns = boxes.filter((box) => box.offsetTop === boxes[0].offsetTop).length;
    const to = event.ctrlKey || event.altKey || event.metaKey ? undefined : boxes[moved(event.key, at, boxes.length, columns)];
    if (!to) return;
    event.preventDefault();
    stop(to);
    to.focus();
  };
  root.replaceChildren(...boxes);
  const focused = boxes.find((box) => box.dataset.id === had);
  const current = boxes.find((box) => box.dataset.id === chosen);
  stop(focused ?? current ?? boxes[0]);
  const now = JSON.stringify([chosen, data.tiles.map((tile) => tile.id)]);
  root.scrollLeft = now === root.now ? scroll : revealed(scroll, current, root);
  root.now = now;
  focused?.focus({ preventScroll: true });
  root.onscroll?.();
}

// Arrows over the ends of what scrolls sideways, for a mouse without a wheel for that: keys walk through the tiles anyway.
function ends(scroller) {
  const box = document.createElement("div");
  box.className = "ends";
  const arrows = [[-1, "‹"], [1, "›"]].map(([way, sign]) => {
    const arrow = document.createElement("button");
    Object.assign(arrow, { className: "end", type: "button", tabIndex: -1, ariaHidden: "true", textContent: sign });
    arrow.onmousedown = (event) => event.preventDefault(); // the focus stays where it is
    arrow.onclick = () => scroller.scrollBy({
      left: way * 0.8 * scroller.clientWidth,
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth",
    });
    return arrow;
  });
  scroller.onscroll = () => {
    arrows[0].hidden = scroller.scrollLeft < 4;
    arrows[1].hidden = scroller.scrollWidth - scroller.clientWidth - scroller.scrollLeft < 4;
  };
  scroller.replaceWith(box);
  box.append(scroller, ...arrows);
  new ResizeObserver(scroller.onscroll).observe(scroller);
}

// Tiles to look at, with all their lines.
function figures(root, data) {
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.label);
  const images = kept(root);
  root.replaceChildren(...data.tiles.map((tile) =>
    boxed("figure", tile, [framed(tile, data.base, images), span("title", tile.title), ...said(tile.lines ?? [])])));
  root.onscroll?.();
}

export default function({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".tiles"), now = JSON.stringify(data);
  root.tell = setStateValue;
  root.classList.remove("coming");
  if (root.data === now && root.picked === data.picked) return;
  root.data = now;
  root.picked = data.picked;
  root.className = "tiles " + data.kind;
  root.style.setProperty("--side", data.side + "px");
  const pick = (id) => {
    root.picked = id;
    const tile = data.tiles.find((tile) => tile.id === id);
    if (data.kind === "sheet" && id !== data.picked && tile.src !== undefined) {
      document.dispatchEvent(new CustomEvent("lab-look", { detail: new URL(data.base + tile.src, document.baseURI).href }));
    }
    root.tell("picked", { id, turn: Date.now() });  // `turn`, so that the same tile twice is a change
  };
  if (!data.words && !root.onscroll) ends(root);
  if (data.words) film(root, data);
  else if (data.pickable) choices(root, data, data.picked, pick);
  else figures(root, data);
}
