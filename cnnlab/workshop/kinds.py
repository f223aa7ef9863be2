"""What may be asked of the workshop: a job is a link, so whatever checks a link bounds a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cnnlab.links import Linked
from cnnlab.messages import SpecError
from cnnlab.objects import Target

PICTURES, ROWS = "pictures", "rows"  # PNGs or WebPs in a tuple; JSON packed by gzip


class Lane(Enum):
    """Who works on a job, so that light work is not stuck behind heavy."""

    LIGHT = "a moment; two of it seldom matter"
    HEAVY = "seconds, or files of strangers: by workers of its own, each made anew for each job"
    WAITING = "for the network, not for a core"


@dataclass(frozen=True)
class Kind:
    """A sort of job: what is asked is a `recipe`, and `work` is the path of the function of it that a worker runs.

    That function gives a plain value (see plain.py) or raises SpecError. `fields` name the recipe's URL fields that
    the work depends on, all where they are empty. An answer is kept for whoever asks again, unless it only
    holds for a moment. `gives` names the parts of it that a browser fetches by address. `stands` is the path of a
    function of the recipe that raises SpecError where an answer that was kept may be given no more.
    """

    name: str
    recipe: type[Linked]
    work: str
    lane: Lane = Lane.LIGHT
    fields: tuple[str, ...] = ()
    keeps: bool = True
    gives: tuple[str, ...] = ()
    stands: str = ""

    def job(self, recipe: Linked) -> "Job":
        """The job of a recipe; what the work does not depend on is left out, so that equal work is one job."""
        query = recipe.to_query()
        return Job(self.name, tuple((name, query[name]) for name in query if not self.fields or name in self.fields))

    def withdrawn(self, recipe: Linked) -> SpecError | None:
        """Why an answer that was kept may be given no more."""
        try:
            if self.stands:
                Target(self.stands).resolve()(recipe)
        except SpecError as error:
            return error
        return None

    def do(self, query: Mapping[str, str]) -> Any:
        """The plain value, worked out here and now."""
        return Target(self.work).resolve()(self.recipe.from_query(query))


@dataclass(frozen=True)
class Job:
    """The name of a kind, and the recipe as URL parameters: a plain value, equal for all who ask for the same."""

    kind: str
    query: tuple[tuple[str, str], ...]
