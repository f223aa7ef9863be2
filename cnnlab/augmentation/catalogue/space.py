"""Transforms that move pixels: crops, flips, rotations and other geometry."""

from cnnlab import limits
from cnnlab.specs import N_, REQUIRED, SCALAR, Param

from . import cost, growth
from . import params as p
from .step import Need, Step

CROP, FLIP, GEOMETRY = N_("crop"), N_("flip and rotate"), N_("geometry")
V2 = "torchvision.transforms.v2:"
SIDES = {p.PAIR: (N_("x"), N_("y"))}
# What was drawn, in words.
CUT, RESIZED = (N_("cut {height} × {width} from row {top}, column {left}"),), (N_("resized to {size}"),)



def degrees(help: str) -> Param:
    return Param("degrees", start=15, low=-360, high=360, lengths=(SCALAR, p.PAIR), labels=p.LOW_HIGH, mirrored=True,
                 rising=True, unit="°", help=help)


CENTER = Param(
    "center", default=None, on=(112, 112), low=-limits.PICTURE_SIDE, high=2 * limits.PICTURE_SIDE, lengths=(p.PAIR,), labels=SIDES,
    optional=True, unit="px", advanced=True, help=N_("The fixed point (x, y) from the top left corner; none for the middle."),
)
CROP_SCALE = p.pair(
    "scale", (0.08, 1.0), 0.001, 1, N_("The share of the picture's area (not of its side) that the crop covers.")
)

