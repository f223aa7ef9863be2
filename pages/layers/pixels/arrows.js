// From each pooled value to the place that its index names; `board` has the cells, and the element in focus.
function drawArrows({ rows, cells, focus, find, bench }) {
  if (!rows) return;
  const home = bench.getBoundingClientRect(), canvas = find(".arrows");
  canvas.setAttribute("viewBox", `0 0 ${home.width} ${home.height}`);
  const pairs = (rows.indices ?? []).map((output, input) => {
    const lit = focus.at === { x: input, y: output }[focus.kind];
    return { from: cells.x.get(input), to: cells.y.get(output), lit };
  });
  canvas.querySelector("g").replaceChildren(...pairs.filter(({ from, to }) => from && to).map(({ from, to, lit }) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", curve(from.getBoundingClientRect(), to.getBoundingClientRect(), home));
    path.setAttribute("marker-end", "url(#tip)");
    path.classList.toggle("lit", lit);
    return path;
  }));
}

// From the edge of one box to that of another, beside or below it.
export function curve(from, to, home) {
  const beside = to.left > from.right;
  const [x, y] = beside ? [from.right, from.top + from.height / 2] : [from.left + from.width / 2, from.bottom];
  const [right, bottom] = beside ? [to.left, to.top + to.height / 2] : [to.left + to.width / 2, to.top];
  const bend = beside ? Math.min(y, bottom) - 16 : (y + bottom) / 2;
  return [["M", x, y], ["Q", (x + right) / 2, bend], [" ", right, bottom]]
    .map(([letter, at, down]) => `${letter}${at - home.left} ${down - home.top}`).join("");
}
