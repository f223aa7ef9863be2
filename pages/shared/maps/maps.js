const LARGE = 96; // pixels of a side from which a map is drawn smoothly, as it is shown smaller than it is

// The map that a key leads to from `at` among `count` in rows of `wide`; null lets the browser have the key.
export function turned(key, at, count, wide) {
  const to = {
    ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + wide, ArrowUp: at - wide, Home: 0, End: count - 1,
  }[key];
  return to === undefined ? null : to < 0 || to >= count ? at : to;
}

// Where a tile lies on a sheet: [x, y] in pixels.
export function place(at, columns, [height, width]) {
  return [(at % columns) * width, Math.floor(at / columns) * height];
}

// The text with values in the places that it names, to three digits; a value that there is not is a dash.
export function worded(text, values) {
  const told = (value) => (value === null ? "–" : String(Number(value.toPrecision(3))).replace("-", "−"));
  return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, told(value)), text);
}

// How high a grid of so many rows is in so much room: where not all fit, the last is seen by half, as there are more.
export function cropped(room, row, rows) {
  return rows * row <= room ? room : Math.max(Math.floor(room / row - 0.5) + 0.5, 1.5) * row;
}

function crop(grid) {
  const [first] = grid.children;
  grid.style.maxHeight = "";
  const room = parseFloat(getComputedStyle(grid).maxHeight), row = first.offsetHeight + parseFloat(getComputedStyle(grid).rowGap);
  const wide = [...grid.children].filter((tile) => tile.offsetTop === first.offsetTop).length;
  if (first.offsetHeight) grid.style.maxHeight = cropped(room, row, Math.ceil(grid.children.length / wide)) + "px";
}

async function pictured(address) {
  const image = new Image();
  image.src = new URL(address, document.baseURI).href;
  await image.decode();
  return image;
}

// The tile of a sheet on a canvas of just its size.
function cut(canvas, sheet, at, columns, [height, width]) {
  [canvas.width, canvas.height] = [width, height];
  const [x, y] = place(at, columns, [height, width]);
  canvas.getContext("2d").drawImage(sheet, x, y, width, height, 0, 0, width, height);
  canvas.className = Math.max(height, width) < LARGE ? "small" : "";
}

function marked(rows, at) {
  return rows.dead.includes(at) ? "dead" : rows.constant.includes(at) ? "constant" : "";
}

export default function({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".maps");
  const state = (root.state ??= {});
  const lost = root.querySelector(".lost");
  lost.textContent = data.words.lost;
  const address = data.pictures[0];
  if (state.shown !== address) {
    state.shown = address;
    state.all = Promise.all([fetched(state, data.rows), ...data.pictures.map(pictured)]);
    state.all.catch(() => { state.shown = undefined; }); // the next run asks again
  }
  if (state.told !== data.picked) state.told = state.at = data.picked; // else what is on its way here is older
  state.all.then(([rows, ...sheets]) => {
    if (state.shown !== address) return;
    lost.hidden = true;
    draw(root, state, rows, sheets, data.words, address, (at) => {
      clearTimeout(state.later);
      state.later = setTimeout(() => { state.told = at; setStateValue("picked", { at, turn: Date.now() }); }, 250);
      // `turn`, so that the same map of another layer is a change
    });
  }, () => { lost.hidden = false; });
}

