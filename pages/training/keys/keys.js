const PLACE = "cnnlab.training", MOST = 200;

function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE));
    if (kept && typeof kept.visitor === "string" && typeof kept.keys === "object") return kept;
  } catch { /* nothing there, or not ours */ }
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { visitor: [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(""), keys: {} };
}

// What is kept after some runs' keys came and others, "", went: of too many the oldest go.
export function merged(kept, given) {
  const keys = { ...kept.keys };
  for (const [run, key] of Object.entries(given)) {
    if (key) keys[run] = key;
    else delete keys[run];
  }
  return { visitor: kept.visitor, keys: Object.fromEntries(Object.entries(keys).slice(-MOST)) };
}

export default function({ data, parentElement, setStateValue }) {
  const kept = merged(stored(), data.give), text = JSON.stringify(kept);
  try { localStorage.setItem(PLACE, text); } catch { /* a browser that keeps nothing: the session does */ }
  const place = parentElement.querySelector(".keys");
  if (place.said === text) return;
  place.said = text;
  setStateValue("held", kept);
}
