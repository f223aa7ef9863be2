"""A drawn landscape that knows its own boxes, mask and keypoints."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from cnnlab.specs import N_, SpecError

Point = tuple[float, float]

# Drawn this many times larger and averaged: PIL itself draws hard edges.
OVERSAMPLING = 4

# Object i of this table has the value i + 1 in the mask; what comes later stands in front.
OBJECTS = (N_("sun"), N_("tree"), N_("house"), N_("car"), N_("ball"))
SUN, TREE, HOUSE, CAR, BALL = range(1, 6)

# Below 64 pixels the ball could fall between the centres of the pixels.
SMALLEST, LARGEST = 64, 1024

# Coordinates below are in a frame of 320 × 240, which is fitted into the picture asked for.
FRAME = (320, 240)
HORIZON = 150
KEYPOINTS = (
    (268.0, 46.0),  # centre of the sun
    (58.0, 72.0),  # crown of the tree
    (148.0, 66.0),  # ridge of the roof
    (154.5, 158.0),  # door knob
    (206.0, 201.0),  # rear wheel
    (265.0, 201.0),  # front wheel
    (72.0, 208.0),  # centre of the ball
)


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and what is true of it.

    `image` is RGB; `boxes` are XYXY in pixels, right and bottom exclusive, tight around the visible pixels of
    each object; `labels` names them; `mask` is uint8 (H, W), 0 for background and i + 1 for object i;
    `keypoints` are (x, y) in pixels, each on an object.
    """

    image: Image.Image
    boxes: tuple[tuple[float, float, float, float], ...]
    labels: tuple[str, ...]
    mask: np.ndarray
    keypoints: tuple[Point, ...]


@dataclass(frozen=True)
class Brush:
    """Draws shapes of the frame, in colour and, with `mark`, into the mask as well."""

    colours: ImageDraw.ImageDraw
    marks: ImageDraw.ImageDraw
    scale: float
    left: float
    top: float

    def at(self, points: Iterable[Point]) -> list[Point]:
        return [(self.left + x * self.scale, self.top + y * self.scale) for x, y in points]

    def polygon(self, points: Iterable[Point], fill: str, mark: int = 0) -> None:
        corners = self.at(points)
        self.colours.polygon(corners, fill)
        if mark:
            self.marks.polygon(corners, mark)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: str, mark: int = 0, radius: float = 0) -> None:
        corners = self.at([(x0, y0), (x1, y1)])
        self.colours.rounded_rectangle(corners, radius * self.scale, fill)
        if mark:
            self.marks.rounded_rectangle(corners, radius * self.scale, mark)

    def disc(self, x: float, y: float, rx: float, fill: str, mark: int = 0, ry: float | None = None) -> None:
        ry = rx if ry is None else ry
        corners = self.at([(x - rx, y - ry), (x + rx, y + ry)])
        self.colours.ellipse(corners, fill)
        if mark:
            self.marks.ellipse(corners, mark)

    def slice(self, x: float, y: float, radius: float, start: float, end: float, fill: str) -> None:
        self.colours.pieslice(self.at([(x - radius, y - radius), (x + radius, y + radius)]), start, end, fill)


def draw_scene(width: int = 320, height: int = 240) -> Scene:
    """The landscape at `width` × `height` pixels: the same pixels every time, and no font or file needed."""
    if not (SMALLEST <= width <= LARGEST and SMALLEST <= height <= LARGEST):
        raise SpecError(
            "A scene of {width} × {height} pixels cannot be drawn: choose {smallest} to {largest} for both sides.",
            width=width,
            height=height,
            smallest=SMALLEST,
            largest=LARGEST,
        )
    size = (width * OVERSAMPLING, height * OVERSAMPLING)
    # One scale for both axes keeps the sun round; the land reaches down to the lower edge.
    scale = min(size[0] / FRAME[0], size[1] / FRAME[1])
    left, top = (size[0] - FRAME[0] * scale) / 2, size[1] - FRAME[1] * scale
    sun = left + KEYPOINTS[0][0] * scale, top + KEYPOINTS[0][1] * scale
    large, marks = _backdrop(size, sun, scale, horizon=top + HORIZON * scale), Image.new("L", size)
    brush = Brush(ImageDraw.Draw(large), ImageDraw.Draw(marks), scale, left, top)
    for draw in (_sun, _clouds, _land, _tree, _house, _flowers, _car, _ball):
        draw(brush)

    # A label cannot be averaged: a pixel of the mask is what lies under its centre.
    mask = np.array(marks)[OVERSAMPLING // 2 :: OVERSAMPLING, OVERSAMPLING // 2 :: OVERSAMPLING]
    return Scene(
        image=large.reduce(OVERSAMPLING),
        boxes=tuple(_tight_box(mask == i + 1) for i in range(len(OBJECTS))),
        labels=OBJECTS,
        mask=np.ascontiguousarray(mask),
        keypoints=tuple((x / OVERSAMPLING, y / OVERSAMPLING) for x, y in brush.at(KEYPOINTS)),
    )


def _tight_box(here: np.ndarray) -> tuple[float, float, float, float]:
    ys, xs = np.nonzero(here)
    return float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)


