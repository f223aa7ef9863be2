"""How an output comes by its lengths, step by step, and which settings lead from one length to another."""

import streamlit as st

from cnnlab.layers.view import Place
from cnnlab.layers.workings import LETTERS, Working, workings
from pages.shared.history import History
from pages.shared.language import _, coded, plain, say


def shape_look(history: History, place: Place) -> None:
    """The workings side by side, and the search for a goal."""
    if place.output is not None:
        _worked(place)


def _worked(place: Place) -> None:
    each = workings(place.call, place.input)
    if not each:
        st.caption(_("This layer leaves the shape as it is, or says it in its settings: nothing is to be worked out."))
        return
    for column, working in zip(st.columns(len(each)), each, strict=True):
        with column:
            st.markdown(f"**{_(working.side)}**")
            st.code("\n".join(steps(working)), language=None)
            for note in working.notes:
                st.caption(say(note, plain))
    letters = dict(letter for working in each for letter in working.letters)
    st.caption("  \n".join(f"{coded(letter)} {_meaning(letter)}" for letter in letters if _meaning(letter)))


def _meaning(letter: str) -> str:
    told = LETTERS.get(letter) or LETTERS.get(letter[0], "")
    return _(told)


def steps(working: Working) -> list[str]:
    """The formula, the same with numbers, and what is left at each step.

    >>> steps(Working("length", "i + p₀", "4 + 2", (), 6, (("i", 4), ("p₀", 2))))
    ['o = i + p₀', '  = 4 + 2', '  = 6']
    """
    formula = [] if working.formula in dict(working.letters) else [working.formula]
    lines = list(dict.fromkeys([*formula, working.filled, *working.steps, str(working.length)]))
    return [f"{'o' if not number else ' '} = {line}" for number, line in enumerate(lines)]
