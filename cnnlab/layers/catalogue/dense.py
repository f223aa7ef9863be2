"""Layers that connect every value with every other, normalisation, and dropout."""

from cnnlab.layers.rows import LayerSpec
from cnnlab.specs import N_, SCALAR, Param

from .params import AFFINE_BIAS, BIAS, EPS, FEATURES, INPLACE, NN, ORDER, channels, number

LINEAR, NORMALISATION, DROPOUT = N_("Linear"), N_("Normalisation"), N_("Dropout")
SPACE = {1: (4,), 2: (4, 4), 3: (2, 4, 4)}


def features(name: str, start: int, help: str) -> Param:
    return Param(name, int, start=start, low=1, high=FEATURES, help=help)


def normalised(kind: str, sides: int, affine: bool, track: bool, about: str) -> LayerSpec:
    return LayerSpec(f"{NN}{kind}Norm{sides}d", (
        channels("num_features", N_("Channels of the input."), start=2),
        EPS,
        number("momentum", 0.1, N_("How much of each new batch goes into the running mean and variance; none averages them all."),
               low=0, high=1, optional=kind == "Batch"),
        Param("affine", bool, default=affine, help=N_("Whether each channel is scaled and shifted by learned numbers.")),
        Param("track_running_stats", bool, default=track,
              help=N_("Whether a running mean and variance are kept for use after training.")),
        AFFINE_BIAS,
    ), about, NORMALISATION, family=f"{kind.lower()}_norm", sides=sides, input=("num_features", *SPACE[sides]))


NORMALISED = Param("normalized_shape", int, start=(4, 4), low=1, high=FEATURES, lengths=(SCALAR, 1, 2, 3, 4),
                   labels={count: ORDER[:count] for count in (2, 3, 4)},
                   help=N_("Lengths of the last dimensions, over which each mean is taken."))
ELEMENTWISE = Param("elementwise_affine", bool, default=True,
                    help=N_("Whether each place is scaled and shifted by learned numbers."))


def dropout(name: str, family_about: str, sides: int | None, size: tuple[int, ...]) -> LayerSpec:
    return LayerSpec(f"{NN}{name}", (
        number("p", 0.5, N_("How likely each is dropped."), low=0, high=1),
        INPLACE,
    ), family_about, DROPOUT, family="dropout", sides=sides, input=size)


DENSE = (
    LayerSpec(f"{NN}Linear", (
        features("in_features", 3, N_("How many numbers come in.")),
        features("out_features", 4, N_("How many numbers come out.")),
        BIAS,
    ), N_("Each output is a weighted sum of all inputs."), LINEAR, family="linear", input=("in_features",)),
    LayerSpec(f"{NN}Bilinear", (
        features("in1_features", 3, N_("How many numbers the first input has.")),
        features("in2_features", 2, N_("How many numbers the second input has.")),
        features("out_features", 2, N_("How many numbers come out.")),
        BIAS,
    ), N_("Each output is a weighted sum of all products of one number of each of two inputs."), LINEAR,
        family="bilinear", input=("in1_features",)),
)
NORMALISATIONS = (
    normalised("Batch", 1, True, True, N_("Brings each channel of signals to mean 0 and variance 1 over the batch.")),
    normalised("Batch", 2, True, True, N_("Brings each channel of pictures to mean 0 and variance 1 over the batch.")),
    normalised("Batch", 3, True, True, N_("Brings each channel of volumes to mean 0 and variance 1 over the batch.")),
    normalised("Instance", 1, False, False, N_("Brings each channel of each signal to mean 0 and variance 1 by itself.")),
    normalised("Instance", 2, False, False, N_("Brings each channel of each picture to mean 0 and variance 1 by itself.")),
    normalised("Instance", 3, False, False, N_("Brings each channel of each volume to mean 0 and variance 1 by itself.")),
    LayerSpec(f"{NN}LayerNorm", (NORMALISED, EPS, ELEMENTWISE, AFFINE_BIAS),
              N_("Brings the last dimensions of each sample to mean 0 and variance 1."), NORMALISATION,
              family="layer_norm", input=(2, 4, 4)),
    LayerSpec(f"{NN}GroupNorm", (
        channels("num_groups", N_("How many groups the channels are divided into."), start=2),
        channels("num_channels", N_("Channels of the input."), start=4),
        EPS,
        Param("affine", bool, default=True, help=N_("Whether each channel is scaled and shifted by learned numbers.")),
        AFFINE_BIAS,
    ), N_("Brings each group of channels of each sample to mean 0 and variance 1."), NORMALISATION,
        family="group_norm", input=("num_channels", 4, 4)),
    LayerSpec(f"{NN}RMSNorm", (
        NORMALISED,
        number("eps", None, N_("A small number added to the mean square, none for the smallest step of floats."),
               low=0, high=1, optional=True, on=1e-05, advanced=True),
        Param("elementwise_affine", bool, default=True, help=N_("Whether each place is scaled by a learned number.")),
    ), N_("Divides the last dimensions of each sample by the root of their mean square."), NORMALISATION,
        family="rms_norm", input=(2, 4, 4)),
    LayerSpec(f"{NN}LocalResponseNorm", (
        Param("size", int, start=5, low=1, high=1024, help=N_("How many neighbouring channels weigh in.")),
        number("alpha", 1e-04, N_("How strongly the neighbours weigh in.")),
        number("beta", 0.75, N_("The power that the divisor is raised to."), low=-100, high=100),
        number("k", 1.0, N_("What the divisor begins with.")),
    ), N_("Divides each value by what neighbouring channels hold at the same place, as in AlexNet."), NORMALISATION,
        family="local_response_norm", input=(6, 4, 4)),
)
DROPOUTS = (
    dropout("Dropout", N_("Sets values to zero by chance while training, and enlarges the others."), None, (1, 8, 8)),
    dropout("Dropout1d", N_("Sets whole channels of a signal to zero by chance while training."), 1, (4, 8)),
    dropout("Dropout2d", N_("Sets whole channels of a picture to zero by chance while training."), 2, (4, 4, 4)),
    dropout("Dropout3d", N_("Sets whole channels of a volume to zero by chance while training."), 3, (4, 2, 4, 4)),
    dropout("AlphaDropout", N_("Drops values so that mean and variance stay, to go with SELU."), None, (1, 8, 8)),
    dropout("FeatureAlphaDropout", N_("Drops whole channels so that mean and variance stay, to go with SELU."), None, (4, 4, 4)),
)
