// A picture before and after, large, beside what was drawn; below it each step, to be looked at in the place of "after".
// Which step that is matters to nobody but who looks, so it stays in the browser, by its id: others may come and go.
function film(root, data) {
  const tiles = data.tiles, last = tiles.at(-1);
  const chosen = tiles.find((tile) => tile.id === root.looked) ?? last;
  let [pair, strip] = root.querySelectorAll(":scope > .pair, .steps");
  if (!strip) {
    pair = document.createElement("div");
    strip = document.createElement("div");
    pair.className = "pair";
    strip.className = "strip steps";
    root.replaceChildren(pair, strip);
    ends(strip);
    const glance = ({ detail }) => root.isConnected ? glanced(root, detail) : document.removeEventListener("lab-look", glance);
    document.addEventListener("lab-look", glance);
  }
  const images = kept(pair);
  const large = (tile, words) => {
    const title = span("title", words.replace("{step}", () => tile.title));
    return boxed("figure", tile, [framed(tile, data.base, images, tile.alt), title, ...said(tile.lines ?? [], ["code", "", "red"])]);
  };
  pair.replaceChildren(large(tiles[0], data.words.before), large(chosen, data.words.after), drawn(tiles, data.words));
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.words.heading);
  choices(strip, data, chosen.id, (id) => {
    root.looked = id === last.id ? undefined : id; // the last one follows the steps
    film(root, data);
  });
}

// Another sample was picked: its picture on the sheet, enlarged, until its own pictures and numbers are there.
function glanced(root, src) {
  const image = root.querySelector(".pair .tile:nth-child(2) img");
  if (!image) return;
  image.replaceWith(Object.assign(document.createElement("img"), { src, alt: image.alt, className: "glance" }));
  root.looked = undefined;
  root.classList.add("coming");
}

// What chance decided, a paragraph for each step.
function drawn(tiles, words) {
  const box = document.createElement("div");
  box.className = "drawn";
  box.append(span("heading", words.heading));
  const lines = tiles.flatMap((tile) => (tile.lines ?? []).filter(([tone]) => tone === "violet").map(([tone, text]) => {
    const line = span("line violet");
    line.append(span("title", tile.title), " ", text);
    return line;
  }));
  box.append(...(lines.length ? lines : [span("line", words.nothing)]));
  return box;
}
