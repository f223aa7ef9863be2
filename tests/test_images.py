import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms.v2 import functional as F

from cnnlab.images import (
    SAMPLES,
    Decoded,
    channel_histograms,
    decode,
    flatten,
    media_type,
    png,
    sample,
    to_pixels,
    webp,
)
from cnnlab.images.decoding import FIRST, OVER_WHITE, REDUCED, SCALED
from cnnlab.specs import SpecError

RANDOM = np.random.default_rng(0)
COLOURS = RANDOM.integers(0, 256, (11, 17, 3), np.uint8)
# Coarse blocks of few colours survive JPEG nearly unchanged, and differ in every orientation.
FEW_COLOURS = [[[220, 30, 30], [30, 200, 40], [20, 40, 210]], [[250] * 3, [250] * 3, [10] * 3]]
BLOCKS = np.kron(np.uint8(FEW_COLOURS), np.ones((32, 32, 1), np.uint8))
# What turns an upright picture into the one stored under each EXIF orientation.
STORED = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: np.rot90(a.transpose(1, 0, 2), 2),
    8: lambda a: np.rot90(a, -1),
}
NOT_A_PICTURE = "x is not a picture that can be read: upload a PNG, JPEG, WebP, GIF, TIFF or BMP file."
DAMAGED = (
    "x is damaged, incomplete or of a rare kind, and cannot be decoded: "
    "open it in an image editor and save it as a PNG, or choose another picture."
)
TOO_LARGE = "x has more than 64 million pixels, too many to decode here: make it smaller and upload it again."


def encode(image, format, **options):
    file = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(np.ascontiguousarray(image))
    image.save(file, format, **options)
    return file.getvalue()


def tiff(array, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, array, **options)
    return file.getvalue()


def pixels(data, **options):
    return np.array(decode(data, **options).image)


def refusal(data):
    with pytest.raises(SpecError) as caught:
        decode(data, "x")
    return str(caught.value)


def valid_files():
    image = Image.fromarray(COLOURS)
    exif = Image.Exif()
    exif[274] = 6
    return {
        "png": encode(image, "PNG", exif=exif),
        "palette": encode(image.quantize(8), "PNG", transparency=0),
        "deep": encode(RANDOM.integers(0, 65536, (9, 7), np.uint16), "PNG"),
        "animated png": encode(image, "PNG", save_all=True, append_images=[image.rotate(180)]),
        "jpeg": encode(image, "JPEG", exif=exif),
        "progressive": encode(image, "JPEG", progressive=True),
        "cmyk": encode(image.convert("CMYK"), "JPEG"),
        "webp": encode(image.convert("RGBA"), "WEBP", exif=exif),
        "gif": encode(image, "GIF", save_all=True, append_images=[image.rotate(180)]),
        "tiff": encode(image, "TIFF", exif=exif),
        "deflated tiff": encode(image, "TIFF", compression="tiff_deflate"),
        "float tiff": tiff(RANDOM.random((9, 7), np.float32)),
        "bmp": encode(image, "BMP"),
    }


FILES = valid_files()


# Decoding: what files hold


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_give_the_pixels_back(format):
    options = {"lossless": True} if format == "WEBP" else {}
    assert np.array_equal(pixels(encode(COLOURS, format, **options)), COLOURS)


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_becomes_rgb_or_gray_of_its_size_without_metadata(name):
    decoded = decode(FILES[name])
    assert decoded.image.mode == ("L" if name in ("deep", "float tiff") else "RGB")
    assert decoded.image.size == (decoded.width, decoded.height)
    assert decoded.image.info == {}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize(("format", "tolerance"), [("PNG", 0), ("TIFF", 0), ("JPEG", 12)])
