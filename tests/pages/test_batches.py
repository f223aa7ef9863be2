"""The look at batches: its arithmetic, its examples, its samplers, and what of them a run takes over."""

import pytest
from visit import forge, said, shown, visit

from cnnlab.loading import ORDERS
from cnnlab.loading.view import View
from pages.loading.ordering import CASES, KEY

LOOK = {"look": "batches"}


def totals(app):
    return [metric.value for metric in app.metric]


def texts(app):
    return [element.value for element in (*app.markdown, *app.caption)]


def opened(view=None):
    app = visit("loading", {**LOOK, **(view or View()).to_query()})
    assert said(app) == []
    return app


def test_each_example_is_a_click_and_leads_back_to_the_data():
    app = opened(View(order=ORDERS["SubsetRandomSampler"](stop=10)))
    results = []
    for samples, _size, drop_last in CASES:
        app.button(key=f"{KEY}.case.{samples}.{int(drop_last)}").click().run()
        results.append(totals(app))
        assert shown(app, "loading").order is None
    assert results == [["80", "10", "8"], ["87", "10", "8"], ["87", "11", "7"], ["5,000", "10", "500"]]
    app.button(key=f"{KEY}.data").click().run()
    assert totals(app) == ["1,437", "3", "437"]
    assert said(app) == []


def test_the_arithmetic_is_written_out():
    assert "Iterations of an epoch: ⌈87 / 8⌉ = **11**.  \nSamples of the last batch: 87 − 10 · 8 = **7**." in texts(
        opened(View(of=87, batch_size=8))
    )
    assert (
        "Iterations of an epoch: ⌊87 / 8⌋ = **10**.  \nSamples left out of each epoch: 87 − 10 · 8 = **7**."
        in texts(opened(View(of=87, batch_size=8, drop_last=True)))
    )
    assert "Iterations of an epoch: 80 / 8 = **10**." in texts(opened(View(of=80, batch_size=8)))


def test_processes_share_the_samples_through_a_sampler():
    app = opened(View(of=87, batch_size=8))
    app.number_input(key=f"{KEY}.processes").set_value(4).run()
    assert shown(app, "loading").order == ORDERS["DistributedSampler"](num_replicas=4)
    assert totals(app) == ["22", "3", "6"]
    assert any("⌈87 / 4⌉ = **22**; together 1 more than there are" in text for text in texts(app))
    app.number_input(key=f"{KEY}.processes").set_value(1).run()
    assert shown(app, "loading").order is None
    assert totals(app) == ["87", "11", "7"]


@pytest.mark.parametrize("name", ORDERS)
def test_a_sampler_that_a_run_has_is_the_run_s_too(name):
    app = opened(View(sampler="in order"))
    app.selectbox(key=f"{KEY}.sampler").select(name).run()
    assert said(app) == []
    view, row = shown(app, "loading"), ORDERS[name]
    assert view.ordering == row.example()
    assert view.sampler == row.training
    assert (view.order is None) == row.same
    expected = f"Training calls this order “{row.training}”." if row.same else f"training takes “{row.training}”"
    assert any(expected in text for text in texts(app))


def test_a_sampler_that_is_changed_is_no_longer_that_of_a_run():
    app = opened()
    app.toggle(key="loading.order.RandomSampler.replacement").set_value(True).run()
    view = shown(app, "loading")
    assert view.order == ORDERS["RandomSampler"](replacement=True)
    assert view.sampler == "shuffled"
    assert any(text.startswith("In the first epoch the sampler gives ") for text in texts(app))


def test_no_batch_at_all_is_told():
    app = opened(View(batch_size=4096, drop_last=True))
    assert totals(app) == ["1,437", "0", "0"]
    assert any("There is no batch at all" in text for text in texts(app))


def test_a_last_batch_of_one_is_told():
    assert any("BatchNorm" in text for text in texts(opened(View(of=65))))
    assert not any("BatchNorm" in text for text in texts(opened(View(of=66))))


def test_another_order_of_the_run_is_the_order_that_is_shown():
    app = opened(View(sampler="in order", order=ORDERS["SubsetRandomSampler"](stop=10)))
    assert app.selectbox(key=f"{KEY}.sampler").value == "SequentialSampler"
    assert totals(app) == ["1,437", "23", "29"]


def test_only_what_is_on_offer_is_taken():
    app = opened()
    forge(app, f"{KEY}.sampler", "string_value", "print")
    assert shown(app, "loading").ordering.name == "RandomSampler"
    assert said(app) == []
