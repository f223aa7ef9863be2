"""Uploaded bytes to a picture of mode "RGB" or "L", or to one sentence that says why not.

Uploads are hostile until shown otherwise: only the decoders named here ever run, and sizes are judged from
the header, before a pixel is decoded. PIL's global settings stay alone: visitors are threads of one process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from cnnlab import limits
from cnnlab.specs import N_, SpecError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP")

REDUCED = N_("Reduced from {width} × {height} to {shown_width} × {shown_height} pixels.")
FIRST = N_("Only the first picture of the file is used.")
SCALED = N_("Its values, deeper than 8 bits, were scaled to 0 to 255.")
OVER_WHITE = N_("Transparent parts were laid over white.")

# In a PNG, each unpacked to a megabyte while it is opened; the letters stand elsewhere by chance.
COLOUR_PROFILES = 8
# Modes of more than 8 bits a value, which PIL's own convert("L") would cut off at 255.
DEEP = ("I", "F")
# What deep values usually reach: floats 1, then 8 and 16 bits.
USUAL_TOPS = (1, 255, 65535)


@dataclass(frozen=True)
class Decoded:
    """An upright picture of mode "RGB" or "L", and what was done to get it.

    `width` and `height` are those of the original, upright. `notes` are messages whose fields `values` fills.
    """

    image: Image.Image
    width: int
    height: int
    notes: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, int]:
        return {
            "width": self.width,
            "height": self.height,
            "shown_width": self.image.width,
            "shown_height": self.image.height,
        }

    @property
    def note(self) -> str:
        """The notes as English text, "" where nothing was done."""
        return " ".join(note.format(**self.values) for note in self.notes)


def decode(data: bytes, name: str = "the file", max_side: int = limits.PICTURE_SIDE) -> Decoded:
    """The (first) picture in `data`: upright, 8 bits a value, opaque, no side above `max_side`.

    Reads the formats in FORMATS. Raises SpecError, which calls the file `name`, for everything else.
    """
    with _opened(data, name) as image:
        return _decode(image, max_side)


def refuse_unreadable(data: bytes, name: str) -> None:
    """SpecError where `decode` would refuse the bytes by their header; no pixel is decoded."""
    with _opened(data, name):
        pass


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Image.Image]:
    """The picture with its header read; whatever is raised meanwhile becomes a SpecError."""
    if not data:
        raise SpecError("{name} is empty (0 bytes): choose the picture again.", name=name)
    if data.count(b"iCCP") > COLOUR_PROFILES:
        raise SpecError(
            "{name} holds {count} colour profiles, and a PNG has one: open it in an image editor and save it again.",
            name=name,
            count=data.count(b"iCCP"),
        )
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            _refuse_extreme(image.size, name)
            _refuse_repeats(image, data, name)
            yield image
    except SpecError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(name) from error
    except UnidentifiedImageError as error:
        raise SpecError(
            "{name} is not a picture that can be read: upload a PNG, JPEG, WebP, GIF, TIFF or BMP file.", name=name
        ) from error
    except Exception as error:
        # Damaged files make PIL raise nearly anything, from struct.error to TypeError and MemoryError.
        raise SpecError(
            "{name} is damaged, incomplete or of a rare kind, and cannot be decoded: "
            "open it in an image editor and save it as a PNG, or choose another picture.",
            name=name,
        ) from error


def flatten(image: Image.Image) -> Image.Image:
    """`image` of any mode as "L" where it is gray and "RGB" otherwise; transparent parts over white.

    Values of 16 bits are scaled from 0..65535. Those of 32 bits, int or float, are scaled from the first of
    0..1, 0..255 and 0..65535 that holds them all, else from their own range; NaN becomes the lowest value.
    """
    return _over_white(_to_eight_bits(image))


def _refuse_extreme(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > limits.UPLOAD_PIXELS:
        raise _too_large(name)
    if max(size) > limits.UPLOAD_ASPECT * min(size):
        raise SpecError(
            "{name} is {width} × {height} pixels, too long and thin to show: "
            "crop it to at most {limit} times as long as wide.",
            name=name,
            width=width,
            height=height,
            limit=limits.UPLOAD_ASPECT,
        )


def _refuse_repeats(image: Image.Image, data: bytes, name: str) -> None:
    """What a small file can make a decoder do over and over."""
    # In what a JPEG has coded no marker's bytes occur; those of a preview inside it are counted too, which is a few.
    scans = data.count(b"\xff\xda") if image.format in ("JPEG", "MPO") else 0
    if scans * image.width * image.height > limits.SCAN_PIXELS:
        raise SpecError(
            "{name} goes over its {width} × {height} pixels {count} times, where a progressive JPEG has about 10 passes: "
            "open it in an image editor and save it as a PNG.",
            name=name,
            width=image.width,
            height=image.height,
            count=scans,
        )


def _too_large(name: str) -> SpecError:
    return SpecError(
        "{name} has more than {limit} million pixels, too many to decode here: make it smaller and upload it again.",
        name=name,
        limit=limits.UPLOAD_PIXELS // 1_000_000,
    )


def _decode(image: Image.Image, max_side: int) -> Decoded:
    width, height = image.size
    notes = []
    # Phones append depth and gain maps to a JPEG ("MPO"); those are not pictures that anyone misses.
    if getattr(image, "is_animated", False) and image.format != "MPO":
        notes.append(FIRST)
    # A JPEG can be decoded at a fraction of its size; twice the target leaves LANCZOS enough to work with.
    image.draft(None, tuple(2 * side for side in _fit(image.size, max_side)))
    image.load()
    # Read after load(): a TIFF turns itself there, has reported its upright size before, and drops the tag.
    if image.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8):
        width, height = height, width
    ImageOps.exif_transpose(image, in_place=True)

    if image.mode.startswith(DEEP):
        notes.append(SCALED)
    plain = _to_eight_bits(image)
    if plain.mode in ("LA", "RGBA") and plain.getextrema()[-1][0] < 255:
        notes.append(OVER_WHITE)
    if max(width, height) > max_side:
        notes.append(REDUCED)
        plain = plain.resize(_fit((width, height), max_side), Image.Resampling.LANCZOS)
    return Decoded(_bare(_over_white(plain)), width, height, tuple(notes))


def _fit(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """`size` with its longest side reduced to `max_side`, never enlarged."""
    factor = min(1, max_side / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _bare(image: Image.Image) -> Image.Image:
    """`image` without what the file said about it (EXIF, profile): it no longer holds, and may be private."""
    image.info = {}
    return image


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """`image` as "L", "LA", "RGB" or "RGBA"."""
    if image.mode.startswith(DEEP):
        return _scale(image)
    if image.mode == "LAB":
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    if image.has_transparency_data:
        return image.convert("LA" if image.mode in ("1", "L", "LA", "La") else "RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _scale(image: Image.Image) -> Image.Image:
    values = np.array(image, np.float32)
    finite = np.isfinite(values)
    low = float(values.min(where=finite, initial=np.inf))
    high = float(values.max(where=finite, initial=-np.inf))
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
    elif not finite.any():
        low, high = 0.0, 1.0
    elif low >= 0 and high <= USUAL_TOPS[-1]:
        low, high = 0.0, float(next(top for top in USUAL_TOPS if high <= top))
    # In place, as a large picture of floats is a quarter of a gigabyte.
    np.nan_to_num(values, copy=False, nan=low, posinf=high, neginf=low)
    values -= low
    values *= 255 / ((high - low) or 1)
    return Image.fromarray(np.rint(values, out=values).astype(np.uint8))


def _over_white(image: Image.Image) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image
    opaque = Image.new(image.mode.removesuffix("A"), image.size, "white")
    opaque.paste(image.convert(opaque.mode), mask=image.getchannel("A"))
    return opaque