def test_every_exif_orientation_restores_the_upright_picture(format, tolerance, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    options = {"quality": 100, "subsampling": 0} if format == "JPEG" else {}
    decoded = decode(encode(STORED[orientation](BLOCKS), format, exif=exif, **options))
    assert (decoded.width, decoded.height) == (96, 64)
    assert np.abs(np.array(decoded.image, int) - BLOCKS).max() <= tolerance


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF"])
def test_a_reduced_picture_is_upright_and_tells_its_upright_size(format, orientation):
    upright = np.kron(BLOCKS, np.ones((4, 4, 1), np.uint8))
    exif = Image.Exif()
    exif[274] = orientation
    decoded = decode(encode(STORED[orientation](upright), format, exif=exif), max_side=96)
    assert ((decoded.width, decoded.height), decoded.image.size) == ((384, 256), (96, 64))
    centres = np.array(decoded.image, int)[16::32, 16::32]
    assert np.abs(centres - BLOCKS[16::32, 16::32]).max() <= 6
    assert decoded.note == "Reduced from 384 × 256 to 96 × 64 pixels."


def test_a_picture_within_the_limit_is_left_as_it_is_and_a_long_one_keeps_a_pixel_of_width():
    assert decode(encode(COLOURS, "PNG"), max_side=17).notes == ()
    assert decode(encode(np.zeros((1, 50), np.uint8), "PNG"), max_side=10).image.size == (10, 1)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda deep: encode(deep, "PNG"), id="PNG"),
        pytest.param(lambda deep: encode(deep, "TIFF"), id="TIFF"),
        pytest.param(lambda deep: tiff(deep, byteorder=">"), id="big-endian TIFF"),
        pytest.param(lambda deep: tiff(deep.astype(np.int32)), id="32-bit TIFF"),
        pytest.param(lambda deep: tiff(deep.astype(np.float32)), id="float TIFF"),
        pytest.param(lambda deep: tiff((deep / np.float32(65535)).astype(np.float32)), id="unit float TIFF"),
    ],
)
def test_a_deep_gradient_keeps_256_levels_in_order(data):
    deep = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    decoded = decode(data(deep))
    levels = np.array(decoded.image).ravel().astype(int)
    assert (decoded.image.mode, decoded.notes) == ("L", (SCALED,))
    assert (np.diff(levels) >= 0).all()
    assert set(levels) == set(range(256))
    assert np.abs(levels - np.arange(65536) / 257).max() <= 0.5 + 1e-3


def test_a_dark_16_bit_picture_stays_dark():
    assert pixels(encode(np.uint16([[0, 257, 1000]]), "PNG")).tolist() == [[0, 1, 4]]


def test_values_beyond_all_usual_ranges_are_scaled_from_their_own():
    values = np.float32([[-3, 0], [7, np.nan]])
    assert pixels(tiff(values)).tolist() == [[0, 76], [255, 0]]
    assert pixels(tiff(np.full((2, 2), np.nan, np.float32))).tolist() == [[0, 0], [0, 0]]
    assert pixels(tiff(np.full((2, 2), -5, np.float32))).tolist() == [[0, 0], [0, 0]]
    assert pixels(tiff(np.float32([[-np.inf, 0.2], [1, np.inf]]))).tolist() == [[0, 51], [255, 255]]


# The kinds of transparency that PIL can write.
@pytest.mark.parametrize(
    ("format", "modes"),
    [("PNG", ("RGBA", "LA", "P")), ("TIFF", ("RGBA", "LA")), ("WEBP", ("RGBA",)), ("GIF", ("RGBA",))],
)
def test_transparent_parts_become_white(format, modes):
    source = Image.new("LA", (4, 2), (90, 255))
    source.paste((90, 0), (0, 0, 2, 2))
    for mode in modes:
        image = source.convert("RGBA").quantize(4) if mode == "P" else source.convert(mode)
        decoded = decode(encode(image, format, **({"lossless": True} if format == "WEBP" else {})))
        assert np.array(decoded.image.convert("L")).tolist() == [[255, 255, 90, 90]] * 2
        assert decoded.notes == (OVER_WHITE,)


def test_half_transparent_black_is_mid_gray_and_gray_stays_one_channel():
    decoded = decode(encode(Image.new("LA", (2, 2), (0, 128)), "PNG"))
    assert (decoded.image.mode, decoded.image.getpixel((0, 0))) == ("L", 127)


def test_a_single_transparent_colour_becomes_white():
    image = Image.new("RGB", (4, 2), (10, 20, 30))
    image.paste((200, 0, 0), (2, 0, 4, 2))
    seen = pixels(encode(image, "PNG", transparency=(10, 20, 30)))
    assert seen.tolist() == [[[255] * 3] * 2 + [[200, 0, 0]] * 2] * 2


