"""Transforms that change what pixels look like: colour, blur and noise, and the automatic policies."""

from cnnlab.specs import N_, SCALAR, Param

from . import cost
from . import params as p
from .step import Need, Step

COLOUR, NOISE, POLICY = N_("colour"), N_("blur and noise"), N_("automatic policies")
V2 = "torchvision.transforms.v2:"
AUTO = "torchvision.transforms.v2:AutoAugmentPolicy."
# What was drawn, in words.
FACTORS = (N_("brightness ×{brightness_factor:.2f}"), N_("contrast ×{contrast_factor:.2f}"),
           N_("saturation ×{saturation_factor:.2f}"), N_("hue {hue_factor:+.3f}"))
OPERATIONS = (N_("{operations}"),)


def jitter(name: str, start: float, low: float, high: float, help: str) -> Param:
    return Param(name, default=None, start=start, low=low, high=high, step=0.05, lengths=(SCALAR, p.PAIR),
                 labels=p.LOW_HIGH, mirrored=True, rising=True, optional=True, help=help)


def factor_range(name: str, default: tuple[float, float], low: float, high: float) -> Param:
    return p.pair(name, default, low, high, N_("The range of the factor; each of the four changes happens half the time."),
                  advanced=True)


def bins() -> Param:
    return Param("num_magnitude_bins", int, default=31, low=2, high=100, advanced=True,
                 help=N_("Into how many levels the strength is cut."))


