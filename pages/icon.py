"""The lab's icon: a kernel of 3 × 3, drawn here so that none is fetched from elsewhere."""

import base64
import io

from PIL import Image

BLUE, ORANGE, GREEN = (0, 114, 178), (230, 159, 0), (0, 158, 115)


def _icon() -> str:
    kernel = Image.new("RGB", (3, 3), BLUE)
    for place, colour in (((1, 1), ORANGE), ((1, 0), GREEN), ((0, 1), GREEN), ((2, 1), GREEN), ((1, 2), GREEN)):
        kernel.putpixel(place, colour)
    file = io.BytesIO()
    kernel.resize((48, 48), Image.Resampling.NEAREST).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


ICON = _icon()  # as an address, which Streamlit passes on as it is, where a picture would be encoded at every rerun