def test_palettes_show_their_colours():
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    for format in ("PNG", "GIF", "BMP", "TIFF"):
        assert pixels(encode(image, format)).tolist() == [[[255, 0, 0], [0, 0, 255]]]


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP"])
def test_one_bit_pictures_become_black_and_white(format):
    bits = np.eye(9, dtype=bool)
    assert np.array_equal(pixels(encode(Image.fromarray(bits), format)), bits * np.uint8(255))


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_red_is_red(format):
    image = decode(encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), format)).image
    assert image.getpixel((8, 8)) == pytest.approx((255, 0, 0), abs=30)


def test_ycck_is_read_as_the_adobe_marker_says():
    # CMYK data that claims to be YCCK (the last byte of the marker): neutral chroma makes it gray again.
    data = encode(Image.new("CMYK", (16, 16), (128, 128, 128, 0)), "JPEG")
    start = data.index(b"Adobe")
    ycck = data[: start + 11] + b"\2" + data[start + 12 :]
    assert decode(ycck).image.getpixel((8, 8)) == pytest.approx((128, 128, 128), abs=3)


@pytest.mark.parametrize("mode", ["YCbCr", "HSV", "LAB"])
def test_flatten_understands_other_colour_spaces(mode):
    colours = {"red": (255, 0, 0), "green": (0, 128, 0), "gray": (119, 119, 119)}
    # L* × 2.55, a* and b* as signed bytes, for the white D50 of colour profiles.
    in_lab = {"red": (138, 81, 70), "green": (118, 256 - 48, 49), "gray": (128, 0, 0)}
    for name, rgb in colours.items():
        if mode == "LAB":
            image = Image.frombytes("LAB", (1, 1), bytes(in_lab[name]))
        else:
            image = Image.new("RGB", (1, 1), rgb).convert(mode)
        assert np.abs(np.array(flatten(image).getpixel((0, 0))) - rgb).max() <= 8


def test_a_lab_tiff_is_read_in_its_true_colours():
    lab = Image.frombytes("LAB", (8, 8), bytes((128, 0, 0)) * 64)
    assert np.abs(pixels(encode(lab, "TIFF")).astype(int) - 119).max() <= 3


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_several_frames_the_first_is_shown_and_said(format):
    red, blue = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    decoded = decode(encode(red, format, save_all=True, append_images=[blue]))
    assert decoded.image.getpixel((4, 4)) == pytest.approx((255, 0, 0), abs=3)
    assert decoded.notes == (FIRST,)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_planar_tiffs_give_the_same_pixels(planar, compression):
    stored = COLOURS if planar == "contig" else COLOURS.transpose(2, 0, 1)
    data = tiff(np.ascontiguousarray(stored), photometric="rgb", planarconfig=planar, compression=compression)
    assert np.array_equal(pixels(data), COLOURS)


def test_notes_are_messages_whose_fields_the_values_fill():
    decoded = decode(encode(Image.new("RGBA", (60, 20)), "PNG"), max_side=30)
    assert decoded.notes == (OVER_WHITE, REDUCED)
    assert decoded.values == {"width": 60, "height": 20, "shown_width": 30, "shown_height": 10}
    assert decoded.note == "Transparent parts were laid over white. Reduced from 60 × 20 to 30 × 10 pixels."


# Decoding: what is refused


def test_an_empty_file_is_refused():
    assert refusal(b"") == "x is empty (0 bytes): choose the picture again."


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><html><body>404</body></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n",
        b"\0" * 5000,
        b"P6 2 2 255 " + bytes(12),
    ],
)
def test_what_is_no_picture_of_a_known_format_is_refused(data):
    assert refusal(data) == NOT_A_PICTURE


@pytest.mark.parametrize("format", ["PPM", "ICO", "TGA", "PCX", "SGI", "EPS", "JPEG2000", "DDS", "SPIDER"])
def test_exotic_decoders_never_run(format):
    mode = "F" if format == "SPIDER" else "RGB"
    assert refusal(encode(Image.new(mode, (16, 16)), format)) == NOT_A_PICTURE


