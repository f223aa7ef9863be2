"""What a call of the chosen module does: its hooks there and back, with what went through them."""

import re
from collections.abc import Mapping
from html import escape

import streamlit as st

from cnnlab.specs import N_
from cnnlab.summary import Report
from cnnlab.summary.answers import Summarised
from cnnlab.summary.jobs import CALLS, asked
from cnnlab.summary.lessons import BACKWARD_HOOK, BACKWARD_PRE_HOOK, HOOK, PRE_HOOK, Calls, Event, takes_picture
from pages.shared.history import History
from pages.shared.language import _, coded, plain, say
from pages.shared.photo import photo_choice
from pages.shared.sent import chosen, kept
from pages.shared.take import code_box
from pages.shared.work import done
from pages.summary.model import look_at

LINES = 200  # of what the code prints, shown at once
FORWARD, BACKWARD, TURN = "forward", "backward", "turn"
# What happens in order: the stage, what it is called, what it does. The way there is blue, the way back orange.
STEPS = (
    (PRE_HOOK, N_("Forward pre-hooks"), N_("see what comes in, before anything is worked out, and may replace it.")),
    (FORWARD, N_("forward"), N_("does the module's own work.")),
    (HOOK, N_("Forward hooks"), N_("see what went in and what came out, and may replace what the next module gets.")),
    (TURN, N_("The rest of the model, then the loss"), N_("loss.backward() begins the way back.")),
    (
        BACKWARD_PRE_HOOK,
        N_("Backward pre-hooks"),
        N_("see how the loss changes with each number that came out, and may replace it."),
    ),
    (
        BACKWARD,
        N_("The way back through forward"),
        N_("works out the gradients; those of the weights are added to their .grad."),
    ),
    (
        BACKWARD_HOOK,
        N_("Backward hooks"),
        N_("see how the loss changes with each number that went in, and may replace what the module before gets."),
    ),
)
SIGNATURES: Mapping[str, str] = {
    PRE_HOOK: "hook(module, args)",
    HOOK: "hook(module, args, output)",
    BACKWARD_PRE_HOOK: "hook(module, grad_output)",
    BACKWARD_HOOK: "hook(module, grad_input, grad_output)",
}
# Side by side where there is room: the way there goes down, the way back up, each beside what it belongs to.
STYLE = """<style>
ol.calls { list-style: none; margin: 0 !important; padding: 0; display: grid; gap: 1.9rem 1rem; }
.calls li { position: relative; margin: 0 !important; padding: .5rem .75rem; border-radius: .35rem; overflow-wrap: anywhere;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-left: .3rem solid var(--way); }
.calls .there { --way: var(--lab-blue); } .calls .back { --way: var(--lab-dark-orange); } .calls .turn { --way: #767676; }
.calls b.number { display: inline-block; min-width: 1.5em; margin-right: .2em; border-radius: 1em; text-align: center;
  color: #fff; background: var(--way); }
.calls code { display: block; font-size: .8rem; color: inherit; background: none; padding: .1rem 0; white-space: pre-wrap; }
.calls code span { white-space: nowrap; }
.calls li:not(:last-child)::after { content: "↓"; content: "↓" / ""; position: absolute; left: 50%; bottom: -1.75rem;
  font-weight: 700; color: var(--way); }
@media (min-width: 1000px) {
  .calls { grid-template-columns: 1fr 1fr; }
  .calls li:nth-child(4) { grid-area: 4 / 1 / 5 / 3; }
  .calls li:nth-child(5) { grid-area: 3 / 2; } .calls li:nth-child(6) { grid-area: 2 / 2; }
  .calls li:nth-child(7) { grid-area: 1 / 2; }
  .calls li.turn::after { left: 75%; top: -1.75rem; bottom: auto; content: "↑"; content: "↑" / ""; }
  .calls li:nth-child(3)::after { left: 50%; }
  .calls li.back:not(:last-child)::after { top: -1.75rem; bottom: auto; content: "↑"; content: "↑" / ""; }
}
</style>"""


