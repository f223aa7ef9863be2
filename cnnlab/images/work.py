"""What the workshop does with pictures."""

from io import BytesIO

from cnnlab import shelf

from .decoding import decode
from .files import png
from .jobs import Named, Read, Shown, Uploaded
from .pixels import to_pixels
from .samples import picture


def small(named: Named) -> Shown:
    """The picture with its longest side so long."""
    shown = to_pixels(picture(named.name))
    return Shown(max(shown.shape) <= named.side // 2, (png(shown, named.side),))


def read(uploaded: Uploaded) -> Read:
    """What a visitor uploaded, decoded in a worker of its own."""
    decoded = decode(shelf.read(uploaded.digest), uploaded.name)
    file = BytesIO()
    decoded.image.save(file, "PNG", compress_level=1)
    return Read(file.getvalue(), decoded.notes, decoded.values)
