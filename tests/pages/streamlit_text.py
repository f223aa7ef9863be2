"""What a Markdown box shows of text that was quoted for it."""

import re


def unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
