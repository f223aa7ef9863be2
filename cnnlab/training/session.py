"""The loop: a run of training as a generator of records, which can stop at any of them and go on from its state."""

import copy
import math
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_

from cnnlab.loading import Part, batches, iterations, prepare

from .clock import Clock, clock_for
from .conditions import conditions, device_of, dice, settle
from .config import TrainConfig
from .groups import freeze, groups
from .losses import Criterion, heads
from .network import network, refuse_lonely, refuse_unfit, wanted
from .precision import Precision
from .ranks import Ranks
from .resuming import COUNTS, MEASURE, RATE, VERSION, alike, changed, refuse_fork, refuse_other
from .schedules import Rate
from .tail import NOT_FINITE
from .tally import Tally
from .watching import fingerprint, histograms, trace

Record = dict[str, Any]
FINISHED, STOPPED_EARLY = "finished", "early stopping"


def train(config: TrainConfig) -> Iterator[Record]:
    """The records of a whole run: one a step, one an epoch, one at the end.

    Between two records torch's CPU generator, its threads and its determinism are as they were before.
    """
    return Session(config).records()


class Session:
    """A run in which `step` steps and `epoch` epochs are done, and `place` steps of the next epoch.

    An epoch has so many `iterations`. Under torch.distributed it is the process `rank` of `world`; all of them give the
    same records. What the network draws in a step is decided by (seed, step, rank) alone, as are the order and the
    augmentation by (seed, epoch, sample): so its place is all the chance that a checkpoint must hold.
    """

    def __init__(self, config: TrainConfig, rank: int = 0, world: int = 1):
        self.config, self.device, self.ranks = config, device_of(config), Ranks(rank, world)
        self.step = self.epoch = self.place = 0
        self.sums, self.best, self.waited = Tally(), math.inf, 0
        self.failure: Record | None = None
        settle(config, self.device)
        with conditions(config, self.device, config.seed):
            asked = wanted(config)
            self.data = prepare(config, asked.channels, asked.side)
            self.iterations = iterations(len(self.data.train), config.batch_size, config.drop_last)
            self.model, head = network(config, len(self.data.classes), self.data.shape)
            self._refuse()
            form = torch.channels_last if config.channels_last else torch.preserve_format
            self.model.to(self.device, memory_format=form)
            self.asleep = freeze(self.model, head, config.frozen)
            self.compiled = torch.compile(self.model) if config.compile else self.model
            self.learning = self.ranks.wrapped(self.compiled)
            self.groups = groups(self.model, head, config)
            self.parameters = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
            self._steer()
            self.precision = Precision(config.precision, self.device)
            self.criterion = Criterion(config, self.data.counts["train"], self.device)

    @property
    def total(self) -> int:
        """The steps of the whole run."""
        return self.step - self.place + (self.config.epochs - self.epoch) * self.iterations

    def _refuse(self) -> None:
        """What does not fit is refused here, by two pictures of each part."""
        feeding = replace(self.config, batch_size=2, drop_last=False, workers=0)
        for part in (self.data.train, self.data.validation):
            if len(part):
                pictures = next(batches(self.data, part, feeding, epoch=0))[0]
                refuse_unfit(self.model, self.config, len(self.data.classes), pictures)
        last = 0 if self.config.drop_last else len(self.data.train) % self.config.batch_size
        refuse_lonely(self.model, pictures, last or self.config.batch_size, self.config.batch_size)

    def _steer(self) -> None:
        """An optimizer that has seen nothing yet, and the schedule of its learning rates."""
        self.optimizer = self.config.optimizer.build()([dict(group) for group in self.groups])
        self.rate = Rate(self.optimizer, self.config, self.total)

    def records(self) -> Iterator[Record]:
        """From where it stands to its end; what `state` says is up to the record that came last."""
        while self.reason is None:
            yield from self._epoch()
        yield self._end()

    @property
    def reason(self) -> str | None:
        """Why the run ends here; None where it does not."""
        if self.failure:
            return NOT_FINITE
        if self.epoch >= self.config.epochs:
            return FINISHED
        return STOPPED_EARLY if 0 < self.config.patience <= self.waited else None

    def _epoch(self) -> Iterator[Record]:
        self.model.train()
        for module in self.asleep:
            module.eval()
        began, clock = time.perf_counter(), clock_for(self.device)
        with closing(self._batches(self.data.train, self.place)) as rows:
            clock.start()
            for pictures, labels, _ in rows:
                clock.mark("data")
                record = self._step(pictures, labels, clock)
                if self.failure:
                    return
                if self.config.histograms and self.step % self.config.histograms == 0:
                    yield {"kind": "histograms", "step": self.step, "layers": histograms(self.model)}
                yield record
                clock.start()
        yield self._epoch_ended(began)

    def _batches(self, part: Part, start: int = 0) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        return batches(self.data, part, self.config, self.epoch, start, self.ranks.rank, self.ranks.world)

    def _moved(self, pictures: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        form = torch.channels_last if self.config.channels_last else torch.preserve_format
        return pictures.to(self.device, non_blocking=True, memory_format=form), labels.to(
            self.device, non_blocking=True
        )

    def _loss(self, model: nn.Module, pictures: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The mean loss of a batch, and how many of its pictures were told right."""
        with self.precision.lowered():
            answer = model(pictures)
            return self.criterion(answer, labels), (heads(answer)[0].argmax(1) == labels).sum()

    def _step(self, pictures: Tensor, labels: Tensor, clock: Clock) -> Record:
        """One step, unless a number is not finite: then `failure` says where, and the weights stay as they are.

        The device is waited for once, when its numbers are read.
        """
        own = len(labels)
        with conditions(self.config, self.device, dice(self.config.seed, self.step, self.ranks.rank, self.ranks.world)):
            pictures, labels = self._moved(*((pictures, labels) if own else self.ranks.lent(pictures, labels)))
            clock.mark("transfer")
            self.optimizer.zero_grad()
            loss, correct = self._loss(self.learning, pictures, labels)
            clock.mark("forward")
            share = self.criterion.share(labels) if own else 0.0
            self.precision.backward(self.ranks.weighed(loss, share), self.optimizer)
            clock.mark("backward")
            gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
            norm = torch.linalg.vector_norm(
                torch.stack(torch._foreach_norm(gradients))
            )  # as get_total_norm, at half the cost
            batch, size = self.ranks.read(loss, share, correct, own, norm)
            if not math.isfinite(batch.loss) or not (math.isfinite(size) or self.precision.scales):
                self.failure = self._trace(pictures, labels)
                return {}
            if self.config.clip:
                clip_grads_with_norm_(self.parameters, self.config.clip, norm)
            self.precision.step(self.optimizer)
            clock.mark("optimizer")
            return self._stepped(batch, size, clock)

    def _stepped(self, batch: Tally, norm: float, clock: Clock) -> Record:
        record = {
            "kind": "step",
            "step": self.step + 1,
            "epoch": self.epoch,
            **batch.means("train"),
            **self._rates(),
            "grad/norm": norm,
            **clock.read(),
            "samples": int(batch.samples),
        }
        self.rate.stepped()
        self.sums.add(batch)
        self.step += 1
        self.place += 1
        return record

    def _rates(self) -> dict[str, float]:
        rates = {group["name"]: group["lr"] for group in self.optimizer.param_groups}
        named = {f"lr/{name}": rate for name, rate in rates.items()} if len(rates) > 1 else {}
        return {"lr": self.optimizer.param_groups[0]["lr"], **named}

    def _trace(self, pictures: Tensor, labels: Tensor) -> Record:
        """Where the first number appeared that is not finite: the batch once more, with the draws that it had."""
        with conditions(self.config, self.device, dice(self.config.seed, self.step, self.ranks.rank, self.ranks.world)):
            place = trace(self.model, lambda: self._loss(self.model, pictures, labels)[0])
        return self.ranks.first(place)

    def _epoch_ended(self, began: float) -> Record:
        held_out = self.evaluate(self.data.validation) if len(self.data.validation) else None
        watched = (held_out or self.sums).means("watched")["watched/loss"]
        record = {
            "kind": "epoch",
            "step": self.step,
            "epoch": self.epoch + 1,
            **self.sums.means("train"),
            **(held_out.means("val") if held_out else {}),
            "best": watched < self.best,
            "seconds": time.perf_counter() - began,
        }
        self.waited = 0 if record["best"] else self.waited + 1
        self.best = min(self.best, watched)
        self.rate.epoch_ended(watched)
        self.epoch, self.place, self.sums = self.epoch + 1, 0, Tally()
        return record

    def evaluate(self, part: Part) -> Tally:
        """The sums over a part, in evaluation mode; the device is waited for once."""
        was = self.model.training
        self.model.eval()
        self.ranks.align(self.model)
        sums = torch.zeros(4, device=self.device, dtype=torch.float64 if self.device.type != "mps" else torch.float32)
        with closing(self._batches(part)) as rows, torch.no_grad():
            for pictures, labels, _ in rows:
                if len(labels):
                    with conditions(self.config, self.device, dice(self.config.seed, self.step)):
                        sums += self._sums(*self._moved(pictures, labels))
        self.model.train(was)
        return Tally(*self.ranks.summed(sums).tolist())

    def _sums(self, pictures: Tensor, labels: Tensor) -> Tensor:
        loss, correct = self._loss(self.compiled, pictures, labels)
        share = torch.as_tensor(self.criterion.share(labels), device=self.device)
        return torch.stack((loss * share, share, correct, torch.as_tensor(len(labels), device=self.device)))

    def _end(self) -> Record:
        record = {"kind": "end", "step": self.step, "epoch": self.epoch, "reason": self.reason}
        if self.failure:
            return {**record, "step": self.step + 1, **self.failure}
        held = self.data.counts["validation"]
        guess = {"guess": max(held) / sum(held), "guessed": sum(held)} if any(held) else {}
        return {**record, **guess, **(self.evaluate(self.data.test).means("test") if len(self.data.test) else {})}

    def state(self) -> dict[str, Any]:
        """All that a session of the same config needs to go on from here, for torch.save and weights_only=True.

        Its tensors are those of the session: save it before the next record is asked for.
        """
        return {
            "version": VERSION,
            "torch": str(torch.__version__),
            "config": self.config.to_query(),
            **{name: getattr(self, name) for name in COUNTS},
            "sums": list(astuple(self.sums)),
            "model": self.model.state_dict(),
            "optimizer_name": self.config.optimizer.name,
            "optimizer": self.optimizer.state_dict(),
            "rate": self.rate.state(),
            "scaler": self.precision.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on where the state was taken, and leaves it as it is; SpecError where that was a run of another config."""
        refuse_other(self.config, state)
        self._take(state)
        self.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
        self.rate.restore(state["rate"])

    def fork(self, state: dict[str, Any]) -> None:
        """Goes on from a run with other settings, as if these had been its own so far; `resuming` says which may differ.

        The optimizer keeps what it remembers unless it is another one or has other groups. Its settings are the new
        ones, and the learning rate is where the new schedule stands after as many steps. The best loss so far counts no
        more where losses mean something else.
        """
        refuse_fork(self.config, state)
        self._take(state)
        names = changed(self.config, state)
        if not set(names) & set(RATE):
            self.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
            self.rate.restore(state["rate"])
        else:
            self._steer()
            ours = self.optimizer.state_dict()
            if alike(ours, state["optimizer"]) and self.config.optimizer.name == state["optimizer_name"]:
                self.optimizer.load_state_dict({**ours, "state": copy.deepcopy(state["optimizer"]["state"])})
            self.rate.forward(self.step - self.place, self.epoch)
            self.rate.forward(self.place, 0)
        if set(names) & set(MEASURE):
            self.best, self.waited = math.inf, 0

    def _take(self, state: dict[str, Any]) -> None:
        for name in COUNTS:
            setattr(self, name, state[name])
        self.sums, self.failure = Tally(*state["sums"]), None
        self.model.load_state_dict(state["model"])
        self.precision.restore(state["scaler"])

    def weights_hash(self) -> str:
        """SHA-256 of the weights: names, types, shapes and bytes of the state dict."""
        return fingerprint(self.model)