LOOK = (
    Step(V2 + "ColorJitter", (
        jitter("brightness", 0.4, 0, 10, N_("v draws a factor from 1 − v to 1 + v; two numbers are the range itself.")),
        jitter("contrast", 0.4, 0, 10, N_("v draws a factor from 1 − v to 1 + v; two numbers are the range itself.")),
        jitter("saturation", 0.4, 0, 10, N_("v draws a factor from 1 − v to 1 + v; two numbers are the range itself.")),
        jitter("hue", 0.1, -0.5, 0.5, N_("v turns the colour circle by −v to v; 0.5 is half the circle.")),
    ), N_("Changes brightness, contrast, saturation and hue, in random order."), COLOUR,
        draws=FACTORS, cost=cost.TINTED),
    Step(V2 + "RandomPhotometricDistort", (
        factor_range("brightness", (0.875, 1.125), 0, 10), factor_range("contrast", (0.5, 1.5), 0, 10),
        factor_range("saturation", (0.5, 1.5), 0, 10), factor_range("hue", (-0.05, 0.05), -0.5, 0.5),
        p.probability(),
    ), N_("The SSD detector's colour changes: a jitter whose parts come and go, and swapped channels."), COLOUR,
        draws=(*FACTORS, N_("channels in the order {channel_permutation}")), cost=cost.TINTED),
    Step(V2 + "Grayscale", (
        Param("num_output_channels", int, default=1, low=1, high=3, help=N_("1 for a gray picture, 3 for gray in RGB.")),
    ), N_("Throws the colour away."), COLOUR, check=p.gray_channels),
    Step(V2 + "RandomGrayscale", (p.probability(0.1),), N_("Throws the colour away now and then, keeping the channels."), COLOUR),
    Step(V2 + "RGB", (), N_("Makes three channels of one."), COLOUR),
    Step(V2 + "RandomChannelPermutation", (), N_("Shuffles red, green and blue."), COLOUR,
        draws=(N_("channels in the order {permutation}"),)),
    Step(V2 + "RandomInvert", (p.probability(),), N_("Turns the picture into its negative."), COLOUR),
    Step(V2 + "RandomPosterize", (
        Param("bits", int, start=2, low=0, high=8, help=N_("How many bits of each colour are kept: 8 all, 1 two values.")),
        p.probability(),
    ), N_("Keeps only a few levels per colour."), COLOUR),
    Step(V2 + "RandomSolarize", (
        Param("threshold", start=128, low=0, high=255,
              help=N_("Values from here on are inverted: 0–255 for uint8 and PIL, 0–1 for floats.")),
        p.probability(),
    ), N_("Inverts the bright pixels only."), COLOUR),
    Step(V2 + "RandomAutocontrast", (p.probability(),), N_("Stretches each channel to the full range."), COLOUR),
    Step(V2 + "RandomEqualize", (p.probability(),), N_("Spreads the values evenly: a flat histogram."), COLOUR),

    Step(V2 + "GaussianBlur", (
        Param("kernel_size", int, start=9, low=1, high=63, step=2, lengths=(SCALAR, 1, p.PAIR), labels=p.WIDTH_HEIGHT,
              unit="px", help=N_("How far the blur looks; odd. Two numbers are (across, down).")),
        Param("sigma", default=(0.1, 2.0), start=(0.5, 3.0), low=0.01, high=20, lengths=(SCALAR, 1, p.PAIR), labels=p.LOW_HIGH,
              rising=True, unit="px", help=N_("How strong the blur is; two numbers are the range to draw from.")),
    ), N_("Blurs with a bell-shaped kernel of random width."), NOISE, check=p.odd_kernel,
        needs=(Need.KERNEL,), draws=(N_("blurred with sigma {sigma[0]:.2f}"),), cost=cost.blurred),
    Step(V2 + "RandomAdjustSharpness", (
        Param("sharpness_factor", start=2.0, low=0, high=20, step=0.1,
              help=N_("0 blurs, 1 changes nothing, 2 doubles the sharpness.")),
        p.probability(),
    ), N_("Sharpens or softens."), NOISE, cost=cost.SHARPENED),
    Step(V2 + "GaussianNoise", (
        Param("mean", default=0.0, low=-1, high=1, step=0.05, help=N_("The average of the noise; 1 is the full range.")),
        Param("sigma", default=0.1, low=0, high=1, step=0.01, help=N_("The spread of the noise; 1 is the full range.")),
        Param("clip", bool, default=True, advanced=True, help=N_("Keep the result in range; without it uint8 wraps around.")),
    ), N_("Adds bell-shaped noise to every pixel; for tensors, not PIL pictures."), NOISE,
        needs=(Need.TENSOR,), cost=cost.NOISY),
    Step("cnnlab.augmentation.noise:SaltAndPepperNoise", (
        Param("snr", default=0.9, low=0, high=1, step=0.01, help=N_("The share of pixels left untouched.")),
        p.probability(),
    ), N_("Turns pixels black or white: the hand-written transform of the course."), NOISE),
    Step(V2 + "RandomErasing", (
        p.probability(),
        p.pair("scale", (0.02, 0.33), 0, 1, N_("The share of the picture's area that is erased.")),
        p.pair("ratio", (0.3, 3.3), 0.05, 20, N_("Height divided by width of the hole."), advanced=True),
        Param("value", default=0.0, low=0, high=255, lengths=(SCALAR, 1, 3), labels=p.RGB, options=("random",),
              help=N_("What fills the hole: a number, one per channel, or random for noise; 0–1 for float tensors.")),
        Param("inplace", bool, default=False, advanced=True, help=N_("Change the tensor itself instead of a copy.")),
    ), N_("Erases a rectangle, so that the network cannot rely on one spot."), NOISE,
        draws=(N_("erased {h} × {w} at row {i}, column {j}"),)),
    Step(V2 + "JPEG", (
        Param("quality", int, start=(5, 50), low=1, high=100, lengths=(SCALAR, p.PAIR), labels=p.LOW_HIGH, rising=True,
              help=N_("From 1, very blocky, to 100; two numbers are the range to draw from.")),
    ), N_("Saves as JPEG and reads back, with the blocks that this leaves."), NOISE,
        needs=(Need.BYTES,), draws=(N_("saved with quality {quality}"),)),

    Step(V2 + "AutoAugment", (
        Param("policy", str, default="imagenet", options={name: AUTO + name.upper() for name in ("imagenet", "cifar10", "svhn")},
              help=N_("The data set on which the rules were learned.")),
        p.interpolation("nearest"), p.fill(None),
    ), N_("Picks one of 25 learned pairs of operations."), POLICY,
        needs=(Need.ALONE,), draws=OPERATIONS, cost=cost.POLICY),
    Step(V2 + "RandAugment", (
        Param("num_ops", int, default=2, low=0, high=10, help=N_("How many operations in a row.")),
        Param("magnitude", int, default=9, low=0, high=99, help=N_("How strong, out of the number of levels.")),
        bins(), p.interpolation("nearest"), p.fill(None),
    ), N_("A few random operations of one strength."), POLICY, check=p.magnitude_in_bins,
        needs=(Need.ALONE,), draws=OPERATIONS, cost=cost.repeated),
    Step(V2 + "TrivialAugmentWide", (bins(), p.interpolation("nearest"), p.fill(None)),
        N_("One random operation of random strength, with nothing to tune."), POLICY,
        needs=(Need.ALONE,), draws=OPERATIONS, cost=cost.POLICY),
    Step(V2 + "AugMix", (
        Param("severity", int, default=3, low=1, high=10, help=N_("How strong the operations are.")),
        Param("mixture_width", int, default=3, low=1, high=8, help=N_("How many chains are mixed.")),
        Param("chain_depth", int, default=-1, low=-1, high=8, help=N_("How long each chain is; −1 draws 1 to 3.")),
        Param("alpha", default=1.0, low=0.05, high=20, advanced=True, help=N_("How evenly the chains are mixed.")),
        Param("all_ops", bool, default=True, help=N_("Also brightness, contrast, colour and sharpness.")),
        p.interpolation("bilinear"), p.fill(None),
    ), N_("Mixes several randomly changed versions with the original."), POLICY,
        needs=(Need.ALONE,), draws=OPERATIONS, cost=cost.mixed),
)
