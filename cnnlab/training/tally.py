"""Sums over batches that become means: losses by how much each counts, right answers, pictures."""

import math
from dataclasses import dataclass, fields


@dataclass
class Tally:
    """`loss` is the sum of mean losses times their `share`; `correct` of `samples` pictures were told right."""

    loss: float = 0.0
    share: float = 0.0
    correct: float = 0.0
    samples: float = 0.0

    def add(self, other: "Tally") -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def means(self, name: str) -> dict[str, float]:
        """
        >>> Tally(loss=6.0, share=4.0, correct=3.0, samples=4.0).means("train")
        {'train/loss': 1.5, 'train/accuracy': 0.75}
        """
        return {
            f"{name}/loss": self.loss / self.share if self.share else math.nan,
            f"{name}/accuracy": self.correct / self.samples if self.samples else math.nan,
        }
