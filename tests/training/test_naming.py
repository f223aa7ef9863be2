"""What runs are called: short, and by what differs."""

from dataclasses import replace

import pytest

from cnnlab.training import OPTIMIZERS, TrainConfig
from cnnlab.training.naming import LETTERS, MOST, distinct, unusual
from cnnlab.training.presets import few_samples, presets

PLAIN = TrainConfig()


def test_the_runs_of_the_experiment_are_called_by_augmentation_and_seed():
    assert distinct(few_samples()) == [
        *(f"no augmentation, seed {seed}" for seed in range(3)),
        *(f"augmentation RandomAffine +2, seed {seed}" for seed in range(3)),
    ]
    assert distinct([few_samples()[0], few_samples()[3]], ("seed",)) == [
        "no augmentation",
        "augmentation RandomAffine +2",
    ]


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.title)
def test_a_name_stays_short(preset):
    for config in preset.configs:
        parts = unusual(config).split(", ")
        assert len(parts) <= MOST
        assert all(len(part) <= LETTERS + len("optimizer weight_decay …") for part in parts)


def test_what_is_usual_needs_no_words_and_what_is_shown_elsewhere_none_twice():
    assert unusual(PLAIN) == ""
    assert unusual(replace(PLAIN, source="nn.Sequential(nn.Flatten(), nn.Linear(64, 10))")) == ""
    assert (
        unusual(replace(PLAIN, optimizer=OPTIMIZERS["AdamW"](lr=0.01), normalise=False))
        == "no normalise, optimizer lr 0.01"
    )
    assert distinct([PLAIN, PLAIN]) == ["", ""]
