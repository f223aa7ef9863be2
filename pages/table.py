"""The table of pages: one row tells the frame, the home page and the tests all they need of a page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnlab.augmentation import jobs as augmentation_jobs
from cnnlab.augmentation import view as augmentation
from cnnlab.augmentation.presets import PRESETS
from cnnlab.layers import LAYERS
from cnnlab.layers import jobs as layers_jobs
from cnnlab.layers import view as layers
from cnnlab.links import Linked
from cnnlab.loading import DATASETS
from cnnlab.loading import jobs as loading_jobs
from cnnlab.loading import view as loading
from cnnlab.models import MODELS
from cnnlab.specs import N_
from cnnlab.summary import jobs as summary_jobs
from cnnlab.summary import view as summary
from cnnlab.training import jobs as training_jobs
from cnnlab.training import view as training
from cnnlab.training.presets import few_samples
from cnnlab.workshop import Kind


@dataclass(frozen=True)
class Page:
    """A page whose script is pages/<path>/page.py, and its card on the home page.

    `card` is the kind of job whose picture of `size` (width, height) stands on the home page, described by `alt`;
    `first` are the jobs of the page's first view, done before anybody comes. `view` is the class whose value a link of
    the page carries; `examples` are views that show the page at its fullest, wrong input among them.
    """

    path: str
    title: str
    icon: str
    about: str
    invitation: str
    card: Kind
    size: tuple[int, int]
    alt: str
    view: type
    first: Callable[[], Iterable[tuple[Kind, Linked]]]
    examples: Mapping[str, Any] = field(default_factory=dict)

    @property
    def script(self) -> str:
        return f"{self.path}/page.py"


def _preset(name: str) -> augmentation.View:
    return augmentation.View(PRESETS[name].image, augmentation.preset(name))


def _model(name: str, **more: Any) -> summary.View:
    return summary.View(model=MODELS[name].example(), **more)


PAGES = (
    Page(
        "augmentation", N_("Augmentation"), "auto_fix_high",
        N_("What random crops, flips, colours and noise do to a picture before a network sees it: build a pipeline "
           "of any of torchvision's transforms, see what chance drew at every step, and take the code with you."),
        N_("Open the playground"),
        augmentation_jobs.CARD, (900, 449), N_("One photo of a cat, augmented in eight ways"),
        augmentation.View, augmentation_jobs.first,
        {"nested steps": _preset("simclr"), "boxes": _preset("detection"), "a batch": _preset("cutmix"),
         "many crops": _preset("tencrop"), "no steps": augmentation.View(pipeline=augmentation.Pipeline()),
         "a step that fails": augmentation.View("scene", augmentation.preset("tencrop"))},
    ),
    Page(
        "loading", N_("Loading"), "view_module",
        N_("From files to batches: datasets and their pictures, what a Dataset gives, in which order a loader takes it, "
           "and a dry run that says whether it will train before it does."),
        N_("Open the loader"),
        loading_jobs.CARD, (804, 296),
        N_("Forty-six handwritten digits as they lie, and beside them as four batches, a colour each; the last one is short"),
        loading.View, loading_jobs.first,
        {"noise": loading.View(data=DATASETS["FakeData"](size=50)), "no batch": loading.View(batch_size=4096, drop_last=True),
         "augmented": loading.View(augmentation=few_samples()[-1].augmentation),
         "not here yet": loading.View(data=DATASETS["CIFAR10"]()), "somebody's zip": loading.View(data=DATASETS["Upload"]())},
    ),
    Page(
        "layers", N_("Layer inspector"), "grid_on",
        N_("One layer at a time: how its output comes by its shape, which inputs and weights make each number, and what "
           "it does to a photo; convolutions both ways, pooling and unpooling, normalisation, activations and the rest."),
        N_("Open the inspector"),
        layers_jobs.CARD, (684, 273), N_("A handwritten digit as squares, a kernel of 3 × 3, and the edges that it finds"),
        layers.View, layers_jobs.first,
        {"a transposed convolution": layers.View().of(LAYERS["ConvTranspose2d"].example()),
         "a stack": layers.View().added(LAYERS["Conv2d"](in_channels=1, out_channels=4, kernel_size=3)),
         "an input that does not fit": layers.View(shape=(3, 8, 8))},
    ),
    Page(
        "summary", N_("Model summary"), "account_tree",
        N_("Every layer of a model with its shapes, parameters, arithmetic and memory: the course's networks, all of "
           "torchvision's, or your own; its graph, its feature maps on a photo, and what a unit of it sees."),
        N_("Open the summary"),
        summary_jobs.CARD, (455, 227), N_("Thirty-two feature maps of an untrained network looking at a cat"),
        summary.View, summary_jobs.first,
        {"a course network": _model("LeNet", row="conv2"), "unequal sides": _model("UNet", shape=(3, 32, 64)),
         "two inputs": _model("raft_small", shape=(3, 128, 128)),
         "pasted": summary.View(source="nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU())"),
         "two models": _model("LeNet", against=MODELS["AlexNet"].example()),
         "an input that does not fit": _model("AlexNet", shape=(3, 100, 100))},
    ),
    Page(
        "training", N_("Training"), "model_training",
        N_("Train a network and watch it learn: the curves, the seconds of each step, the machine; stop it, resume it to "
           "the bit, begin again from any checkpoint with one thing changed, and compare what came of it."),
        N_("Start training"),
        training_jobs.CARD, (782, 296),
        N_("Twenty-four handwritten digits at four moments of training: those that are recognised turn from red to green"),
        training.View, training_jobs.first,
        {"augmented": training.View.of(few_samples()[-1]),
         "no step to take": training.View(batch_size=4096, drop_last=True),
         "a run that is not there": training.View(run="A" * 22)},
    ),
)
