"""The datasets on offer."""

from cnnlab.specs import N_, catalogue

from .rows import DatasetSpec

DIGITS = tuple("0123456789")

DATASETS: dict[str, DatasetSpec] = catalogue(
    (
        DatasetSpec(
            "cnnlab.loading.embedded:digits",
            (),
            N_("1,797 handwritten digits of 8 × 8 pixels, which scikit-learn brings along."),
            classes=DIGITS,
            shape=(1, 8, 8),
            counts=(1797,),
        ),
    )
)