def calling_panel(history: History, about: Summarised) -> None:
    """The steps of a call, with what went through the hooks of the chosen module in a real run."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        path = module_choice(history, about.report)
    with right:
        photo = photo_choice(history, "summary.calls.image") if takes_picture(about.shapes) else history.now.image
    st.caption(
        _(
            "A call of a module, such as {call}, runs more than its {forward}: hooks are functions of your own that torch runs "
            "before and after it, on the way there and on the way back. Here each of them says what it was given."
        ).format(call=coded("module(x)"), forward=coded("forward"))
    )
    told: Calls = done(CALLS, asked(history.now, row=path, image=photo), _("Running the model there and back …"))
    if told.note:
        st.info(say(told.note, plain), icon=":material/info:")
    steps(told, path)
    with st.expander(_("The hooks as Python, and what they print"), key="summary.calls.more"):
        lines = told.output.splitlines()
        code_box("summary.calls.code", told.code, "hooks.py", "text/x-python")
        st.code("\n".join(lines[:LINES]), language=None, height=360 if len(lines) > 15 else "content")
        if len(lines) > LINES:
            st.caption(_("The first {shown} of {count} lines.").format(shown=LINES, count=f"{len(lines):,}"))


def module_choice(history: History, report: Report) -> str:
    """The module to listen to: the chosen row, or the module that an operation stands in."""
    names = [row.name for row in report.modules]
    now = history.now.row
    while now and now not in names:
        now = report.row(now).parent or "" if now in {row.name for row in report.rows} else ""
    key = "summary.calls.module"
    st.session_state[key] = now

    def picked() -> None:
        name = chosen(key, names)
        if name is not None:
            look_at(history, history.now.at(name))

    st.selectbox(
        _("Module"),
        names,
        key=key,
        format_func=lambda name: f"{name} ({report.row(name).type})" if name else report.row("").type,
        on_change=picked,
    )
    return now


@st.fragment
def steps(told: Calls, path: str) -> None:
    """One call, step by step; which one changes nothing else on the page."""
    key, call = f"summary.calls.call.{path}", 1
    if told.count > 1:
        kept(key, range(1, told.count + 1), 1)
        title = _("Call, of {count}").format(count=f"{told.count:,}")
        call = int(
            st.number_input(
                title,
                1,
                told.count,
                key=key,
                width=160,
                help=_("This module is called more than once. The way back meets the last call first."),
            )
            or 1
        )
    hooks = told.of(call)
    st.html(STYLE + f'<ol class="calls">{"".join(_steps(told, hooks))}</ol>')
    if told.returns and call not in told.returns:
        st.caption(_("Nothing came back to this call: the loss does not depend on what it gave."))
    st.caption(_("One sample runs through the model in evaluation mode, and the loss is against random targets."))


def whole_numbers(text: str) -> str:
    """HTML in which no line ends inside a number such as 1.49e-08."""
    return re.sub(r"-?\d[\d.]*e-\d+", r"<span>\g<0></span>", text)


def _steps(told: Calls, hooks: Mapping[str, Event]):
    number = 0
    for place, (stage, title, about) in enumerate(STEPS):
        way = "turn" if stage == TURN else "there" if place < 3 else "back"
        number += stage != TURN
        badge = f'<b class="number">{number}</b> ' if stage != TURN else ""
        lines = list(hooks[stage].lines) if stage in hooks else []
        if stage in SIGNATURES and not lines:
            lines = [_("no hook ran here")]
        signature = told.forward if stage == FORWARD else SIGNATURES.get(stage, "")
        code = "".join(f"<code>{whole_numbers(escape(line))}</code>" for line in (signature, *lines) if line)
        yield f'<li class="{way}">{badge}<b>{escape(_(title))}</b> {escape(_(about))}{code}</li>'
