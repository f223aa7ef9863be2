"""Which pictures are used and how a network is fed with them: the widgets that loading and training have in common."""

from collections.abc import Mapping
from functools import cache

import streamlit as st

from cnnlab.augmentation import Pipeline
from cnnlab.augmentation.view import View as Played
from cnnlab.loading import DATASETS, SAMPLERS
from cnnlab.specs import N_
from cnnlab.training.presets import MIRRORED, SHIFTED
from pages.shared.choice import Option, choice
from pages.shared.fields import row_form, share, switch, whole, words
from pages.shared.history import History
from pages.shared.language import _, language_query
from pages.shared.sent import chosen
from pages.shared.zip import ASKED, zip_box


@cache
def ready() -> Mapping[str, Pipeline]:
    """Pipelines by title."""
    return {
        N_("none"): Pipeline(),
        N_("shifted and turned a little: for digits"): Pipeline.from_code(SHIFTED),
        N_("cut out and mirrored: for photos of 32 × 32"): Pipeline.from_code(MIRRORED),
    }


def titles() -> Mapping[str, str]:
    """The datasets by what they are called on the screen."""
    return {_("Your zip") if spec.own else name: name for name, spec in DATASETS.items()}


def offered() -> list[Option]:
    return [Option(title, DATASETS[name].group, DATASETS[name].about) for title, name in titles().items()]


def dataset(history: History) -> None:
    """The choice of the data, and its own settings: a row's parameters, or the visitor's zip."""
    names = titles()
    picked = next(title for title, name in names.items() if name == history.now.data.name)
    key = f"{history.page}.data"
    choice(key, _("Dataset"), offered, lambda title: other(history, names[title]), picked=picked)
    st.caption(_(history.now.data.spec.about))
    if history.now.data.spec.own:
        zip_box(history)
    else:
        row_form(history, "data")


def other(history: History, name: str) -> None:
    """Another dataset: a choice of classes was one of the former."""
    st.session_state[ASKED] = DATASETS[name].own
    history.update(data=DATASETS[name].example(), classes=())


def augmentation(history: History) -> None:
    """A few ready pipelines, and the way to the playground, where they are made."""
    pipeline, pipelines = history.now.augmentation, ready()
    key = f"{history.page}.augmentation"
    st.session_state[key] = next((name for name, one in pipelines.items() if one == pipeline), None)

    def picked() -> None:
        name = chosen(key, pipelines)
        if name:
            history.update(augmentation=pipelines[name])

    steps = len(pipeline.calls)
    with st.container(gap="xxsmall"):
        st.selectbox(
            _("Augmentation"),
            list(pipelines),
            key=key,
            format_func=_,
            on_change=picked,
            placeholder=_("steps of the playground: {count}").format(count=steps),
            help=_(
                "What happens to each picture before the network sees it, anew in each epoch; validation goes without."
            ),
        )
        st.page_link(
            "augmentation/page.py",
            label=_("Look at it in the playground") if steps else _("Make one in the playground"),
            icon=":material/auto_fix_high:",
            query_params={**(Played(pipeline=pipeline).to_query() if steps else {}), **language_query()},
        )


def held_back(history: History) -> None:
    share(history, "validation", _("Share held back for validation"), 0.9, _(
        "Never learnt from: at the end of each epoch it tells how well pictures are known that were not seen before. "
        "Drawn class by class."))  # fmt: skip


def selected(history: History) -> None:
    """Which pictures of the dataset, and those for the test."""
    whole(history, "samples", _("Pictures, 0 for all"), _("So many of them, as many of each class as in the whole."))
    classes(history)
    share(history, "test", _("Share for the test at the end"), 0.9, _("Looked at once, when the run has ended."))
    whole(history, "split_seed", _("Seed of the split"), _("The same seed divides the same pictures the same way."))


def order(history: History) -> None:
    words(history, "sampler", _("Order"), SAMPLERS, _(
        "Shuffled anew in every epoch; as they lie; drawn so that rare classes come as often as frequent ones "
        "(weighted); or the same number of each class (balanced)."), _)  # fmt: skip
    switch(history, "drop_last", "drop_last", _("Leave out the last batch of an epoch where it is short."))


def taken(history: History) -> None:
    """How pictures become what a network takes."""
    whole(
        history, "workers", "num_workers", _("Processes that load beside the trainer; 0 loads in the trainer itself.")
    )
    switch(
        history, "normalise", _("Normalise"), _("Mean 0 and spread 1 in each channel, by the training pictures' own.")
    )
    whole(
        history, "side", _("Side of the input, 0 for the model's"), _("Pictures are resized to so many pixels a side.")
    )


def classes(history: History) -> None:
    """Which classes stay, where the data says beforehand which there are."""
    names = history.now.data.spec.classes
    if not names:
        return
    key = f"{history.page}.classes.chosen"
    st.session_state[key] = [names[index] for index in history.now.classes if index < len(names)]

    def changed() -> None:
        picked = st.session_state[key]
        numbers = {names.index(name) for name in picked if name in names} if isinstance(picked, list) else ()
        history.update(classes=tuple(sorted(numbers)))

    st.multiselect(_("Classes, none for all"), names, key=key, on_change=changed, placeholder=_("all"))
