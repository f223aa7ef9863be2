"""The forms of parameters as they are seen."""

import pytest

from cnnlab.augmentation import Pipeline

STEPS = Pipeline.from_code(
    "[v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize((0.5,) * 3, (0.2,) * 3)]"
)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_numbers_of_normalize_stand_in_two_rows_that_fit(open_page, settle, width):
    page = open_page(f"/augmentation?count=1&steps={STEPS.link}", width=width)
    page.locator(".st-key-augmentation-Normalize-title button:visible").first.click()
    settle(page)
    card = page.locator(".st-key-augmentation-Normalize-card").bounding_box()
    rows = []
    for name in ("mean", "std"):
        boxes = [page.get_by_label(f"{name} {channel}", exact=True).bounding_box() for channel in "RGB"]
        assert len({box["y"] for box in boxes}) == 1
        assert all(box["width"] > 50 for box in boxes)
        assert boxes[-1]["x"] + boxes[-1]["width"] <= card["x"] + card["width"]
        rows.append(boxes[0]["y"])
    assert rows[1] - rows[0] < 90