function draw(root, state, rows, [sheet, photo, kernels], words, address, tell) {
  const grid = root.querySelector(".grid"), count = rows.low.length;
  const named = (at) => [words.map, at, words[marked(rows, at)]].filter((word) => word !== undefined).join(" ");
  if (grid.drawn !== address) {
    grid.drawn = address;
    grid.scrollTop = 0;
    grid.style.setProperty("--tile", count <= 16 ? "5.5rem" : count <= 36 ? "4rem" : "3rem");
    grid.replaceChildren(...rows.low.map((_, at) => {
      const tile = document.createElement("div"), canvas = document.createElement("canvas");
      const number = document.createElement("span");
      tile.id = `map-${at}`;
      tile.className = `tile ${marked(rows, at)}`;
      tile.setAttribute("role", "option");
      cut(canvas, sheet, at, rows.columns, rows.size);
      number.textContent = at;
      tile.append(canvas, number);
      return tile;
    }));
    new ResizeObserver(() => crop(grid)).observe(grid.children[0]);
    cut(root.querySelector(".photo canvas"), photo, 0, 1, [photo.naturalHeight, photo.naturalWidth]);
  }
  for (const [at, tile] of [...grid.children].entries()) tile.title = named(at), tile.setAttribute("aria-label", named(at));
  grid.setAttribute("aria-label", words.label);
  root.querySelector(".photo figcaption").textContent = words.photo;
  root.querySelector(".photo canvas").setAttribute("aria-label", words.photo);
  root.querySelector(".which label span").textContent = words.map;
  root.querySelector(".of").textContent = words.of;
  const field = root.querySelector("input"), back = root.querySelector(".back"), on = root.querySelector(".on");
  field.max = count - 1;
  back.title = words.back, back.setAttribute("aria-label", words.back);
  on.title = words.on, on.setAttribute("aria-label", words.on);

  const show = (at) => {
    state.at = Math.min(at, count - 1);
    for (const tile of grid.querySelectorAll("[aria-selected=true]")) tile.setAttribute("aria-selected", "false");
    const tile = grid.children[state.at];
    tile.setAttribute("aria-selected", "true");
    grid.setAttribute("aria-activedescendant", tile.id);
    const hidden = tile.offsetTop < grid.scrollTop || tile.offsetTop + tile.offsetHeight > grid.scrollTop + grid.clientHeight;
    if (hidden) grid.scrollTop = tile.offsetTop - grid.clientHeight / 2;
    if (root.getRootNode().activeElement !== field) field.value = state.at;
    [back.disabled, on.disabled] = [state.at === 0, state.at === count - 1];
    const mark = marked(rows, state.at), state_ = root.querySelector(".state");
    state_.className = `state ${mark}`;
    state_.textContent = words[mark] ?? "";
    const one = root.querySelector(".one canvas");
    cut(one, sheet, state.at, rows.columns, rows.size);
    one.setAttribute("aria-label", named(state.at));
    const [low, high, mean] = [rows.low, rows.high, rows.mean].map((values) => values[state.at]);
    root.querySelector(".one figcaption").textContent = worded(words.values, { low, high, mean });
    kernel(root.querySelector(".kernel"), kernels, rows.kernel, state.at, words);
  };
  const go = (at) => { show(at); tell(at); };
  grid.onclick = (event) => {
    const tile = event.target.closest(".tile");
    if (tile) go([...grid.children].indexOf(tile));
  };
  grid.onkeydown = (event) => {
    const wide = [...grid.children].filter((tile) => tile.offsetTop === grid.children[0].offsetTop).length;
    const at = event.ctrlKey || event.metaKey || event.altKey ? null : turned(event.key, state.at, count, wide);
    if (at === null) return;
    event.preventDefault();
    go(at);
  };
  back.onclick = () => go(state.at - 1);
  on.onclick = () => go(state.at + 1);
  field.oninput = () => {
    const at = Number(field.value);
    if (field.value !== "" && Number.isInteger(at) && at >= 0 && at < count) go(at);
  };
  field.onblur = () => { field.value = state.at; };
  show(state.at);
}

function kernel(figure, sheet, shape, at, words) {
  figure.hidden = !shape;
  if (!shape) return;
  const [channels, height, width] = shape, wide = sheet.naturalWidth / width;
  const titles = wide > channels ? [words.colours, ...words.channels] : [""];
  figure.querySelector(".strip").replaceChildren(...titles.map((title, index) => {
    const part = document.createElement("span"), canvas = document.createElement("canvas");
    cut(canvas, sheet, at * wide + index, wide, [height, width]);
    part.append(canvas, title);
    return part;
  }));
  figure.querySelector("figcaption").textContent = worded(words.kernel, { height, width });
}
