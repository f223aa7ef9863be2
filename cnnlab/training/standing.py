"""Whether answers about runs may still be given to who asks again: runs are deleted, and a host hides folders."""

from cnnlab.hosting import refuse_hidden
from cnnlab.layers.jobs import Asked as Layer
from cnnlab.summary.learnt import Element
from cnnlab.summary.view import View as Summarised

from .config import TrainConfig
from .jobs import Looked, Recorded
from .named import run_of


def of_data(config: TrainConfig) -> None:
    refuse_hidden(config.data)


def of_run(asked: Looked | Recorded) -> None:
    run_of(asked.run)


def of_pictures(asked: Looked) -> None:
    refuse_hidden(run_of(asked.run).config.data)


def of_network(view: Summarised) -> None:
    """What a summary shows of a run's weights, and of a picture of its data."""
    if view.learnt:
        run_of(view.learnt.run)
    if shown := Element.read(view.image):
        refuse_hidden(run_of(shown.run).config.data)


def of_layer(asked: Layer) -> None:
    if asked.origin:
        of_network(Summarised.from_query(asked.origin))
    if shown := Element.read(asked.image):
        refuse_hidden(run_of(shown.run).config.data)