SPACE = (
    Step(V2 + "CenterCrop", (p.size(160),), N_("Cuts out the middle; pads with black where the picture is smaller."), CROP),
    Step(V2 + "RandomCrop", (
        p.size(160),
        p.padding(None, on=4, optional=True),
        Param("pad_if_needed", bool, default=False, help=N_("Pad a picture that is smaller than the crop.")),
        p.fill(), p.padding_mode(),
    ), N_("Cuts a window of fixed size out of a random place, after padding if you like."), CROP,
        needs=(Need.SIZE,), grows=growth.padded,
        draws=(N_("cut from row {top}, column {left}"),
               N_("cut from row {padded_top}, column {padded_left} of the padded picture"))),
    Step(V2 + "RandomResizedCrop", (
        p.size(160),
        CROP_SCALE,
        p.pair("ratio", (0.75, 1.3333333333333333), 0.05, 20, N_("Width divided by height of the crop.")),
        p.resampling(), p.antialias(),
    ), N_("Cuts a random part of random size and shape, then resizes it: the ImageNet training crop."), CROP,
        draws=CUT),
    Step(V2 + "FiveCrop", (p.size(128),), N_("The four corners and the middle: one picture becomes five."), CROP,
        needs=(Need.SIZE, Need.ALONE)),
    Step(V2 + "TenCrop", (
        p.size(128),
        Param("vertical_flip", bool, default=False, help=N_("Mirror top to bottom instead of left to right.")),
    ), N_("The five crops and their mirror images: one picture becomes ten, averaged at evaluation."), CROP,
        needs=(Need.SIZE, Need.ALONE)),
    Step(V2 + "RandomIoUCrop", (
        Param("min_scale", default=0.3, low=0.01, high=1, help=N_("The smallest side of the crop, as a share.")),
        Param("max_scale", default=1.0, low=0.01, high=1, help=N_("The largest side of the crop, as a share.")),
        Param("min_aspect_ratio", default=0.5, low=0.05, high=20, help=N_("The narrowest width over height.")),
        Param("max_aspect_ratio", default=2.0, low=0.05, high=20, help=N_("The widest width over height.")),
        Param("sampler_options", default=None, on=(0.1, 0.5, 0.9), low=0, high=2, lengths=tuple(range(1, 9)),
              optional=True, advanced=True,
              help=N_("The overlaps with a box to choose from; 1 and more leaves the picture whole.")),
        Param("trials", int, default=40, low=1, high=100, advanced=True,
              help=N_("How often to try before the overlap is drawn again.")),
    ), N_("Cuts so that some box keeps the drawn overlap: the SSD detector's crop. Needs boxes."), CROP,
        check=p.both(p.ordered("min_scale", "max_scale"), p.ordered("min_aspect_ratio", "max_aspect_ratio")),
        needs=(Need.BOXES,), draws=CUT),

    Step(V2 + "RandomHorizontalFlip", (p.probability(),), N_("Mirrors left and right."), FLIP),
    Step(V2 + "RandomVerticalFlip", (p.probability(),), N_("Mirrors top and bottom."), FLIP),
    Step(V2 + "RandomRotation", (
        degrees(N_("Positive turns counter-clockwise. One number v stands for the range (−v, v).")), p.interpolation("nearest"),
        Param("expand", bool, default=False, help=N_("Grow the picture so that no corner is cut off.")),
        CENTER, p.fill(),
    ), N_("Turns the picture by a random angle."), FLIP,
        draws=(N_("rotated {angle:.1f}°"),), grows=growth.turned, cost=cost.WARPED),

    Step(V2 + "Resize", (
        p.size(128, optional=True, help=N_("One number is the short side, the shape is kept; two are (height, width).")),
        p.resampling(),
        Param("max_size", int, default=None, on=512, low=2, high=limits.PICTURE_SIDE, optional=True, unit="px", advanced=True,
              help=N_("The long side is never made longer than this.")),
        p.antialias(),
    ), N_("Makes the picture larger or smaller."), GEOMETRY, check=p.resize_rules,
        grows=growth.resized),
    Step(V2 + "RandomResize", (
        Param("min_size", int, start=96, low=1, high=limits.PICTURE_SIDE, unit="px", help=N_("The smallest short side.")),
        Param("max_size", int, start=256, low=2, high=limits.PICTURE_SIDE, unit="px",
              help=N_("The largest short side, itself never drawn.")),
        p.resampling(), p.antialias(),
    ), N_("Resizes the short side to a random length."), GEOMETRY, check=p.ordered("min_size", "max_size"),
        draws=RESIZED, grows=growth.resized_at_random),
    Step(V2 + "RandomShortestSize", (
        Param("min_size", int, start=(96, 128, 192), low=1, high=limits.PICTURE_SIDE, lengths=(SCALAR, *range(1, 7)), unit="px",
              help=N_("The lengths of the short side to choose from.")),
        Param("max_size", int, default=None, on=512, low=1, high=limits.PICTURE_SIDE, optional=True, unit="px",
              help=N_("The long side is never made longer than this.")),
        p.resampling(), p.antialias(),
    ), N_("Resizes the short side to a length drawn from a list."), GEOMETRY,
        draws=RESIZED, grows=growth.resized_from_list),
    Step(V2 + "ScaleJitter", (
        Param("target_size", int, start=(160, 160), low=1, high=limits.PICTURE_SIDE, lengths=(p.PAIR,), labels=p.WIDTH_HEIGHT,
              unit="px", help=N_("The (width, height) the picture is fitted into at scale 1, "
                                 "in the order torchvision reads them.")),
        p.pair("scale_range", (0.1, 2.0), 0.01, 4, N_("The range of the random scale.")),
        p.resampling(), p.antialias(),
    ), N_("Fits the picture into a size times a random scale: detectors' large-scale jitter."), GEOMETRY,
        draws=RESIZED, grows=growth.jittered),
    Step(V2 + "Pad", (
        p.padding(REQUIRED, start=16), p.fill(), p.padding_mode(),
    ), N_("Puts a border around the picture."), GEOMETRY,
        grows=growth.padded),
    Step(V2 + "RandomZoomOut", (
        p.fill(),
        p.pair("side_range", (1.0, 4.0), 1, 4, N_("How many times wider and taller the canvas becomes.")),
        p.probability(),
    ), N_("Puts the picture somewhere on a larger canvas, so that objects look small."), GEOMETRY,
        draws=(N_("borders left, top, right, bottom: {padding} px"),), grows=growth.zoomed_out),
    Step(V2 + "RandomAffine", (
        degrees(N_("Positive turns clockwise, unlike RandomRotation's. One number v stands for the range (−v, v).")),
        Param("translate", default=None, start=(0.1, 0.1), low=0, high=1, lengths=(p.PAIR,), labels=p.WIDTH_HEIGHT,
              optional=True, help=N_("The largest shift, as a share of (width, height).")),
        Param("scale", default=None, on=(0.8, 1.2), low=0.05, high=4, lengths=(p.PAIR,), labels=p.LOW_HIGH, rising=True,
              optional=True, help=N_("The range of the factor for the side: 2 makes the area four times as large.")),
        Param("shear", default=None, on=10, low=-80, high=80, lengths=(SCALAR, p.PAIR, p.QUAD), mirrored=True, optional=True,
              unit="°", labels={p.PAIR: p.LOW_HIGH[2], p.QUAD: (N_("x from"), N_("x to"), N_("y from"), N_("y to"))},
              help=N_("One or two numbers slant along x only; four are (x from, x to, y from, y to).")),
        p.interpolation("nearest"), p.fill(), CENTER,
    ), N_("Turns, shifts, scales and slants: straight lines stay straight, parallels stay parallel."), GEOMETRY,
        check=p.rising_shear,
        draws=(N_("rotated {angle:.1f}° clockwise"), N_("shifted {translate[0]} px right, {translate[1]} px down"),
               N_("scaled ×{scale:.2f}"), N_("slanted {shear[0]:.1f}° along x, {shear[1]:.1f}° along y")), cost=cost.WARPED),
    Step(V2 + "RandomPerspective", (
        Param("distortion_scale", default=0.5, low=0, high=1, step=0.05,
              help=N_("How far the corners may move: 0 not at all, 1 up to the middle.")),
        p.probability(), p.interpolation("bilinear"), p.fill(),
    ), N_("Moves the four corners, as if the picture were seen from the side."), GEOMETRY,
        cost=cost.WARPED),
    Step(V2 + "ElasticTransform", (
        Param("alpha", default=50.0, start=120.0, low=0, high=1000, lengths=(SCALAR, 1, p.PAIR), labels=SIDES,
              help=N_("How far pixels move.")),
        Param("sigma", default=5.0, low=0.1, high=30, lengths=(SCALAR, 1, p.PAIR), labels=SIDES,
              help=N_("How smooth the movement is: small trembles, large sways.")),
        p.interpolation("bilinear"), p.fill(),
    ), N_("Moves every pixel a little, neighbours together, as through water: made for handwriting."), GEOMETRY,
        needs=(Need.SIGMA,), cost=cost.swayed),
)
