"""Parts of a page that the browser draws: a folder with Python, scripts and a style sheet.

Streamlit sends the scripts and styles of a component with every delta of it. So what it is given is a stub, and the
component itself is a module at an address of its own, which a browser fetches once and keeps.
"""

import hashlib
import json
from pathlib import Path

import streamlit as st

ADDRESS = "part"  # the first word of the path under which app.py serves the modules
# Streamlit hides what a script throws behind a box; its parent is the shadow root, empty at first.
FURNISH = """
export const furnish = ((html, style) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  return (root) => {
    if (root.adoptedStyleSheets.includes(sheet)) return;
    root.adoptedStyleSheets = [sheet];
    root.append(document.createRange().createContextualFragment(html));
  };
})(%s, %s);
"""
STUB = """
export default async (part) => {
  const module = await import(new URL("%s", document.baseURI));
  module.furnish(part.parentElement);
  return module.default(part);
};
"""
_modules: dict[str, str] = {}  # by file name; written where components are declared, when their Python is imported


def script(folder: Path) -> str:
    """The scripts of a component as one module, in the order of their names."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js")))


def module(file: str) -> str | None:
    """The module with this file name, which holds a digest of what is in it."""
    return _modules.get(file)


def component(name: str, html: str, folder: Path):
    """Mount `html` with <name>.css and the scripts of the folder and of this one; once, when its module is imported."""
    style = (folder / f"{name}.css").read_text(encoding="utf-8")
    text = script(Path(__file__).parent) + script(folder) + FURNISH % (json.dumps(html.strip()), json.dumps(style))
    file = f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}.js"
    _modules[file] = text
    return st.components.v2.component(f"cnnlab_{name}", js=STUB % f"{ADDRESS}/{file}")
