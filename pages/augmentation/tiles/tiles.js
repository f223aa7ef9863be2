export default function({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".tiles");
  root.className = "tiles " + data.kind;
  root.style.setProperty("--side", data.side + "px");
  root.setAttribute("aria-label", data.label);
  const had = parentElement.activeElement ?? root.getRootNode().activeElement;
  const focused = had?.dataset?.id;
  const scroll = root.scrollLeft;
  root.replaceChildren(...data.tiles.map((tile) => {
    const box = document.createElement(data.pickable ? "button" : "figure");
    box.className = "tile " + (tile.tone ?? "");
    box.style.margin = "0";
    box.dataset.id = tile.id;
    const frame = document.createElement("span");
    frame.className = "frame";
    if (tile.src !== undefined) {
      const image = document.createElement("img");
      image.src = new URL(data.base + tile.src, document.baseURI).href;
      image.alt = tile.alt || tile.title;
      image.loading = "lazy";
      if (tile.small) image.className = "small";
      frame.append(image);
    } else {
      const none = document.createElement("span");
      none.className = "none";
      none.textContent = tile.tone === "red" ? "✕" : "";
      frame.append(none);
    }
    box.append(frame);
    for (const [tone, text] of [["title", tile.title], ...(tile.lines ?? [])]) {
      if (!text) continue;
      const line = document.createElement("span");
      line.className = tone === "title" ? "title" : "line " + tone;
      line.textContent = text;
      box.append(line);
    }
    box.title = [tile.title, ...(tile.lines ?? []).map((line) => line[1])].filter(Boolean).join("\n");
    if (data.pickable) {
      box.type = "button";
      box.setAttribute("aria-pressed", String(tile.id === data.picked));
      box.onclick = () => setStateValue("picked", tile.id);
    }
    return box;
  }));
  const chosen = [...root.children].find((box) => box.dataset.id === data.picked);
  root.scrollLeft = scroll || !chosen ? scroll : chosen.offsetLeft - root.offsetLeft - root.clientWidth + 2 * data.side;
  if (focused) [...root.children].find((box) => box.dataset.id === focused)?.focus({ preventScroll: true });
}
