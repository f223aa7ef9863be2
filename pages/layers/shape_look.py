"""How an output comes by its lengths, step by step, and which settings lead from one length to another."""

import streamlit as st

from cnnlab.layers.searching import SEARCHES
from cnnlab.layers.view import Place
from cnnlab.layers.workings import LETTERS, Working, workings
from pages.layers.goal import goal
from pages.shared.history import History
from pages.shared.language import _, coded, plain, say


def shape_look(history: History, place: Place) -> None:
    """The line to copy, the workings side by side, and the search for a goal."""
    st.code(place.call.code(), wrap_lines=True)
    if place.output is not None:
        _worked(place)
    if place.call.spec.family in SEARCHES:
        goal(history, place)
    elif place.output is None:
        st.caption(_("There is no output whose shape could be worked out."))


def _worked(place: Place) -> None:
    each = workings(place.call, place.input)
    if not each:
        st.caption(_("This layer leaves the shape as it is, or says it in its settings: nothing is to be worked out."))
        return
    alike: dict[str, list[Working]] = {}
    for working in each:
        alike.setdefault("\n".join(steps(working)), []).append(working)
    for column, (text, group) in zip(st.columns(len(alike)), alike.items(), strict=True):
        with column:
            st.markdown(f"**{_(', ').join(_(working.side) for working in group)}**")
            st.code(text, language=None)
            for note in group[0].notes:
                st.caption(say(note, plain))
    meanings: dict[str, list[str]] = {}
    for letter in dict(letter for working in each for letter in working.letters):
        meanings.setdefault(_meaning(letter), []).append(coded(letter))
    st.caption(_(", ").join(f"{' '.join(letters)} {meaning}" for meaning, letters in meanings.items() if meaning))


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
