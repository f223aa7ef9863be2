"""What cnnlab is, with a living thumbnail of every page."""

import streamlit as st

from cnnlab import images
from cnnlab.augmentation.looks import montage, pixels
from cnnlab.augmentation.view import preset
from pages.widgets.language import _

THUMBNAIL = 900


@st.cache_data(show_spinner=False, max_entries=4)
def augmentation_thumbnail() -> bytes:
    photo = images.sample("chelsea")
    shown = [pixels(preset("first").stages(photo, sample=number)[-1]) for number in range(8)]
    return images.png(montage(shown, columns=4), THUMBNAIL)


st.markdown(
    _(
        "See what convolutional networks really do, on your own picture, with the numbers that PyTorch itself computes. "
        "Everything on the screen is true, and everything can be taken away: as code, as a file, or as a link."
    )
)
with st.container(border=True):
    left, right = st.columns([2, 3], vertical_alignment="center", gap="large")
    with left:
        st.subheader(_("Augmentation"), anchor=False)
        st.markdown(
            _(
                "What random crops, flips, colours and noise do to a picture before a network sees it: build a pipeline "
                "of any of torchvision's transforms, see what chance drew at every step, and take the code with you."
            )
        )
        st.page_link("augmentation.py", label=_("Open the playground"), icon=":material/arrow_forward:")
    with right:
        st.image(augmentation_thumbnail(), width="stretch", alt=_("One photo of a cat, augmented in eight ways"))