def png_header(width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


# Above our limit, above the one at which PIL warns, and above the one at which it raises.
@pytest.mark.parametrize("side", [8001, 10_000, 100_000])
def test_a_bomb_is_refused_by_its_header(side):
    assert refusal(png_header(side, side)) == TOO_LARGE


def test_a_ribbon_is_refused_with_its_size():
    assert refusal(png_header(5100, 100)) == (
        "x is 5100 × 100 pixels, too long and thin to show: crop it to at most 50 times as long as wide."
    )


@pytest.mark.parametrize("name", FILES)
def test_half_a_file_is_refused(name):
    data = FILES[name]
    assert refusal(data[: len(data) // 2]) in (DAMAGED, NOT_A_PICTURE)


def assert_decoded_or_refused(data):
    try:
        decoded = decode(data, max_side=64)
    except SpecError:
        return
    assert isinstance(decoded, Decoded)
    assert decoded.image.mode in ("L", "RGB")
    assert max(decoded.image.size) <= 64


@given(st.binary(max_size=300), st.sampled_from([b"", *(data[:40] for data in FILES.values())]))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_random_bytes_are_decoded_or_refused(tail, head):
    assert_decoded_or_refused(head + tail)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=80, deadline=None, derandomize=True)
@given(choice=st.data())
def test_damaged_files_are_decoded_or_refused(name, choice):
    data = bytearray(FILES[name])
    for _ in range(choice.draw(st.integers(0, 4))):
        data[choice.draw(st.integers(0, len(data) - 1))] ^= 1 << choice.draw(st.integers(0, 7))
    assert_decoded_or_refused(bytes(data[: choice.draw(st.integers(0, len(data)))]))
    assert_decoded_or_refused(bytes(data))


def test_the_name_of_a_file_is_not_taken_for_a_template():
    with pytest.raises(SpecError, match=r"^\{0\}\{x\} is empty"):
        decode(b"", "{0}{x}")


# Samples


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_loads_and_is_handed_out_as_a_copy(name):
    first = sample(name)
    assert first.mode in ("L", "RGB")
    assert max(first.size) <= 1024
    assert SAMPLES[name].name == name
    assert to_pixels(first).min() < to_pixels(first).max()
    before = first.tobytes()
    first.paste(0, (0, 0, *first.size))
    assert sample(name).tobytes() == before


def test_photos_are_those_that_the_libraries_load():
    from skimage import data
    from sklearn.datasets import load_sample_image

    for name in ("astronaut", "chelsea", "coffee", "camera", "rocket"):
        assert np.array_equal(np.array(sample(name)), getattr(data, name)())
    for name in ("china", "flower"):
        assert np.array_equal(np.array(sample(name)), load_sample_image(f"{name}.jpg"))


def test_digits_are_scikit_learns_scaled_from_16_to_255():
    from sklearn.datasets import load_digits

    digits = load_digits()
    for digit in range(10):
        seen = np.array(sample(f"digit_{digit}"), float) * 16 / 255
        matches = np.abs(digits.images - seen).max(axis=(1, 2)) < 0.05
        assert digits.target[matches].tolist() == [digit]


def test_an_unknown_sample_is_refused_with_the_names_there_are():
    with pytest.raises(SpecError) as caught:
        sample("lena")
    assert str(caught.value) == f"lena is not a sample picture: choose one of {', '.join(SAMPLES)}."


# Pixels

INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.uint16]
FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_are_scaled_as_torchvision_scales_them(dtype):
    limits = torch.iinfo(dtype)
    values = RANDOM.integers(0, limits.max, (3, 20, 30), np.uint64, endpoint=True)
    values[0, 0, :2] = 0, limits.max
    tensor = torch.from_numpy(values.astype(str(dtype).removeprefix("torch.")))
    expected = F.to_dtype(tensor, torch.uint8, scale=True).permute(1, 2, 0)
    assert np.array_equal(to_pixels(tensor), expected.numpy())


def test_negative_integers_are_black_where_torchvision_wraps_around():
    assert to_pixels(torch.tensor([[-1, -(2**63), 2**63 - 1]]))[0, :, 0].tolist() == [0, 0, 255]


def test_unsigned_integers_that_torchvision_refuses_keep_their_highest_bits():
    for dtype, top in ((np.uint32, 2**32 - 1), (np.uint64, 2**64 - 1)):
        tensor = torch.from_numpy(np.array([[0, top // 2, top]], dtype))
        assert to_pixels(tensor)[0, :, 0].tolist() == [0, 127, 255]


def test_booleans_are_black_and_white():
    assert to_pixels(torch.tensor([[False, True]])).tolist() == [[[0] * 3, [255] * 3]]


@pytest.mark.parametrize("dtype", FLOATS)
def test_floats_are_converted_as_torchvision_converts_them(dtype):
    tensor = torch.rand(3, 40, 50, generator=torch.Generator().manual_seed(0)).to(dtype)
    tensor[:, 0, 0], tensor[:, 0, 1] = 0, 1
    wide = tensor if dtype == torch.float64 else tensor.float()
    expected = F.to_dtype(wide, torch.uint8, scale=True).permute(1, 2, 0)
    assert np.array_equal(to_pixels(tensor), expected.numpy())


def test_floats_out_of_range_are_clamped_and_nan_is_black():
    inf, nan = float("inf"), float("nan")
    tensor = torch.tensor([[-inf, -1.0, nan, 0.0, 1.0, 1.5, 1e30, inf]])
    assert to_pixels(tensor)[0, :, 0].tolist() == [0, 0, 0, 0, 255, 255, 255, 255]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_normalized_picture_is_restored_exactly(dtype):
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16).repeat(3, 1, 1)
    normalized = F.normalize(F.to_dtype(levels, dtype, scale=True), mean, std)
    assert np.array_equal(to_pixels(normalized, mean, std), levels.permute(1, 2, 0).numpy())
    assert np.array_equal(to_pixels(F.to_dtype(levels, dtype, scale=True) * 2 - 1, 0.5, 0.5), to_pixels(levels))


def test_a_mean_of_the_wrong_length_is_refused():
    with pytest.raises(SpecError) as caught:
        to_pixels(torch.zeros(1, 4, 4), mean=(0.1, 0.2, 0.3))
    assert str(caught.value) == ("mean has 3 numbers for a picture of 1 channels: give one, or one for each channel.")


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
def test_any_number_of_channels_is_shown_in_three(channels):
    tensor = torch.from_numpy(RANDOM.integers(0, 256, (channels, 5, 6), np.uint8))
    seen = to_pixels(tensor)
    black = torch.zeros_like(tensor[:1])
    expected = tensor.repeat(3, 1, 1) if channels == 1 else torch.cat([tensor, black])[:3]
    assert (seen.dtype, seen.shape) == (np.uint8, (5, 6, 3))
    assert np.array_equal(seen, expected.permute(1, 2, 0).numpy())


def test_a_flat_tensor_is_gray_and_gradients_are_no_hindrance():
    tensor = torch.rand(4, 5, requires_grad=True)
    assert np.array_equal(to_pixels(tensor), to_pixels(tensor.detach()[None]))


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (4,), (), (3, 0, 4)])
def test_what_is_no_picture_by_its_shape_is_refused(shape):
    with pytest.raises(SpecError) as caught:
        to_pixels(torch.zeros(shape))
    assert str(caught.value) == (f"A tensor of shape {shape} is not a picture: give one of shape (C, H, W) or (H, W).")


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "LAB", "I", "F", "LA", "I;16"])
def test_pictures_of_any_mode_are_shown(mode):
    seen = to_pixels(Image.new(mode, (6, 5)))
    assert (seen.dtype, seen.shape) == (np.uint8, (5, 6, 3))
    assert seen.flags.writeable


