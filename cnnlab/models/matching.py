"""Does a state dict fit a model: what is missing, left over or of another shape, and why that may be."""

from collections.abc import Mapping

from torch import Tensor, nn

from cnnlab.specs import N_, Message

from .states import Match


def match(state: Mapping[str, Tensor], model: nn.Module) -> Match:
    """The comparison; it reads names and shapes only, so the model may be on the meta device."""
    ours = {name: tuple(value.shape) for name, value in model.state_dict().items() if _shaped(value)}
    theirs = {name: tuple(value.shape) for name, value in state.items()}
    lists = {
        "matched": tuple(name for name in ours if theirs.get(name) == ours[name]),
        "missing": tuple(name for name in ours if name not in theirs),
        "unexpected": tuple(name for name in theirs if name not in ours),
        "mismatched": tuple(
            (name, theirs[name], ours[name]) for name in ours if theirs.get(name, ours[name]) != ours[name]
        ),
    }
    lost, put = _prefixes(theirs, ours)
    return Match(**lists, sentence=_sentence(lists, lost, put), lost=lost, wanted=put)


def under_prefix(state: Mapping[str, Tensor], comparison: Match) -> dict[str, Tensor]:
    """The state dict under the names that `comparison` proposes."""
    return {comparison.wanted + name.removeprefix(comparison.lost): value for name, value in state.items()}


def _shaped(value: Tensor) -> bool:
    return not nn.parameter.is_lazy(value)


def _prefixes(theirs: Mapping[str, tuple], ours: Mapping[str, tuple]) -> tuple[str, str]:
    """What to take from the front of the file's names and what to put there, so that more of them are found."""
    best, count = ("", ""), sum(name in ours for name in theirs)
    for lost, put in (*((prefix, "") for prefix in _common(theirs)), *(("", prefix) for prefix in _common(ours))):
        hits = sum(put + name.removeprefix(lost) in ours for name in theirs)
        if hits > count:
            best, count = (lost, put), hits
    return best


def _common(names: Mapping[str, tuple]) -> list[str]:
    """The dotted beginnings that all names share: DataParallel's "module.", torch.compile's "_orig_mod."."""
    heads = [name.split(".")[:-1] for name in names]
    shared: list[str] = []
    for parts in zip(*heads, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return [".".join(shared[: length + 1]) + "." for length in range(len(shared))]


def _sentence(lists: Mapping[str, tuple], lost: str, put: str) -> Message:
    matched, missing, unexpected, mismatched = lists.values()
    if lost:
        return Message(
            N_(
                "All names begin with {prefix}, which the model's do not (DataParallel and "
                "torch.compile add such): take it off."
            ),
            {"prefix": lost},
        )
    if put:
        return Message(
            N_("The model's names begin with {prefix} and the file's do not: put it before them."), {"prefix": put}
        )
    if not matched:
        return Message(N_("Not one tensor fits: these weights are of another model."))
    if mismatched and not (missing or unexpected):
        name, theirs, ours = mismatched[0]
        return Message(
            N_(
                "{count} tensors have another shape, such as {name}: {theirs} in the file and {ours} in the model. "
                "For a last layer that means another number of classes."
            ),
            {"count": len(mismatched), "name": name, "theirs": theirs, "ours": ours},
        )
    if missing or unexpected:
        example = (missing or unexpected)[0]
        return Message(
            N_(
                "{matched} tensors fit; the file lacks {missing}, has {unexpected} that the model "
                "lacks, and {mismatched} have "
                "another shape; the first name to differ is {example}."
            ),
            {
                "matched": len(matched),
                "missing": len(missing),
                "unexpected": len(unexpected),
                "mismatched": len(mismatched),
                "example": example,
            },
        )
    return Message(N_("All {matched} tensors fit."), {"matched": len(matched)})
