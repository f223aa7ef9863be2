"""Pasted text as a syntax tree, however it was copied. Nothing in it is ever run."""

import ast
import re
import textwrap
from collections.abc import Iterator

from cnnlab import limits
from cnnlab.messages import SpecError

from .line import at

# What word processors and Chinese keyboards put in the place of Python's characters.
PLAIN = dict(zip("“”„‘’，（）：＝【】、；−–—×", '"""\'\',():=[],;---*', strict=True)) | {"…": "..."}
PROMPT = re.compile(r"\s*(>>>|\.\.\.)( |$)")
MAGIC = re.compile(r"^\s*[%!]\w.*")
# Only escaped quotes and line ends matter to what is read. Other escapes ("D:\data") would make the parser
# warn, or refuse; a slash of the same width keeps every column.
ESCAPE = re.compile(r"\\(?:([\\'\"\n])|(.))", re.DOTALL)


def parse(text: str, tidied: bool) -> tuple[str, ast.Module]:
    """The code in pasted text, tidied first or as it is, and its tree; SpecError where it is too long or no Python."""
    if len(text) > limits.PASTE_CHARACTERS:
        raise SpecError(
            "the text has {count} characters: at most {limit} are read.",
            count=f"{len(text):,}",
            limit=f"{limits.PASTE_CHARACTERS:,}",
        )
    code = text.replace("\r\n", "\n").replace("\r", "\n")  # as Python itself does
    code = tidy(code) if tidied else code
    try:
        if "\0" in code:  # Pythons differ in how they refuse it
            raise ValueError("source code string cannot contain null bytes")
        return code, ast.parse(code)
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), code.count("\n") + 1)
        with at(line):
            raise _refusal(error.msg, code.split("\n")[line - 1]) from None
    except ValueError as error:  # a null byte, half a surrogate pair
        raise SpecError("this is not Python ({reason}): paste the code as plain text.", reason=error) from None


def _refusal(reason: str, line: str) -> SpecError:
    if "set_int_max_str_digits" in reason:
        return SpecError("a number with thousands of digits is not read: write a smaller one.")
    odd = next((character for character in line if character in PLAIN), None)
    if odd and "invalid" in reason:
        return SpecError(
            "{character} is not a character of Python: type {plain} instead.", character=odd, plain=PLAIN[odd]
        )
    return SpecError("this is not Python ({reason}): check brackets, commas and quotes.", reason=reason)


def tidy(text: str) -> str:
    """The code in pasted text, every line where it was.

    What stands outside ``` fences, the output between >>> prompts and notebook magics become empty lines, escapes
    in words are lost.

    >>> tidy('```python\\n>>> v2.RGB()\\nRGB()\\n```')
    '\\nv2.RGB()\\n\\n'
    """
    text = text.encode("utf-8", "replace").decode()
    lines = text.replace("\ufeff", "").replace("\xa0", " ").split("\n")
    if any(line.lstrip().startswith("```") for line in lines):
        lines = list(_fenced(lines))
    lines = textwrap.dedent("\n".join(lines)).split("\n")
    if any(line.lstrip().startswith(">>>") for line in lines):
        lines = [PROMPT.sub("", line, count=1) if PROMPT.match(line) else "" for line in lines]
    code = "\n".join(MAGIC.sub("", line) for line in lines)
    return ESCAPE.sub(lambda pair: pair[0] if pair[1] else f"/{pair[2]}", code)


def _fenced(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        fence = line.lstrip().startswith("```")
        inside ^= fence
        yield line if inside and not fence else ""