def test_a_picture_and_its_tensor_look_the_same():
    for name in ("chelsea", "camera"):
        assert np.array_equal(to_pixels(sample(name)), to_pixels(F.pil_to_tensor(sample(name))))


@pytest.mark.parametrize("row", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_has_a_name_that_fits_below_its_thumbnail(row):
    assert len(row.title) <= 16
    assert [other.name for other in SAMPLES.values() if other.title == row.title] == [row.name]


# PNG and WebP

WAYS = {"image/png": png, "image/webp": webp}


@pytest.mark.parametrize("kind", WAYS)
def test_what_travels_is_lossless_and_known_for_what_it_is(kind):
    for pixels in (COLOURS, to_pixels(sample("chelsea"))):
        data = WAYS[kind](pixels)
        with Image.open(io.BytesIO(data)) as image:
            assert (media_type(data), image.get_format_mimetype()) == (kind, kind)
            assert np.array_equal(np.array(image), pixels)


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [
        ((8, 8), 224, (224, 224)),
        ((8, 8), 100, (96, 96)),
        ((5, 10), 20, (10, 20)),
        ((11, 10), 21, (11, 10)),
        ((64, 64), 64, (64, 64)),
        ((400, 300), 100, (100, 75)),
        ((300, 4), 100, (100, 1)),
    ],
)
def test_what_travels_fits_the_side(size, side, expected):
    pixels = RANDOM.integers(0, 256, (size[1], size[0], 3), np.uint8)
    assert {Image.open(io.BytesIO(way(pixels, side))).size for way in WAYS.values()} == {expected}


