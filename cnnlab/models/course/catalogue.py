"""The course's networks: each is one row here and one file beside this one."""

from collections.abc import Mapping
from typing import Any

from cnnlab.models.rows import ModelSpec
from cnnlab.specs import N_, Param, SpecError, catalogue

CLASSIFIERS, SHAPES = N_("course: classification"), N_("course: pictures in, pictures out")
HERE = "cnnlab.models.course."


def classes(default: int = 10) -> Param:
    return Param(
        "classes",
        int,
        default=default,
        low=1,
        high=1000,
        help=N_("How many classes there are to tell apart."),
    )


def features(default: int | None, usual: int) -> Param:
    return Param(
        "in_features",
        int,
        default=default,
        start=usual,
        optional=default is None,
        low=1,
        high=1_000_000,
        advanced=True,
        help=N_("Numbers that the first linear layer takes: channels × height × width of what is flattened before it."),
    )


def channels(default: int) -> Param:
    return Param(
        "in_channels",
        int,
        default=default,
        low=1,
        high=64,
        help=N_("Channels of the picture: 1 gray, 3 colour."),
    )


def depth_fits(values: Mapping[str, Any]) -> None:
    depth = values["depth"]
    if (depth - 2) % 6:
        nearest = max(8, round((depth - 2) / 6) * 6 + 2)
        raise SpecError("depth={depth} is not 6n + 2, two layers and three stages of n blocks: use {nearest}.",
                        depth=depth, nearest=nearest)


# An input that names "in_channels" has as many channels as that parameter says.
COURSE: dict[str, ModelSpec] = catalogue((
    ModelSpec(HERE + "lenet:LeNet", (classes(), features(400, 400)),
        N_("Two convolutions and three linear layers for small colour pictures."), CLASSIFIERS,
        inputs=((3, 32, 32),)),
    ModelSpec(HERE + "lenet:LeNetSigmoid", (
        classes(),
        Param("batch_norm", bool, default=False, help=N_("Normalise over the batch before each sigmoid.")),
        features(256, 256),
    ), N_("LeNet with sigmoids, as in 1998, for gray pictures of 28 × 28."), CLASSIFIERS,
        inputs=((1, 28, 28),)),
    ModelSpec(HERE + "alexnet:AlexNet", (
        channels(1), classes(),
        Param("dropout", default=0.5, low=0, high=1, step=0.05, help=N_("The share of linear outputs that training sets to zero.")),
        features(6400, 6400),
    ), N_("The network that won ImageNet in 2012, for one gray channel."), CLASSIFIERS,
        inputs=(("in_channels", 224, 224),)),
    ModelSpec(HERE + "vgg:VGG", (
        Param("arch", str, default="VGG11", options=("VGG11", "VGG13", "VGG16", "VGG19"),
              help=N_("How many layers with weights there are.")),
        channels(1), classes(),
        Param("narrower", int, default=1, low=1, high=64, help=N_("Divides every width: 8 makes it train on a laptop.")),
        features(None, 512 * 7 * 7),
    ), N_("Blocks of 3 × 3 convolutions, each block halving the picture."), CLASSIFIERS,
        inputs=(("in_channels", 224, 224),)),
    ModelSpec(HERE + "nin:NetworkInNetwork", (channels(1), classes()),
        N_("1 × 1 convolutions after each convolution, and an average in place of linear layers."), CLASSIFIERS,
        inputs=(("in_channels", 224, 224),)),
    ModelSpec(HERE + "inception:InceptionNet", (channels(1), classes()),
        N_("Blocks of four branches with different kernel sizes, joined along the channels."), CLASSIFIERS,
        inputs=(("in_channels", 96, 96),)),
    ModelSpec(HERE + "resnet:ResNet", (
        Param("depth", int, default=20, low=8, high=1202, step=6, help=N_("Layers with weights: 20, 32, 44, 56 "
                                                                          "and 110 in the paper.")),
        classes(),
    ), N_("Residual blocks for pictures of 32 × 32: each block adds to what came in."), CLASSIFIERS, check=depth_fits,
        inputs=((3, 32, 32),)),
    ModelSpec(HERE + "toy:ToyModel", (), N_("Eight modules, to see what modules() and its relatives list."), CLASSIFIERS,
        inputs=((3, 32, 32),)),
    ModelSpec(HERE + "spatial_transformer:SpatialTransformer", (classes(),),
        N_("Learns to turn, scale and crop the picture before it classifies it."), CLASSIFIERS,
        inputs=((1, 28, 28),)),
    ModelSpec(HERE + "unpooling:UnpoolingNet", (channels(3), classes(2)),
        N_("Pools twice and unpools twice, with the remembered places of the maxima."), SHAPES,
        inputs=(("in_channels", 64, 64),)),
    ModelSpec(HERE + "unet:UNet", (
        channels(3), classes(2),
        Param("width", int, default=32, low=1, high=256, help=N_("Channels at full size; each level down doubles them.")),
        Param("levels", int, default=3, low=1, high=6, help=N_("How often the picture is halved on the way down.")),
    ), N_("Down and up again, with a bridge across at every size: an answer for each pixel."), SHAPES,
        inputs=(("in_channels", 128, 128),)),
))
