"""What the playground asks of the workshop: an answer depends on its job alone, and is what the pipeline itself gives."""

import io
from dataclasses import fields, replace

import numpy as np
import pytest
from PIL import Image

from cnnlab import images, shelf
from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.augmentation.jobs import (
    EXACT,
    KINDS,
    SAMPLE_KIND,
    STEPS_KIND,
    Recipe,
    Steps,
    first,
    looked_at,
    photo,
    sample_of,
)
from cnnlab.augmentation.presets import PRESETS
from cnnlab.augmentation.view import View, preset
from cnnlab.images.jobs import SMALL
from cnnlab.links import Nothing
from cnnlab.specs import SpecError
from cnnlab.workshop.desk import Here
from cnnlab.workshop.plain import packed

FLOATS = "v2.ToImage(), v2.ToDtype(torch.float32, scale=True)"
FIRST = Recipe("scene", Pipeline.from_code(f"[v2.RandomCrop(64), {FLOATS}, v2.Normalize([0.5], [0.2])]"), seed=3)
OTHERS = {
    "image": "coffee",
    "pipeline": Pipeline.from_code("[v2.RandomCrop((64, 32))]"),
    "seed": 5,
    "sample": 9,
    "count": 3,
    "raw": True,
    "targets": False,
    "side": 128,
}
RECIPES = {
    "a picture": FIRST,
    "a batch": Recipe("scene", preset("cutmix"), seed=3, count=4),
    "refused": replace(FIRST, pipeline=Pipeline.from_code("[v2.Normalize([0.5], [0.2])]")),
}
ABOUT_RECIPES = [kind for kind in KINDS if kind.recipe is Recipe]


def test_there_is_another_value_for_every_field():
    assert list(OTHERS) == [field.name for field in fields(Recipe)]


@pytest.mark.parametrize("kind", ABOUT_RECIPES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("one", RECIPES.values(), ids=RECIPES)
def test_an_answer_under_the_same_key_is_the_same(one, kind, name):
    other = replace(one, **{name: OTHERS[name]})
    same = name not in {field.attribute for field in asked(kind)}
    assert (kind.job(one) == kind.job(other)) == same
    if same:
        assert answer(kind, one) == answer(kind, other)


def answer(kind, recipe):
    """What the work says to all of a recipe, be it among the fields of the kind or not."""
    try:
        return packed(kind.do(recipe.to_query()))
    except SpecError as refusal:
        return str(refusal)


def asked(kind):
    return [field for field in Recipe.FIELDS if field.name in kind.fields]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_drawn_as_its_pipeline_draws_it(name):
    view = View(PRESETS[name].image, preset(name), seed=4, count=3, place=1)
    steps = Here().value(STEPS_KIND, looked_at(view, view.image))
    assert steps.failure is None
    assert len(steps.pictures) == len(steps.stills) + len(steps.batch)
    if view.pipeline.mixes:
        assert len(steps.batch) == view.count
        return
    drawn = Here().value(SAMPLE_KIND, sample_of(view, view.image, 1))
    assert drawn.failed == ""
    stage = view.pipeline.stages(images.picture(view.image), view.seed, 1)[-1] if view.image != "scene" else None
    if stage is not None and isinstance(stage.image, Image.Image):
        shown = Image.open(io.BytesIO(Here().value(SAMPLE_KIND, Recipe(view.image, view.pipeline, 4, 1)).pictures[0]))
        whole = Image.open(io.BytesIO(images.png(np.asarray(stage.image.convert("RGB")), 192)))
        assert np.array_equal(np.asarray(shown), np.asarray(whole))


@pytest.mark.parametrize(("count", "side"), [(1, 192), (3, 192), (16, 192), (17, 128), (64, 128)])
def test_the_more_samples_the_smaller_they_are(count, side):
    recipe = sample_of(View("astronaut", Pipeline(), count=count), "astronaut", 0)
    assert Recipe.from_query(recipe.to_query()).side == side
    assert Image.open(io.BytesIO(Here().value(SAMPLE_KIND, recipe).pictures[0])).size == (side, side)


@pytest.mark.parametrize(("size", "longest"), [(40, 240), (224, 224), (300, 300), (512, 512), (800, 512)])
def test_a_still_has_the_pixels_that_a_dense_screen_shows_where_the_sample_has_them(size, longest):
    digest = shelf.keep(images.png(np.full((size, size, 3), 7, np.uint8)))
    recipe = Recipe(digest, Pipeline((AUGMENTATIONS["Identity"](),)), count=0)
    nothing, picture = Here().value(STEPS_KIND, recipe).pictures
    (whole,) = Here().value(SMALL, photo(recipe, (size, size))).pictures
    assert nothing == b""
    assert Image.open(io.BytesIO(picture)).size == Image.open(io.BytesIO(whole)).size == (longest, longest)
    shelf.release(digest)


def test_the_exact_source_is_the_pipelines_own():
    view = View(seed=7, place=2)
    assert Here().value(EXACT, looked_at(view, view.image)) == view.pipeline.code(7, 2)


def test_a_picture_of_ones_own_is_found_by_its_hash_while_it_is_kept():
    digest = shelf.keep(images.png(np.full((8, 8, 3), 7, np.uint8)))
    recipe = Recipe(digest, Pipeline(), count=0)
    assert Here().value(STEPS_KIND, recipe).stills[0].shape == (3, 8, 8)
    shelf.release(digest)
    with pytest.raises(SpecError) as caught:
        Here().value(STEPS_KIND, recipe)
    assert str(caught.value) == "The file that was uploaded is no longer here: upload it again."


def closely(recipe: Recipe) -> Steps:
    return STEPS_KIND.do(recipe.to_query())


def test_a_still_says_what_was_taken_back_to_show_it_and_how_many_pictures_it_is():
    view = View(PRESETS["tencrop"].image, preset("tencrop"))
    stills = closely(looked_at(view, view.image)).stills
    assert [still.several for still in stills] == [0, 0, 10, 10, 10, 10]
    assert [still.undone for still in stills] == [False] * 5 + [True]
    raw = replace(view, raw=True)
    assert not any(still.undone for still in closely(looked_at(raw, view.image)).stills)
    mixed = Pipeline((*preset("imagenet_eval").calls, AUGMENTATIONS["Grayscale"](num_output_channels=1)))
    last = closely(looked_at(View("coffee", mixed), "coffee")).stills[-1]
    assert not last.undone  # three channels have become one, and cannot be taken apart


def test_the_first_view_asks_for_all_that_the_page_will_ask_for():
    jobs = {kind.job(recipe) for kind, recipe in first()}
    view = View()
    assert {SAMPLE_KIND.job(sample_of(view, view.image, place)) for place in range(view.count)} <= jobs
    assert STEPS_KIND.job(looked_at(view, view.image)) in jobs
    assert all(kind.job(recipe).query == () for kind, recipe in first() if recipe == Nothing())
