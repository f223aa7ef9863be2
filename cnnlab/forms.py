"""The forms that the value of a number parameter may take: none, a word, one number, several, a list, a colour."""

from typing import Any

from cnnlab.specs import SCALAR, Param

NONE, WORD, COLOUR, LIST = "none", "word", "colour", "list"
LONGEST_ROW = 4


def variants(param: Param) -> list[str | int]:
    """The forms a number parameter may take: none, a word, a list, a colour, or so many elements."""
    lengths = [length for length in param.lengths if not (length == 1 and SCALAR in param.lengths)]
    forms: list[str | int] = [NONE] if param.optional else []
    forms += [WORD] if param.options else []
    forms += [length for length in lengths if length <= LONGEST_ROW][:1] if max(lengths) > LONGEST_ROW else lengths
    if max(lengths) > LONGEST_ROW:
        forms = [form for form in forms if form != 1] + [LIST]
    return forms + ([COLOUR] if param.widget == "color" else [])


def variant(param: Param, value: Any) -> str | int:
    """Which of the forms a value has."""
    if value is None or value in param.options:
        return NONE if value is None else WORD
    if LIST in variants(param) and isinstance(value, (tuple, str)):
        return LIST
    length = len(value) if isinstance(value, tuple) else SCALAR
    if param.widget == "color" and length == 3 and all(isinstance(item, int) for item in value):
        return COLOUR
    return SCALAR if length == 1 and SCALAR in param.lengths else length


def reshaped(param: Param, value: Any, form: str | int) -> Any:
    """The value in another of its forms, keeping what can be kept."""
    if form in (NONE, WORD):
        return None if form == NONE else param.options[0]
    items = _numbers(value) or _numbers(param.on) or _numbers(param.first) or (param.low or 0,)
    if form == SCALAR:
        return _within(param, max(map(abs, items)) if param.mirrored else items[-1])
    length = 3 if form in (COLOUR, LIST) else form
    if len(items) == 1 and length == 2 and param.rising:
        low = -items[0] if param.mirrored and (param.low or 0) < 0 else param.low
        return (min(items[0], low if low is not None else items[0]), items[0])
    numbers = (items * length)[:length]
    if form == COLOUR:
        return tuple(
            round(number * 255) if isinstance(number, float) and number <= 1 else int(number) for number in numbers
        )
    if param.widget == "color" and length == 3:
        return tuple(number / 255 if isinstance(number, int) else number for number in numbers)
    return numbers


def _numbers(value: Any) -> tuple[float, ...]:
    items = value if isinstance(value, tuple) else (value,)
    return tuple(item for item in items if isinstance(item, (int, float)) and not isinstance(item, bool))


def _within(param: Param, number: float) -> float:
    low, high = param.bounds(SCALAR)
    number = number if low is None else max(number, low)
    return number if high is None else min(number, high)


def tidy(param: Param, number: float | None) -> float | None:
    """A whole float as an int where the parameter is written with ints, so that code reads degrees=15."""
    first = param.first[0] if isinstance(param.first, tuple) else param.first
    plain = isinstance(number, float) and number.is_integer() and isinstance(first, int)
    return int(number) if plain else number


def parsed_numbers(text: str, whole: bool) -> Any:
    """Numbers out of "96, 128"; the text itself where it is something else, for the Param to refuse."""
    try:
        numbers = tuple(float(item) for item in text.replace(";", ",").split(",") if item.strip())
        return tuple(int(number) if whole and number.is_integer() else number for number in numbers)
    except (ValueError, OverflowError):
        return text
