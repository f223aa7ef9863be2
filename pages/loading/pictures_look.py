"""The look "pictures": the pictures themselves, their classes, sizes and numbers."""

from collections.abc import Mapping, Sequence

import streamlit as st

from cnnlab.loading import Classes, Page
from cnnlab.loading.gallery.answers import DAMAGED, LARGE, Tile
from cnnlab.loading.jobs import CLASSES, NUMBERS, PAGE, SIZES, TWINS, suited
from cnnlab.loading.parts import PARTS
from cnnlab.loading.view import View
from cnnlab.specs import N_, SpecError
from pages.loading.findings import numbers_section, sizes_section, twins_section
from pages.loading.sheet import Group, sheet
from pages.serving.answers import address
from pages.shared.history import History
from pages.shared.language import _, plain
from pages.shared.problem import problem
from pages.shared.sent import heard
from pages.shared.work import asking, done

ALL = -1  # in the place of a label
TITLES = {"train": N_("Training"), "validation": N_("Validation"), "test": N_("Test")}
FAULTS = {DAMAGED: N_("cannot be read"), LARGE: N_("too large to be shown here")}
FINDINGS = (  # the kind of job that finds it, its title, and what draws it
    (NUMBERS, N_("Mean and standard deviation"), numbers_section),
    (TWINS, N_("Pictures that are there twice"), twins_section),
    (SIZES, N_("Sizes and files"), sizes_section),
)


def pictures_look(history: History) -> None:
    view: View = history.now
    with asking() as asked:
        for kind, *_more in FINDINGS:
            asked.ahead(kind, [view])
        classes = done(suited(CLASSES, view), view)
        page = done(suited(PAGE, view), view)
        gallery(history, classes, page)
        class_rows(history, classes)
        for kind, title, draw in FINDINGS:
            st.markdown(f"##### {_(title)}")
            (answer,) = asked.so_far(kind, [view])
            if isinstance(answer, SpecError):
                problem(answer)
            elif answer:
                draw(view, {kept.label: kept.name for kept in classes.classes}, answer)


def gallery(history: History, classes: Classes, page: Page) -> None:
    """One page of a part's pictures, and the one that was picked."""
    view: View = history.now
    names = {kept.label: kept.name for kept in classes.classes}
    with st.container(key="loading.gallery", horizontal=True, vertical_alignment="bottom"):
        part(history, classes)
        of_class(history, names, page)
        turning(history, page)
    if not page.count:
        st.info(_("This part has no pictures: give it a share of them."), icon=":material/hide_image:")
        return
    sheet(
        "loading.page",
        _("Page {page} of {pages}, {count} pictures").format(page=page.page, pages=page.pages, count=page.count),
        address(suited(PAGE, view), view),
        page.sheet,
        [Group([(tile, said(tile, names), "") for tile in page.tiles])],
        picked=next((at for at, tile in enumerate(page.tiles) if tile.index == view.picture), None),
        on_pick=lambda at: history.update(keep=False, picture=page.tiles[at].index),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = next((tile for tile in page.tiles if tile.index == view.picture), None)
        st.markdown(
            _("Picture {about}").format(about=plain(said(shown, names)))
            if shown
            else _("Choose a picture to see how it becomes a row of a batch."),
            width="stretch",
        )
        st.button(
            _("See how it becomes a row of a batch"),
            key="loading.page.sample",
            icon=":material/arrow_forward:",
            disabled=shown is None,
            on_click=lambda: history.update(keep=False, look="sample"),
        )


def part(history: History, classes: Classes) -> None:
    """Which part is looked at."""
    key = "loading.part"
    counts = {name: sum(kept.counts[name] for kept in classes.classes) for name in PARTS}
    st.session_state[key] = history.now.part
    st.segmented_control(
        _("Part"),
        PARTS,
        key=key,
        format_func=lambda name: f"{_(TITLES[name])} {counts[name]:,}",
        required=True,
        on_change=heard(key, PARTS, lambda name: history.update(keep=False, part=name, page=1)),
    )


def of_class(history: History, names: dict[int, str], page: Page) -> None:
    """Whether one class alone is looked at."""
    key, options = "loading.label", [ALL, *names]
    st.session_state[key] = ALL if page.label is None else page.label
    st.selectbox(
        _("Class"),
        options,
        key=key,
        format_func=lambda label: _("all classes") if label == ALL else names[label],
        on_change=heard(key, options, lambda label: only(history, None if label == ALL else label)),
        width=200,
    )


def only(history: History, label: int | None) -> None:
    history.update(keep=False, label=label, page=1)


def turning(history: History, page: Page) -> None:
    """From page to page."""
    key, options = "loading.turning", range(1, page.pages + 1)
    st.session_state[key] = page.page
    st.number_input(
        _("Page, of {count}").format(count=page.pages),
        1,
        page.pages,
        key=key,
        on_change=heard(key, options, lambda number: history.update(keep=False, page=number)),
        width=150,
    )


def class_rows(history: History, classes: Classes) -> None:
    """Each class with how many pictures of it each part has, and some of them."""
    names = {kept.label: kept.name for kept in classes.classes}
    totals = [sum(kept.counts.values()) for kept in classes.classes]
    st.markdown(f"##### {_('Classes')}")
    st.caption(balance(totals))
    groups = [
        Group(
            [(tile, said(tile, names), "") for tile in kept.tiles], kept.name, counted(kept.counts), total / max(totals)
        )
        for kept, total in zip(classes.classes, totals, strict=True)
    ]
    labels = list(names)
    sheet(
        "loading.classes",
        _("Classes"),
        address(suited(CLASSES, history.now), history.now),
        classes.sheet,
        groups,
        side=40,
        opened=labels.index(history.now.label) if history.now.label in labels else None,
        on_open=lambda at: only(history, None if history.now.label == labels[at] else labels[at]),
    )


def balance(totals: Sequence[int]) -> str:
    """How many classes there are and how even they are, in words."""
    least, most = (f"{count:,}" for count in (min(totals), max(totals)))
    each = least if least == most else _("{least} to {most}").format(least=least, most=most)
    return _(
        "{count} classes of {each} pictures. Press one to see its pictures alone, and once more to see all again."
    ).format(count=len(totals), each=each)


def counted(counts: Mapping[str, int]) -> str:
    return " · ".join(f"{_(TITLES[part])} {count:,}" for part, count in counts.items() if count)


def said(tile: Tile, names: Mapping[int, str]) -> str:
    """A picture in words: its number, its class, its size, or why it is not there."""
    if tile.fault:
        return f"{tile.index} · {names[tile.label]} · {_(FAULTS[tile.fault])}"
    return f"{tile.index} · {names[tile.label]} · {tile.size[0]} × {tile.size[1]}"
