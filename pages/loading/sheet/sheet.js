const SMALL = 48; // pixels of a thumbnail up to which it is enlarged without smoothing

// Where a thumbnail of [w, h] lies on the sheet, as CSS says it for a box that shows nothing else.
export function cut(at, { size: [wide, high], step, columns }, [w, h]) {
  const x = (at % columns) * step[0], y = Math.floor(at / columns) * step[1];
  const along = (start, whole, part) => (whole > part ? (100 * start) / (whole - part) : 0);
  return {
    size: `${(100 * wide) / w}% ${(100 * high) / h}%`,
    position: `${along(x, wide, w)}% ${along(y, high, h)}%`,
  };
}

// Where an arrow key leads among so many tiles in rows of so many; undefined for a key that is the browser's.
export function led(key, at, count, columns) {
  const to = {
    ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, Home: 0, End: count - 1,
  }[key];
  return to >= 0 && to < count ? to : undefined;
}

function drawnTile(data, at, [w, h, title, below, fault]) {
  const tile = make(data.pickable ? "button" : "span", `tile ${fault}`, "", title);
  const frame = make("span", "frame");
  if (fault) {
    frame.append(make("span", "none", "✕"));
  } else {
    const picture = make("i", Math.max(w, h) <= SMALL ? "small" : ""), where = cut(at, data, [w, h]);
    picture.style.width = `${Math.min(1, w / h) * 100}%`;
    picture.style.aspectRatio = `${w} / ${h}`;
    picture.style.backgroundSize = where.size;
    picture.style.backgroundPosition = where.position;
    frame.append(picture);
  }
  tile.append(frame);
  if (below) tile.append(make("span", "below", below));
  if (data.pickable) {
    tile.type = "button";
    tile.setAttribute("aria-label", title);
    tile.setAttribute("aria-pressed", String(at === data.picked));
  } else {
    tile.setAttribute("role", "img");
    tile.setAttribute("aria-label", title);
  }
  return tile;
}

function heading(data, group, number, open) {
  const head = make(data.openable ? "button" : "div", "head");
  head.append(make("span", "title", group.title), make("span", "line", group.line));
  head.style.setProperty("--share", `${100 * group.share}%`);
  if (data.openable) {
    head.type = "button";
    head.setAttribute("aria-pressed", String(number === data.opened));
    head.onclick = () => open(number);
  }
  return head;
}

// One stop for Tab in all tiles, arrow keys between them.
function walked(root, tiles) {
  const stop = (to) => tiles.forEach((tile) => { tile.tabIndex = tile === to ? 0 : -1; });
  stop(tiles.find((tile) => tile.getAttribute("aria-pressed") === "true") ?? tiles[0]);
  root.onkeydown = (event) => {
    const at = tiles.indexOf(event.target.closest(".tile"));
    if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const columns = tiles.filter((tile) => tile.offsetTop === tiles[at].offsetTop).length;
    const to = tiles[led(event.key, at, tiles.length, columns)];
    if (!to) return;
    event.preventDefault();
    stop(to);
    to.focus();
  };
}

export default function({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".sheet"), groups = root.querySelector(".groups");
  const lost = root.querySelector(".lost"), address = new URL(data.address, document.baseURI).href;
  const tell = (said) => setStateValue("picked", { ...said, turn: Date.now() }); // `turn`, so that the same again is a change
  const now = JSON.stringify(data);
  if (root.now === now) return;
  root.now = now;
  const had = [...groups.querySelectorAll("button")].indexOf(root.getRootNode().activeElement);
  groups.style.setProperty("--sheet", `url("${address.replaceAll('"', "%22")}")`);
  groups.style.setProperty("--side", `${data.side}px`);
  groups.setAttribute("role", "group");
  groups.setAttribute("aria-label", data.label);
  lost.textContent = data.lost;
  lost.hidden = true;
  const image = new Image();
  image.onerror = () => { lost.hidden = false; root.now = undefined; };
  image.src = address;
  let at = 0;
  const all = [];
  groups.replaceChildren(...data.groups.map((group, number) => {
    const box = make("div", group.title ? "group" : "grid alone"), tiles = make("div", "grid");
    const made = group.tiles.map((tile) => {
      const place = at++, drawn = drawnTile(data, place, tile);
      if (data.pickable) drawn.onclick = () => tell({ tile: place });
      return drawn;
    });
    all.push(...made);
    if (!group.title) box.append(...made);
    else {
      tiles.append(...made);
      box.append(heading(data, group, number, (opened) => tell({ group: opened })), tiles);
    }
    return box;
  }));
  if (data.pickable && all.length) walked(groups, all);
  if (had >= 0) groups.querySelectorAll("button")[had]?.focus({ preventScroll: true });
}