def test_small_pictures_are_enlarged_to_crisp_squares():
    seen = np.array(Image.open(io.BytesIO(png(COLOURS, 17 * 3 + 2))))
    assert np.array_equal(seen, COLOURS.repeat(3, axis=0).repeat(3, axis=1))


# Ranges and histograms


def test_histograms_of_bytes_hold_equally_many_levels_a_bin():
    levels = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16)
    for bins in (16, 64, 256):
        histograms = channel_histograms(levels, bins)
        assert histograms.counts.tolist() == [[256 // bins] * bins]
        assert (histograms.edges[0], histograms.edges[-1], len(histograms.edges)) == (0, 256, bins + 1)
    assert histograms.names == ("gray",)


def test_histograms_count_every_pixel_of_every_channel():
    picture = sample("chelsea")
    histograms = channel_histograms(picture)
    assert histograms.names == ("red", "green", "blue")
    # PIL counts on its own; four of its levels are one bin.
    assert histograms.counts.ravel().tolist() == np.reshape(picture.histogram(), (-1, 4)).sum(axis=1).tolist()


def test_histograms_of_floats_span_their_own_finite_range():
    tensor = torch.tensor([[[-2.0, 0.0, float("nan")]], [[float("inf"), 6.0, 2.1]]])
    histograms = channel_histograms(tensor, bins=2)
    assert histograms.edges.tolist() == [-2, 2, 6]
    assert histograms.counts.tolist() == [[2, 0], [0, 2]]
    assert histograms.names == ("0", "1")


@pytest.mark.parametrize(("value", "counted"), [(0.5, 4), (float("nan"), 0)])
def test_histograms_of_one_value_or_of_none_do_not_fail(value, counted):
    assert channel_histograms(torch.full((1, 2, 2), value)).counts.sum() == counted


def progressive(side: int, more: int) -> bytes:
    """A progressive JPEG whose last scan stands there `more` times more."""
    data = encoded(Image.new("RGB", (side, side)), "JPEG", progressive=True)
    end = data.rindex(b"\xff\xda")
    return data[:-2] + data[end:-2] * more + data[-2:]


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_jpeg_of_many_passes_is_refused_before_it_is_decoded():
    assert decode(progressive(64, 0)).image.size == decode(progressive(64, 300)).image.size == (64, 64)
    with pytest.raises(SpecError) as caught:
        decode(progressive(2000, 300), "mine.jpg")
    assert str(caught.value) == (
        "mine.jpg goes over its 2000 × 2000 pixels 310 times, where a progressive JPEG has about 10 passes: "
        "open it in an image editor and save it as a PNG."
    )


def test_a_png_of_many_colour_profiles_is_refused():
    data = encoded(Image.new("RGB", (8, 8)), "PNG")
    body = b"iCCP" + b"a\0\0" + zlib.compress(bytes(1000))
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    assert decode(data[:33] + chunk + data[33:]).image.size == (8, 8)
    with pytest.raises(SpecError, match="the file holds 100 colour profiles, and a PNG has one: open it in an image"):
        decode(data[:33] + chunk * 100 + data[33:])
