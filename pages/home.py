"""What cnnlab is, with a living thumbnail of every page."""

import streamlit as st

from cnnlab import images
from cnnlab.augmentation.looks import montage, pixels
from cnnlab.augmentation.view import preset
from cnnlab.summary import feature_maps
from cnnlab.summary.view import View
from pages.widgets.inspect import pictured
from pages.widgets.language import _

THUMBNAIL = 900


@st.cache_data(show_spinner=False, max_entries=1)
def augmentation_thumbnail() -> bytes:
    photo = images.sample("chelsea")
    shown = [pixels(preset("first").stages(photo, sample=number)[-1]) for number in range(8)]
    return images.png(montage(shown, columns=4), THUMBNAIL)


@st.cache_data(show_spinner=False, max_entries=1)
def summary_thumbnail() -> bytes:
    maps = feature_maps(View().real(), "layer1", pictured(images.sample("chelsea"), (3, 224, 224)))
    return images.png(maps.montage(32, columns=8), THUMBNAIL)


def card(page: str, title: str, text: str, invitation: str, thumbnail: bytes, alt: str) -> None:
    """A page with what it does, the way there, and a picture it made."""
    with st.container(border=True):
        left, right = st.columns([2, 3], vertical_alignment="center", gap="large")
        with left:
            st.subheader(title, anchor=False)
            st.markdown(text)
            st.page_link(page, label=invitation, icon=":material/arrow_forward:")
        with right:
            st.image(thumbnail, width="stretch", alt=alt)


st.markdown(
    _(
        "See what convolutional networks really do, on your own picture, with the numbers that PyTorch itself computes. "
        "Everything on the screen is true, and everything can be taken away: as code, as a file, or as a link."
    )
)
card(
    "augmentation.py",
    _("Augmentation"),
    _(
        "What random crops, flips, colours and noise do to a picture before a network sees it: build a pipeline "
        "of any of torchvision's transforms, see what chance drew at every step, and take the code with you."
    ),
    _("Open the playground"),
    augmentation_thumbnail(),
    _("One photo of a cat, augmented in eight ways"),
)
card(
    "summary.py",
    _("Model summary"),
    _(
        "Every layer of a model with its shapes, parameters, arithmetic and memory: the course's networks, all of "
        "torchvision's, or your own; its graph, its feature maps on a photo, and what a unit of it sees."
    ),
    _("Open the summary"),
    summary_thumbnail(),
    _("Thirty-two feature maps of an untrained network looking at a cat"),
)
