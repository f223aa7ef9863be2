"""The look at the machine: each GPU, the run, the host, a row a second; and what it does not tell, with the reason."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from cnnlab.figures.hardware import charts as small
from cnnlab.hardware import PARTS, THROTTLES, reason
from pages.shared.language import _, plain, say
from pages.shared.sent import kept
from pages.training.charts import charts

TOGETHER = 2  # GPUs that are drawn at once
SPANS = {120: "2 min", 600: "10 min", 3600: "1 h"}
WORDS = dict(THROTTLES.values())


def hardware(rows: Sequence[Mapping[str, Any]], lives: bool) -> None:
    """Small charts of all that is measured, the newest second at the right; of a run that is over, the last one."""
    if not rows:
        yet = _("Nothing has been measured yet: the first row comes a second after the start.")
        st.info(yet if lives else _("Nothing was measured in this run."), icon=":material/memory:")
        return
    now = rows[-1]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        span = st.segmented_control(
            _("Last"), list(SPANS), default=120, key="training.hardware.span", format_func=SPANS.get, required=True
        )
        if not lives:
            st.caption(_("Until {time}, when the run ended.").format(time=_clock(now["t"])), width="content")
    rows = [row for row in rows if row["t"] >= now["t"] - (span if span in SPANS else 120)]
    for gpu in _chosen(now["gpus"]):
        _gpu(rows, gpu, lives)
    if not now["gpus"]:
        told = (
            _("No GPU to show: {reason} This is what the rest of the machine does.")
            if lives
            else _("No GPU to show: {reason} This is what the rest of the machine did.")
        )
        st.info(told.format(reason=say(reason(now.get("why", "")))), icon=":material/memory:")
    for part in ("run", "host"):
        st.subheader(_(PARTS[part]), anchor=False)
        if part == "host":
            _cores(now["host"].get("cores"), lives)
        _part(part, rows, lives)


def _clock(moment: float) -> str:
    """The time on the visitor's clock, with the day where it is another."""
    try:
        zone = ZoneInfo(st.context.timezone) if st.context.timezone else UTC
    except (KeyError, ValueError, OSError):  # it is what the browser says
        zone = UTC
    told = datetime.fromtimestamp(moment, zone)
    return told.strftime("%H:%M" if told.date() == datetime.now(zone).date() else "%Y-%m-%d %H:%M")


def _chosen(gpus: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """All GPUs of the run, or the one that is chosen where they are many."""
    if len(gpus) <= TOGETHER:
        return gpus
    key, places = "training.hardware.gpu", [gpu["index"] for gpu in gpus]
    kept(key, places, places[0])
    busy = {gpu["index"]: "–" if gpu["utilisation"] is None else f"{gpu['utilisation']} %" for gpu in gpus}
    st.segmented_control(
        _("GPU"), places, key=key, format_func=lambda place: f"{place}: {busy.get(place, '–')}", required=True
    )
    return [gpu for gpu in gpus if gpu["index"] == st.session_state.get(key, places[0])][:1]


def _gpu(rows: Sequence[Mapping[str, Any]], gpu: Mapping[str, Any], lives: bool) -> None:
    title = _("GPU {index}: {name}").format(index=gpu["index"], name=plain(gpu["name"]))
    st.subheader(title, anchor=False, help=plain(gpu["uuid"]))
    if gpu["mig"]:
        st.caption(_("A part (MIG) of a GPU: heat, power and clocks are those of the whole board."))
    slowed = [_(WORDS[name]) for name in gpu.get("throttle") or () if name in WORDS]
    if slowed:
        st.warning(_("Slowed down by {causes}.").format(causes=_(", ").join(slowed)), icon=":material/speed:")
    _part("gpu", rows, lives, gpu["uuid"])


def _part(part: str, rows: Sequence[Mapping[str, Any]], lives: bool, uuid: str = "") -> None:
    drawn, missing = small(part, rows, _, say, uuid, lives)
    charts(f"training.hardware.{part}.{uuid}", [chart.packed() for chart in drawn], columns=3)
    if missing:
        st.caption("  \n".join(map(plain, missing)))


def _cores(cores: Sequence[float] | None, lives: bool) -> None:
    """Each core as a figure, where there are not too many to read."""
    if cores:
        each = " · ".join(f"{core:.0f} %" for core in cores[:32])
        told = _("Cores now: {each}") if lives else _("Cores at the end: {each}")
        st.caption(told.format(each=each))
