// Round numbers from low to high, about so many.
export function ticks(low, high, count) {
  if (!(high > low)) return [low];
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(6)));
}

// The outline of shares as steps, in a box of 1 by 1 whose top is `most`.
export function outline(shares, most) {
  const place = (number) => Number(number.toFixed(5));
  const steps = shares.map((share, at) => `V${place(1 - share / most)}H${place((at + 1) / shares.length)}`);
  return `M0 1${steps.join("")}V1Z`;
}

const SVG = "http://www.w3.org/2000/svg";

function label(className, text, side, share) {
  const made = make("span", className, text);
  made.style[side] = 100 * share + "%";
  return made;
}

function panel({ title, from, to, channels }) {
  const most = Math.max(...channels.flatMap(({ shares }) => shares)) * 1.05 || 1;
  const figure = make("figure"), plot = make("div", "plot"), svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 1 1");
  svg.setAttribute("preserveAspectRatio", "none");
  for (const { colour, shares } of channels) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", outline(shares, most));
    path.style.setProperty("--colour", colour);
    svg.append(path);
  }
  const number = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 });
  const high = ticks(0, most, 4).map((tick) => label("high", number.format(tick) + "%", "bottom", tick / most));
  const wide = ticks(from, to, 6).map((tick) => label("wide", number.format(tick), "left", (tick - from) / (to - from || 1)));
  const line = make("i"), says = make("output");
  plot.append(svg, line, ...high, ...wide);
  const count = channels[0].shares.length, width = (to - from) / count;
  plot.onpointermove = ({ clientX }) => {
    const box = plot.getBoundingClientRect();
    const at = Math.min(Math.max(Math.floor((clientX - box.left) / box.width * count), 0), count - 1);
    line.style.left = 100 * (at + 0.5) / count + "%";
    plot.classList.add("read");
    const [begins, ends] = [at, at + 1].map((bin) => number.format(from + bin * width));
    says.textContent = `${begins} … ${ends}: ` + channels.map(({ name, shares }) => `${name} ${number.format(shares[at])}%`).join(", ");
  };
  plot.onpointerleave = () => {
    plot.classList.remove("read");
    says.textContent = "";
  };
  figure.append(make("figcaption", "", title), plot, says);
  return figure;
}

export default function({ data, parentElement }) {
  const root = parentElement.querySelector(".histograms"), now = JSON.stringify(data);
  if (root.now === now) return;
  root.now = now;
  root.setAttribute("aria-label", data.alt);
  const named = new Map(data.panels.flatMap(({ channels }) => channels.map(({ name, colour }) => [name, colour])));
  const legend = make("div", "legend");
  legend.append(...[...named].map(([name, colour]) => {
    const entry = make("span", "", name);
    entry.style.setProperty("--colour", colour);
    return entry;
  }));
  root.replaceChildren(...data.panels.map(panel), legend);
}
