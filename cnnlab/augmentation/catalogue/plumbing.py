"""Transforms that change what a picture is rather than how it looks, and those that hold other steps."""

from cnnlab.specs import N_, Call, Param

from . import params as p
from .space import SPACE
from .step import Inner, Need, Normalisation, Step

TYPES, BOXES = N_("types and normalisation"), N_("boxes and key points")
CHOICE, BATCH = N_("choice and order"), N_("batch")
V2 = "torchvision.transforms.v2:"
FUNCTIONS = {name: f"cnnlab.augmentation.functions:{name}" for name in
             ("invert", "swap_red_blue", "repeat_to_three", "to_minus_one_one")}
WHITENING = "cnnlab.augmentation.whitening:"
# Means and standard deviations per channel, as the literature uses them for 0–1 pixels.
STATISTICS = {
    "ImageNet": {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)},
    "CIFAR-10": {"mean": (0.4914, 0.4822, 0.4465), "std": (0.2470, 0.2435, 0.2616)},
    "MNIST": {"mean": (0.1307,), "std": (0.3081,)},
    "Fashion-MNIST": {"mean": (0.2860,), "std": (0.3530,)},
    "−1 … 1": {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)},
}
FLIP, TURN = (next(spec for spec in SPACE if spec.name == name) for name in ("RandomHorizontalFlip", "RandomRotation"))


def dtype(**more) -> Param:
    return Param("dtype", str, options=p.DTYPES, help=N_("The type of number a pixel is stored as."), **more)


def statistics(name: str, start: tuple[float, ...], low: float, help: str) -> Param:
    return Param(name, start=start, low=low, high=255, step=0.01, lengths=tuple(p.CHANNELS), labels=p.CHANNELS, help=help)


def steps(*examples: Call) -> Param:
    return Param("transforms", Call, start=examples, help=N_("The steps inside."))


def labels(default: str | None) -> Param:
    return Param("labels_getter", str, default=default, options=("default",), optional=True, advanced=True,
                 help=N_("Where the labels stand: default looks for an entry called labels."))


def mixing() -> tuple[Param, ...]:
    return (
        Param("alpha", default=1.0, low=0.05, high=20, step=0.05,
              help=N_("How even the mix is: 1 any share alike, small mostly one picture, large about half.")),
        Param("num_classes", int, default=None, start=10, low=2, high=1000, optional=True,
              help=N_("How many classes there are: labels become this many shares.")),
        Param("labels_getter", str, default="default", options=("default",), advanced=True,
              help=N_("Where the labels stand: default takes what comes after the pictures.")),
    )


