"""The datasets on offer."""

from cnnlab import limits
from cnnlab.specs import N_, Param, catalogue

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
        DatasetSpec(
            "cnnlab.loading.embedded:FakeData",
            (
                Param("size", int, 1000, low=1, high=limits.FAKE_PICTURES, step=100, help=N_("How many pictures.")),
                Param("classes", int, 10, low=2, high=limits.CLASSES, help=N_("How many classes.")),
                Param("side", int, 32, low=1, high=limits.FAKE_SIDE, unit="px", help=N_("Height and width.")),
                Param("channels", int, 3, low=1, high=4, help=N_("1 for gray, 3 for colours.")),
                Param("seed", int, 0, low=0, high=limits.SEED, help=N_("Another seed gives other noise.")),
            ),
            N_("Noise with labels that mean nothing: whoever learns it has learnt it by heart."),
        ),
    )
)
