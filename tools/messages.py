"""Extract what visitors read, bring locale/ up to date, compile it: `python -m tools.messages [--check]`.

The files depend on the messages alone (no dates, versions or line numbers), so `--check` compares bytes.
"""

import argparse
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
SOURCES = ("app.py", "pages", "cnnlab")
LOCALES = ("zh",)
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "SpecError": (1,), "Passing": (1,)}


class PlainCatalog(Catalog):
    """A catalogue whose header says only what gettext needs."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        headers = [("Project-Id-Version", "cnnlab"), ("MIME-Version", "1.0")]
        headers += [("Content-Type", "text/plain; charset=utf-8"), ("Content-Transfer-Encoding", "8bit")]
        if self.locale is not None:
            headers += [("Language", str(self.locale)), ("Plural-Forms", self.plural_forms)]
        return headers


def python_files(root: Path) -> list[Path]:
    files = (file for name in SOURCES for file in [root / name, *(root / name).rglob("*.py")])
    return sorted(file for file in files if file.is_file())


def extract(root: Path) -> Catalog:
    """The template: every marked message under `root`, with the files that say it."""
    template = PlainCatalog(charset="utf-8")
    for file in python_files(root):
        where = file.relative_to(root).as_posix()
        for _, message, comments, context in extract_from_file("python", file, KEYWORDS, ("Translators:",)):
            template.add(message, None, [(where, None)], auto_comments=comments, context=context)
    return template


def translate(template: Catalog, locale: str, old: Catalog) -> Catalog:
    """The template with the translations that `old` has for exactly these messages; others stay empty."""
    catalog = PlainCatalog(locale=locale, charset="utf-8")
    for message in template:
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        kept = known is not None and known.pluralizable == message.pluralizable
        catalog.add(
            message.id,
            known.string if kept else None,
            message.locations,
            flags={"fuzzy"} if kept and known.fuzzy else (),
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if kept else (),
            context=message.context,
        )
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    catalog.header_comment, catalog.fuzzy = "# Made by `make messages`.", False
    write_po(out, catalog, include_lineno=False)
    return out.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def catalogues(root: Path) -> dict[Path, bytes]:
    """What every file under locale/ should hold, given the code and the translations made so far."""
    template = extract(root)
    files = {root / "locale" / "cnnlab.pot": po_bytes(template)}
    for locale in LOCALES:
        po = root / "locale" / locale / "LC_MESSAGES" / "cnnlab.po"
        old = read_po(io.BytesIO(po.read_bytes() if po.exists() else b""), locale=locale)
        catalog = translate(template, locale, old)
        files[po], files[po.with_suffix(".mo")] = po_bytes(catalog), mo_bytes(catalog)
        missing = sum(not all(_strings(message)) for message in catalog if message.id)
        print(f"{locale}: {len(catalog)} messages, {missing} without a translation")
    return files


def _strings(message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is out of date")
    check = parser.parse_args().check
    stale = {path: text for path, text in catalogues(ROOT).items() if not path.exists() or path.read_bytes() != text}
    for path, text in stale.items():
        if check:
            print(f"{path.relative_to(ROOT)} is out of date: run `make messages`.", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
