"""The narrow column: which pictures, and how they are fed to a network."""

import streamlit as st

from cnnlab.loading import Described
from cnnlab.loading.jobs import COUNTS
from cnnlab.loading.keeping import fetched
from cnnlab.loading.uploads import unnamed
from cnnlab.loading.view import View
from cnnlab.training.handover import fed
from pages.shared.data import augmentation, dataset, held_back, order, selected, taken
from pages.shared.download import download
from pages.shared.fields import whole
from pages.shared.history import History
from pages.shared.language import _, language_query, plain, say
from pages.shared.problem import refusals
from pages.shared.take import link_box
from pages.shared.work import done
from pages.shared.zip import own_words

PAGE = "loading"


def settings(history: History) -> None:
    view: View = history.now
    dataset(history)
    comes_to(view)
    augmentation(history)
    with st.container(horizontal=True, gap="xsmall", wrap=False):
        whole(history, "batch_size", _("Batch size"), _("Pictures of one step, over all devices together."))
        whole(history, "seed", _("Seed"), _("Of the order and of the augmentation."))
    order(history)
    with st.expander(_("More settings"), key="loading.more"):
        held_back(history)
        selected(history)
        taken(history)
    st.page_link(
        "training/page.py",
        label=_("Train on these pictures"),
        icon=":material/model_training:",
        query_params={**unnamed(fed(view)).to_query(), **language_query()},
    )
    with st.expander(_("Link"), icon=":material/link:", key="loading.take"):
        st.caption(link_words(view))
        link_box(PAGE, history.query())


def comes_to(view: View) -> None:
    """How many pictures each part has, and what to know of them; or the way to have them here."""
    if not fetched(view.data):
        download(PAGE, view.data)
        return
    if view.data.spec.own and not view.data["digest"]:
        return  # the box of the zip says so
    with st.container(key="loading.comes", gap=None), refusals():
        there: Described = done(COUNTS, view, _("Counting the pictures …"))
        parts = _(
            "**{train}** to learn from, **{validation}** for validation, **{test}** for the test; {classes} classes."
        )
        numbers = {part: f"{sum(getattr(there, part)):,}" for part in ("train", "validation", "test")}
        st.markdown(parts.format(**numbers, classes=len(there.classes)))
        if view.data.spec.own and there.notes:  # of other data the look at the pictures tells it
            st.caption("\n".join(f"- {say(note, plain)}" for note in there.notes))


def link_words(view: View) -> str:
    """What the link carries, and what it cannot."""
    lines = [
        _("Carries the dataset, how it is divided and fed, the steps, the seed, the open tab and what is chosen in it.")
    ]
    if view.data.spec.own:
        lines.append(own_words())
    return " ".join(lines)
