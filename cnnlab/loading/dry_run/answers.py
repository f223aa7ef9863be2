"""What a dry run tells, as plain data. Needs no torch."""

from dataclasses import dataclass

from cnnlab.messages import N_, Message

UNSTABLE = 0.1  # of the median: quartiles further apart say that something else used the machine meanwhile
CROWD = N_("{workers} workers on {cores} cores wait for each other.")
CROWD_FIX = N_("Take at most {cores}; the chart says how many pay.")
CLOSE = 0.95  # of the highest rate: what comes so near is as good


@dataclass(frozen=True)
class Quartiles:
    """Of several rounds: a quarter of them lies below `low`, a half below `median`, a quarter above `high`."""

    low: float
    median: float
    high: float
    rounds: int

    @property
    def unstable(self) -> bool:
        return self.high - self.low > UNSTABLE * self.median


@dataclass(frozen=True)
class Speed:
    """Samples a second with so many workers, the seconds until the first batch, and the bytes of a worker.

    `own_bytes` are those that no other process shares (USS), `share_bytes` those with its share of what several use
    (PSS), each of the largest worker; None where the system does not say. `rate` is None where `failure` says why.
    """

    workers: int
    rate: Quartiles | None = None
    start_seconds: float = 0.0
    own_bytes: int | None = None
    share_bytes: int | None = None
    failure: Message | None = None


@dataclass(frozen=True)
class Collated:
    """A batch as a network gets it: shape, dtype, lowest and highest value; the labels' dtype.

    `words` are torch's own where default_collate cannot stack what the pipeline leaves, "" where it can; `pipeline` is
    the link of one that it can stack, "" where none is known.
    """

    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float
    labels: str
    left: str
    words: str = ""
    pipeline: str = ""


@dataclass(frozen=True)
class Draws:
    """One picture drawn `count` times in two epochs: how many of the first epoch's are `different`, and how many of the
    second's are at their place what they were in the first.

    `same` says for ours whether other workers gave the same pictures; None where that was not tried.
    """

    count: int
    different: int
    again: int
    same: bool | None = None


@dataclass(frozen=True)
class Sent:
    """A worker started in one way: the seconds until its first batch, or why there was none."""

    method: str
    seconds: float | None = None
    failure: str = ""


@dataclass(frozen=True)
class Effects:
    """With `workers`, what three settings of a DataLoader do here.

    Seconds from the end of an epoch to the next one's first batch, with workers made anew and with those kept
    (persistent_workers); samples a second by prefetch_factor, and the bytes of a batch, which each of them holds; seconds
    to bring a batch to the GPU from usual and from pinned memory, None without a GPU.
    """

    workers: int
    anew_seconds: float
    kept_seconds: float
    prefetch: tuple[tuple[int, Quartiles], ...]
    batch_bytes: int
    usual_seconds: float | None = None
    pinned_seconds: float | None = None


@dataclass(frozen=True)
class Trap:
    """What a person should know, how to mend it, and the link of an augmentation that is mended, "" where there is none.

    One of their `own` is mended here already, and only lies in wait where somebody writes such a Dataset.
    """

    says: Message
    fix: Message | None = None
    pipeline: str = ""
    own: bool = False


@dataclass(frozen=True)
class Rehearsed:
    """What a dry run found. `pictures` are ours, those of a Dataset that keeps its own generator, and the same with
    workers that persist: two rows of an epoch each, pictures that occur more than once framed in one colour.

    Measured were batches of `batch_size` out of `samples` pictures of the `total` there are for training; `here` is true
    where training makes its batches itself, whatever `workers` says. `own` are the draws of the pipeline, of a stand-in
    where that draws nothing. `sample_seconds` are those of one sample in one process.
    """

    total: int
    samples: int
    batch_size: int
    cores: int
    here: bool
    sample_seconds: float
    collated: Collated
    traps: tuple[Trap, ...]
    own: Draws
    stand_in: bool
    classic: Draws
    persistent: Draws
    classic_code: str
    sent: tuple[Sent, ...]
    unsendable: tuple[tuple[str, str], ...]
    lambda_words: str
    speeds: tuple[Speed, ...]
    effects: Effects | None
    pictures: tuple[bytes, ...]

    @property
    def best(self) -> Speed | None:
        """The fewest workers that come within a twentieth of the fastest."""
        measured = [speed for speed in self.speeds if speed.rate]
        most = max((speed.rate.median for speed in measured), default=0)
        return next((speed for speed in measured if speed.rate.median >= CLOSE * most), None)


def tried_workers(cores: int, most: int) -> tuple[int, ...]:
    """0, 1, 2, 4, 8 and so on up to the cores, and so many as there are of those; none above `most`.

    >>> tried_workers(cores=6, most=16), tried_workers(cores=6, most=2)
    ((0, 1, 2, 4, 6), (0, 1, 2))
    """
    powers = [2**power for power in range(10) if 2**power <= cores]
    return tuple(sorted(number for number in {0, *powers, cores} if number <= most))


def crowd(workers: int, cores: int) -> tuple[Trap, ...]:
    """More workers than cores."""
    values = {"workers": workers, "cores": cores}
    return (Trap(Message(CROWD, values), Message(CROWD_FIX, values)),) if workers > cores else ()
