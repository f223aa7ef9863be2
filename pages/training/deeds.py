"""What can be done with a run by who has its key: paused, resumed, stopped, forked, deleted; by all: taken along."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from cnnlab.quantities import binary
from cnnlab.specs import N_, SpecError
from cnnlab.training.checkpoints import BEST, LAST
from cnnlab.training.jobs import EVENTS, SCRIPT, Recorded
from cnnlab.training.view import View
from pages.serving.downloads import FILES, file_address
from pages.shared.history import History
from pages.shared.language import _
from pages.shared.popover import close, popover
from pages.shared.problem import problem
from pages.training import office
from pages.training.again import again
from pages.training.keys import answered, give
from pages.training.made import made, wished

REFUSED = "training.deed.refused"
NO_KEY = N_("Only the browser that started this run holds the key to it.")
MEANWHILE = N_("Asked for; the trainer does it at its next step.")


class Deed(NamedTuple):
    """A button: its word in a request, its title and icon, and the states of a run that it is for."""

    verb: str
    title: str
    icon: str
    states: tuple[str, ...]


DEEDS = (
    Deed("pause", N_("Pause"), "pause", ("running",)),
    Deed("resume", N_("Resume"), "play_arrow", ("paused", "stopped", "failed", "lost")),
    Deed("stop", N_("Stop"), "stop", ("queued", "running", "paused")),
)


def deeds(history: History, run: office.Run, state: str) -> None:
    key, leaves = office.key(run), office.leaves(run)
    known = bool(key) or answered()  # else nobody can say yet whose run this is
    with st.container(key="training.deeds", horizontal=True, gap="xsmall", vertical_alignment="center"):
        for deed in DEEDS:
            if known and state in deed.states:
                st.button(
                    _(deed.title),
                    key=f"training.{deed.verb}",
                    icon=f":material/{deed.icon}:",
                    disabled=not key or (leaves and deed.verb == "resume"),
                    help=None if key else _(NO_KEY),
                    on_click=asked(deed.verb, run, key),
                )
        fork(history, run, key)
        download(run)
        if key:
            delete(history, run, key)
    if not key and known:
        st.caption(_(NO_KEY) + " " + _("Everybody with the link may watch, and set up another one like it."))
    elif key and office.asked_for(run):
        st.caption(_(MEANWHILE))
    if refused := st.session_state.pop(REFUSED, None):
        problem(refused)


def asked(verb: str, run: office.Run, key: str) -> Callable[[], None]:
    def act() -> None:
        try:
            office.ask(verb, run, key)
        except SpecError as error:
            st.session_state[REFUSED] = error

    return act


def fork(history: History, run: office.Run, key: str) -> None:
    """Another run that begins from a checkpoint of this one."""
    place = "training.fork"
    with popover(place, _("Fork"), ":material/fork_right:") as opened:
        if not opened.open:
            return
        steps = {checkpoint.step: checkpoint.epoch for checkpoint in run.checkpoints()}  # the newest first
        if not key or not steps:
            st.caption(_("There is no checkpoint yet.") if key else _(NO_KEY))
            return
        ahead = (number for number, epoch in enumerate(steps.values()) if epoch < run.config.epochs)
        chosen = st.selectbox(
            _("Begin after step"),
            list(steps),
            next(ahead, 0),
            key=f"{place}.step",
            format_func=lambda step: f"{step:,}",
        )
        st.caption(_("The settings open; change one thing, and the new run goes on from there. Both curves stay."))

        def act() -> None:
            close(place)
            if chosen in steps:
                again(history, run, parent=history.now.run, step=chosen)

        st.button(_("Set up the fork"), key=f"{place}.go", icon=":material/fork_right:", on_click=act)


def download(run: office.Run) -> None:
    """What a run leaves: its weights, older ones folded away; its records, for TensorBoard too; itself as a script."""
    with popover("training.download", _("Download"), ":material/download:") as opened:
        if not opened.open:
            return
        files = list(office.files(run))
        weights = [(name, size) for name, size in files if name not in FILES]
        older = [(name, size) for name, size in weights if name not in (LAST, BEST)]
        st.markdown(f"**{_('Weights, with all that it takes to go on')}**")
        _saved(run, [file for file in weights if file not in older])
        if older:
            with st.expander(_("{count} older ones").format(count=len(older)), key="training.download.older"):
                _saved(run, older)
        st.markdown(f"**{_('Settings and records')}**")
        _saved(run, [file for file in files if file not in weights])
        _event_files(run)
        st.markdown(f"**{_('The same run as a script')}**")
        about = _(
            "Plain PyTorch with the same losses to the last bit, on the same kind of processor. It needs no cnnlab."
        )
        made(
            "training.download.script",
            "train.py",
            about,
            SCRIPT,
            run.config,
            f"{office.short(run)}-train.py",
            "text/x-python",
        )


def _saved(run: office.Run, files: Sequence[tuple[str, int]]) -> None:
    """A link to each file, with its bytes."""
    for name, size in files:
        st.link_button(
            f"{name} ({binary(size)})",
            file_address(run.folder.name, name),
            key=f"training.download.{name}",
            icon=":material/download:",
            type="tertiary",
        )


def _event_files(run: office.Run) -> None:
    """Those asked for while the run goes on stay as they are, until another visit."""
    key, name = "training.download.events", run.folder.name
    held = wished(key)
    records = sum(len(run.tail.steps(kind)) for kind in ("step", "epoch", "end"))
    recipe = held if isinstance(held, Recorded) and held.run == name else Recorded(name, records)
    about = _("A folder of event files: unpack it, and look at it by `tensorboard --logdir`.")
    made(key, "TensorBoard", about, EVENTS, recipe, f"{office.short(run)}-tensorboard.zip", "application/zip")


def delete(history: History, run: office.Run, key: str) -> None:
    """Gone for good, once that was confirmed."""
    place = "training.delete"
    with popover(place, _("Delete"), ":material/delete:") as opened:
        if not opened.open:
            return
        st.markdown(_("Its settings, curves and weights are gone for good, for everybody who has the link."))

        def act() -> None:
            close(place)
            config = run.config
            try:
                office.ask("delete", run, key)
            except SpecError as error:
                st.session_state[REFUSED] = error
            else:
                give(history.now.run, "")
                history.change(View.of(config))

        st.button(
            _("Delete this run"), key=f"{place}.go", type="primary", icon=":material/delete_forever:", on_click=act
        )
