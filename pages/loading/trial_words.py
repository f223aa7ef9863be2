"""What a dry run found, in sentences."""

from collections.abc import Iterator

from cnnlab.loading.dry_run.answers import Draws, Quartiles, Rehearsed
from cnnlab.loading.view import View
from cnnlab.quantities import binary
from pages.shared.language import _, coded, plain, say

FEWEST = 3  # rounds, below which nothing is said of a difference


def batch_words(rehearsed: Rehearsed) -> str:
    batch = rehearsed.collated
    shape = " × ".join(map(str, batch.shape))
    return _("A batch is {shape}, {dtype} from {low} to {high}; its labels are {labels}.").format(
        shape=shape, dtype=batch.dtype, low=signed(batch.low), high=signed(batch.high), labels=batch.labels
    )


def subset_words(rehearsed: Rehearsed, view: View) -> Iterator[str]:
    """What was tried of what was chosen, where that is less."""
    if rehearsed.samples < rehearsed.total:
        yield _("Tried with {samples} of the {total} pictures there are for training.").format(
            samples=f"{rehearsed.samples:,}", total=f"{rehearsed.total:,}"
        )
    if rehearsed.batch_size < min(view.batch_size, rehearsed.samples):
        yield _(
            "Tried with batches of {tried} instead of {chosen}: one sample takes {time}, and longer ones would not be done "
            "in the seconds there are here."
        ).format(tried=rehearsed.batch_size, chosen=view.batch_size, time=span(rehearsed.sample_seconds))


def speed_words(rehearsed: Rehearsed) -> Iterator[str]:
    best, speeds = rehearsed.best, rehearsed.speeds
    if best and best.rate:
        alone = speeds[0].rate
        yield _(
            "**{rate} samples a second with num_workers={workers}**: the fewest that come within 5 % of the fastest."
        ).format(rate=count(best.rate.median), workers=best.workers) + (
            " " + _("That is {times} times as many as without.").format(times=f"{best.rate.median / alone.median:.2g}")
            if best.workers and alone
            else ""
        )
    if any(speed.rate and speed.rate.unstable for speed in speeds):
        yield _(
            ":material/warning: Unstable: the quartiles (whiskers) lie more than 10 % apart, for something else uses this "
            "machine. Differences smaller than the whiskers say nothing."
        )
    if rehearsed.here:
        yield _(
            "These pictures lie in memory and no step works on them: a batch is made sooner than another process could hand "
            "it over, and training here makes them itself, whatever the number of workers says."
        )
    for speed in speeds:
        if speed.failure:
            yield _("num_workers={workers}: {reason}").format(workers=speed.workers, reason=say(speed.failure, plain))
        elif speed.rate is None:
            yield _("num_workers={workers}: not tried, for the time was up.").format(workers=speed.workers)


def memory_words(rehearsed: Rehearsed) -> Iterator[tuple[str, str]]:
    measured = [speed for speed in rehearsed.speeds if speed.own_bytes]
    if measured:
        last = measured[-1]
        share = f" ({_('PSS {size}').format(size=binary(last.share_bytes))})" if last.share_bytes else ""
        yield (
            _("Memory:"),
            _(
                "with num_workers={workers} each takes {own} for itself alone, and its share of what they have in common{share}. A "
                "forked worker shares the pictures with its parent until it writes to them."
            ).format(workers=last.workers, own=binary(last.own_bytes), share=share),
        )


def setting_words(rehearsed: Rehearsed) -> Iterator[tuple[str, str]]:
    effects = rehearsed.effects
    if effects is None:
        yield _("Settings:"), _("not measured: there was no worker, or no time left.")
        return
    yield (
        "persistent_workers:",
        _(
            "from one epoch to the first batch of the next it takes {anew} where workers are made anew, and {kept} where they "
            "are kept (num_workers={workers})."
        ).format(anew=span(effects.anew_seconds), kept=span(effects.kept_seconds), workers=effects.workers),
    )
    yield "prefetch_factor:", _prefetch(rehearsed)
    if effects.usual_seconds is None or effects.pinned_seconds is None:
        yield (
            "pin_memory:",
            _("not measured: no GPU. It speeds up the way of a batch to one, and does nothing for a CPU."),
        )
    else:
        yield (
            "pin_memory:",
            _("a batch is on the GPU in {usual}, out of pinned memory in {pinned}.").format(
                usual=span(effects.usual_seconds), pinned=span(effects.pinned_seconds)
            ),
        )


def _prefetch(rehearsed: Rehearsed) -> str:
    """How many batches each worker is ahead: what that gives, and what it holds."""
    effects = rehearsed.effects
    rates = _(", ").join(
        _("{factor} ahead: {rate}").format(factor=factor, rate=count(rate.median)) for factor, rate in effects.prefetch
    )
    held = binary(effects.workers * effects.batch_bytes)
    words = _(
        "samples a second with so many batches ahead by each worker (num_workers={workers}): {rates}. Every one more holds {size}."
    ).format(workers=effects.workers, rates=rates, size=held)
    every = [rate for _factor, rate in effects.prefetch]
    if told_apart(every):
        return words
    return f"{words} " + _("These do not differ by more than they waver: it helps where batches take unequal time.")


def told_apart(rates: list[Quartiles]) -> bool:
    """Whether the quartiles of the fastest and the slowest do not touch."""
    fast, slow = max(rates, key=lambda rate: rate.median), min(rates, key=lambda rate: rate.median)
    return fast.rounds >= FEWEST and slow.rounds >= FEWEST and fast.low > slow.high


def start_words(rehearsed: Rehearsed) -> Iterator[tuple[str, str]]:
    for sent in rehearsed.sent:
        if sent.failure:
            words = _("a worker could not be started: {words}").format(words=coded(sent.failure))
        elif sent.seconds is None:
            words = _("not tried to the end, for the time was up; the Dataset can be sent.")
        else:
            words = _("a worker gave its first batch after {time}.").format(time=span(sent.seconds))
        yield f"{sent.method}:", words


def own_words(rehearsed: Rehearsed) -> str:
    draws = rehearsed.own
    words = []
    if rehearsed.stand_in:
        words.append(_("Your pipeline draws nothing, so RandomRotation(30) stands in for it."))
    if draws.different == draws.count and not draws.again:
        words.append(
            _("No draw comes twice: each depends on the seed, the epoch, the index and the step, and on nothing else.")
        )
    else:
        words.append(repeated(draws))
    if draws.same:
        words.append(_("With no worker at all the pictures are the same to the bit."))
    else:
        words.append(_("Without workers the pictures are others."))
    return " ".join(words)


def classic_words(draws: Draws) -> str:
    return f"{repeated(draws)} " + _(
        "Each worker begins with a copy of the same generator, and workers made anew for an epoch begin where the first ones "
        "did."
    )


def persistent_words(draws: Draws) -> str:
    return f"{repeated(draws)} " + _("Workers that stay draw on, but still the same as their neighbours.")


def repeated(draws: Draws) -> str:
    return _(
        "{repeated} of {count} draws of an epoch are repeated, and {again} of {count} come again in the next."
    ).format(repeated=draws.count - draws.different, count=draws.count, again=draws.again)


def span(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 0.9995 else f"{seconds:.3g} s"


def count(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"


def signed(number: float) -> str:
    return f"{number:.3g}".replace("-", "−")