def _backdrop(size: tuple[int, int], sun: Point, scale: float, horizon: float) -> Image.Image:
    """Sky that pales towards the horizon and glows around the sun."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    down = np.clip(y / horizon, 0, 1)[..., None]
    zenith, haze, warm = np.float32([[70, 145, 214], [216, 236, 245], [255, 240, 196]])
    sky = zenith + (haze - zenith) * down**1.3
    glow = np.exp(-np.hypot(x - sun[0], y - sun[1]) / (34 * scale))[..., None]
    return Image.fromarray((sky + (warm - sky) * np.clip(1.35 * glow, 0, 0.9)).astype(np.uint8))


def _sun(brush: Brush) -> None:
    x, y = KEYPOINTS[0]
    brush.disc(x, y, 20, "#ffc93c", SUN)
    brush.disc(x, y, 16.5, "#ffdb6b")


def _clouds(brush: Brush) -> None:
    for x, y, size in ((40, 36, 1.0), (206, 28, 0.72), (114, 22, 0.5)):
        for dx, dy, radius in ((-17, 3, 9), (0, -3, 14), (17, 2, 10)):
            brush.disc(x + dx * size, y + (dy + 2) * size, radius * size, "#dbe9f2")
            brush.disc(x + dx * size, y + dy * size, radius * size, "#fbfdfe")
        brush.box(x - 27 * size, y + 3 * size, x + 28 * size, y + 13 * size, "#eef5f9", radius=5 * size)


def _land(brush: Brush) -> None:
    """Hills, meadow and road; drawn far beyond the frame, so that a wide picture is filled too."""
    across = np.arange(-3200, 3521, 4)
    for height, lift, length, phase, fill in (
        (118, 13, 41, 0.4, "#9fc6bd"),
        (131, 10, 29, 2.1, "#7fb58f"),
        (152, 5, 56, 4.0, "#79b756"),
        (178, 3, 48, 1.2, "#68a848"),
    ):
        ridge = [(float(x), height - lift * float(np.sin(x / length + phase))) for x in across]
        brush.polygon([*ridge, (3520, 300), (-3200, 300)], fill)
    brush.box(-3200, 191, 3520, 223, "#5f666e")
    brush.box(-3200, 191, 3520, 192.5, "#c9ccc4")
    for x in range(-3200, 3520, 32):
        brush.box(x, 213, x + 15, 214.6, "#f1e9c9")
    brush.box(-3200, 221.5, 3520, 223, "#c9ccc4")


def _tree(brush: Brush) -> None:
    brush.disc(66, 173, 36, "#5c9a40", ry=6)
    brush.polygon([(53, 120), (65, 120), (67, 160), (73, 174), (46, 174), (51, 160)], "#7a5236", TREE)
    brush.polygon([(60, 120), (65, 120), (67, 160), (73, 174), (62, 174)], "#64412a")
    crown = ((36, 108, 20), (82, 106, 21), (46, 84, 20), (73, 82, 19), (59, 74, 17), (60, 102, 25))
    for x, y, radius in crown:
        brush.disc(x, y, radius, "#2f7d43", TREE)
    for x, y, radius in crown:
        brush.disc(x - 2.5, y - 3.5, radius - 4.5, "#3d9450")
    for x, y, radius in ((43, 79, 8), (56, 69, 7), (31, 102, 8), (70, 77, 6), (52, 94, 9)):
        brush.disc(x, y, radius, "#58ad5f")
    for x, y in ((34, 113), (50, 108), (68, 94), (84, 111), (76, 87), (62, 116), (45, 90)):
        brush.disc(x, y, 2.4, "#d9483b")


def _house(brush: Brush) -> None:
    brush.disc(152, 174, 60, "#5c9a40", ry=6)
    brush.polygon([(141, 173), (157, 173), (174, 191), (130, 191)], "#d9c39a")
    brush.box(172, 66, 183, 96, "#a5533f", HOUSE)
    brush.box(170, 63, 185, 68, "#8b4232", HOUSE)
    brush.box(104, 108, 194, 174, "#f6e7cf", HOUSE)
    brush.box(104, 108, 194, 115, "#dcc7a6")
    brush.box(104, 168, 194, 174, "#b79f83")
    brush.polygon([(148, 62), (206, 112), (92, 112)], "#c1503d", HOUSE)
    brush.polygon([(148, 62), (206, 112), (166, 112)], "#a84231")
    brush.polygon([(92, 110), (206, 110), (208, 114), (90, 114)], "#8b382a", HOUSE)
    brush.disc(147, 95, 8, "#fdf8ec")
    brush.disc(147, 95, 6, "#8cc3e2")
    brush.box(146.4, 89, 147.6, 101, "#fdf8ec")
    brush.box(141, 94.4, 153, 95.6, "#fdf8ec")
    brush.box(138, 136, 160, 174, "#fdf8ec")
    brush.box(140, 138, 158, 174, "#3f6f8f")
    brush.box(143, 142, 155, 152, "#6b9bb8", radius=1)
    brush.disc(154.5, 158, 1.6, "#ffd76a")
    for x in (111, 167):
        brush.box(x, 126, x + 20, 150, "#fdf8ec")
        brush.box(x + 2, 128, x + 18, 148, "#8cc3e2")
        shine = ((2, 141), (2, 148), (8, 148), (18, 133), (18, 128), (13, 128))
        brush.polygon([(x + dx, y) for dx, y in shine], "#b5dcef")
        brush.box(x + 9.3, 128, x + 10.7, 148, "#fdf8ec")
        brush.box(x + 2, 137, x + 18, 138.4, "#fdf8ec")
        brush.box(x - 1, 150, x + 21, 154, "#a5533f", radius=1)


def _flowers(brush: Brush) -> None:
    # Steps without a common divisor scatter the flowers as chance would, and the same way every time.
    for i in range(46):
        x, y = i * 61 % 331 - 4, (i * 37 % 46) / 46
        y = 227 + 10 * y if i % 2 else 178 + 10 * y
        if not 120 < x < 186 or y > 200:
            brush.disc(x, y, 1.7, ("#fff6e0", "#f7c948", "#ef7d8e", "#c9a2e0")[i % 4])
            brush.disc(x, y, 0.7, "#e0952f")


def _car(brush: Brush) -> None:
    brush.disc(236, 209, 56, "#4a5058", ry=4)
    brush.polygon([(204, 183), (215, 163), (219, 161), (250, 161), (255, 163), (268, 183)], "#2c5fa8", CAR)
    brush.box(183, 180, 289, 202, "#3672c4", CAR, radius=8)
    brush.box(186, 194, 286, 202, "#2c5fa8", radius=4)
    brush.polygon([(210, 181), (219, 166), (232, 166), (232, 181)], "#cfe8f5")
    brush.polygon([(236, 181), (236, 166), (249, 166), (261, 181)], "#cfe8f5")
    brush.polygon([(221, 166), (226, 166), (217, 181), (212, 181)], "#eaf6fc")
    brush.box(233.6, 183, 234.4, 197, "#2c5fa8")
    brush.box(238, 185, 245, 187, "#d8e3ef", radius=1)
    brush.disc(285, 188, 3.4, "#ffe9a3", ry=4)
    brush.box(183, 185, 187, 191, "#e0483b", radius=1.5)
    for x, y in KEYPOINTS[4:6]:
        brush.slice(x, y, 13, 180, 360, "#1f4680")
        brush.disc(x, y, 10.5, "#23272c", CAR)
        brush.disc(x, y, 5.8, "#c4cad1")
        brush.disc(x, y, 2.2, "#7d858e")


def _ball(brush: Brush) -> None:
    x, y = KEYPOINTS[6]
    brush.disc(x, y + 10, 12, "#4a5058", ry=2.6)
    brush.disc(x, y, 11, "#f7f4ec", BALL)
    for start, fill in ((20, "#e4572e"), (140, "#2a9d8f"), (260, "#f2b134")):
        brush.slice(x, y, 11, start, start + 60, fill)
    brush.disc(x, y, 3, "#f7f4ec")