PLUMBING = (
    Step(V2 + "ToImage", (), N_("Makes an image tensor (channels × height × width) of a PIL picture; values stay 0–255."), TYPES),
    Step(V2 + "ToDtype", (
        dtype(start="float32"),
        Param("scale", bool, default=False, start=True, help=N_("Also rescale: 0–255 becomes 0–1. Without it 200 stays 200.")),
    ), N_("Changes the number type, to floats for a network."), TYPES),
    Step(V2 + "Normalize", (
        statistics("mean", (0.485, 0.456, 0.406), -255, N_("What is subtracted, one number per channel.")),
        statistics("std", (0.229, 0.224, 0.225), 1e-6, N_("What it is divided by then, one number per channel.")),
        Param("inplace", bool, default=False, advanced=True, help=N_("Change the tensor itself instead of a copy.")),
    ), N_("(value − mean) ÷ std per channel, so that a network sees values around 0. For float tensors."),
        TYPES, p.same_length, STATISTICS,
        needs=(Need.TENSOR, Need.FLOATS, Need.CHANNELS), normalisation=Normalisation.BEGINS),
    Step(V2 + "PILToTensor", (), N_("A PIL picture becomes a plain uint8 tensor, values unchanged."), TYPES),
    Step(V2 + "ToPILImage", (
        Param("mode", str, default=None, options=("L", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LA", "I;16", "F"), optional=True,
              advanced=True, help=N_("The PIL mode; none lets the channels decide.")),
    ), N_("A tensor becomes a PIL picture again."), TYPES,
        normalisation=Normalisation.ENDS),
    Step(V2 + "ToPureTensor", (), N_("Forgets that a tensor is an image; the numbers stay."), TYPES),
    Step(V2 + "ConvertImageDtype", (dtype(default="float32"),),
         N_("The older way to change the number type and rescale; ToDtype has taken its place."), TYPES),
    Step(V2 + "LinearTransformation", (
        Param("transformation_matrix", str, start="digits", options={"digits": WHITENING + "digits_whitening_matrix()"},
              help=N_("digits: the 64 × 64 whitening matrix of the 8×8 digits.")),
        Param("mean_vector", str, start="digits", options={"digits": WHITENING + "digits_mean()"},
              help=N_("digits: the average of the 8×8 digits.")),
    ), N_("Whitens: subtracts a mean picture and multiplies by a matrix. Needs a 1 × 8 × 8 float picture."), TYPES,
        needs=(Need.TENSOR, Need.FLOATS, Need.DIGIT), normalisation=Normalisation.ENDS),
    Step(V2 + "Lambda", (
        Param("lambd", str, start="swap_red_blue", options=FUNCTIONS, help=N_("A function of ours; no code is typed in.")),
    ), N_("Applies a function to the picture."), TYPES),
    Step(V2 + "Identity", (), N_("Does nothing."), TYPES, idle=True),

    Step(V2 + "ConvertBoundingBoxFormat", (
        Param("format", str, start="CXCYWH", options=("XYXY", "XYWH", "CXCYWH", "XYWHR", "CXCYWHR", "XYXYXYXY"),
              help=N_("How a box is written: corners, corner and size, or centre and size; R adds an angle.")),
    ), N_("Writes the boxes in other numbers; they stay where they are."), BOXES),
    Step(V2 + "ClampBoundingBoxes", (
        Param("clamping_mode", str, default="auto", options=("auto", "soft", "hard"), optional=True,
              help=N_("How boxes that stick out are cut; the modes differ for turned boxes only.")),
    ), N_("Cuts boxes off at the picture's edge."), BOXES),
    Step(V2 + "SetClampingMode", (
        Param("clamping_mode", str, start="hard", options=("soft", "hard"), optional=True,
              help=N_("What later steps do to boxes that stick out; none leaves them.")),
    ), N_("Says how later steps treat boxes at the edge."), BOXES),
    Step(V2 + "SanitizeBoundingBoxes", (
        Param("min_size", default=1.0, low=1, high=1000, unit="px", help=N_("Boxes with a shorter side go.")),
        Param("min_area", default=1.0, low=1, high=100000, unit="px²", help=N_("Boxes with a smaller area go.")),
        labels("default"),
    ), N_("Drops boxes that have become too small, and their labels."), BOXES,
        needs=(Need.BOXES,)),
    Step(V2 + "ClampKeyPoints", (), N_("Moves key points outside the picture onto its edge."), BOXES),
    Step(V2 + "SanitizeKeyPoints", (labels(None),), N_("Drops key points that have left the picture."), BOXES,
        needs=(Need.KEYPOINTS,)),

    Step(V2 + "Compose", (steps(FLIP.example(), TURN.example()),), N_("Runs its steps one after the other."), CHOICE,
        inner=Inner.ALL),
    Step(V2 + "RandomApply", (steps(TURN.example()), p.probability()), N_("Runs all its steps, or none."), CHOICE,
        inner=Inner.ALL_OR_NONE),
    Step(V2 + "RandomChoice", (
        steps(FLIP.example(), TURN.example()),
        Param("p", default=None, low=0, high=1000, lengths=tuple(range(1, 65)), optional=True, widget="weights",
              help=N_("The weight of each step; off for equal chances.")),
    ), N_("Runs one of its steps, drawn by weight."), CHOICE, check=p.weights,
        inner=Inner.ONE, draws=(N_("chose {chosen}"),)),
    Step(V2 + "RandomOrder", (steps(FLIP.example(), TURN.example()),), N_("Runs all its steps in random order."), CHOICE,
        inner=Inner.SHUFFLED, draws=(N_("in the order {order}"),)),

    Step(V2 + "CutMix", mixing(), N_("Pastes a rectangle of one picture of the batch into the next, and mixes the labels by area."),
        BATCH, needs=(Need.BATCH, Need.TENSOR), keywords_only=True,
        draws=(N_("rectangle from column {box[0]}, row {box[1]} to column {box[2]}, row {box[3]}"),
               N_("share kept {lam_adjusted:.2f}"))),
    Step(V2 + "MixUp", mixing(), N_("Blends each picture of the batch with the one before it, and the labels alike."), BATCH,
        needs=(Need.BATCH, Need.TENSOR, Need.FLOATS), draws=(N_("share kept {lam:.2f}"),), keywords_only=True),
)
