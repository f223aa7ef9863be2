"""Confusion, figures per class, mistakes and principal components, judged by scikit-learn and torchmetrics."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from torchmetrics.functional import confusion_matrix as torch_confusion

from cnnlab.specs import SpecError
from cnnlab.training.judging import confusion, mistakes, per_class, projected

CHANCE = np.random.default_rng(0)
NAMES = tuple("abcde")


@pytest.fixture(params=["every class", "a class that is not there", "a class nobody is taken for"])
def answers(request):
    labels, predicted = CHANCE.integers(0, 5, (2, 200))
    if request.param == "a class that is not there":
        labels[labels == 3] = 1
    if request.param == "a class nobody is taken for":
        predicted[predicted == 2] = 0
    return labels, predicted


def test_a_confusion_matrix_is_scikit_learns_and_torchmetrics(answers):
    labels, predicted = answers
    table = confusion(labels, predicted, 5)
    assert (table == confusion_matrix(labels, predicted, labels=range(5))).all()
    tensors = torch.from_numpy(predicted), torch.from_numpy(labels)
    assert (table == torch_confusion(*tensors, task="multiclass", num_classes=5).numpy()).all()


def test_figures_per_class_are_scikit_learns_and_none_where_there_are_none(answers):
    labels, predicted = answers
    rows = per_class(confusion(labels, predicted, 5), NAMES)
    judge = precision_recall_fscore_support(labels, predicted, labels=range(5), zero_division=np.nan)
    for mine, column in zip(("precision", "recall", "f1"), judge, strict=False):
        told = [np.nan if getattr(row, mine) is None else getattr(row, mine) for row in rows]
        np.testing.assert_allclose(told, column)
    assert [row.support for row in rows] == judge[3].tolist()
    assert [row.name for row in rows] == list(NAMES)


def test_mistakes_come_the_surest_first_and_are_mistakes():
    probabilities = CHANCE.dirichlet(np.ones(5), 300)
    labels = CHANCE.integers(0, 5, 300)
    found = mistakes(probabilities, labels, 20)
    assert len(found) == 20
    for each in found:
        assert probabilities[each.place].argmax() == each.predicted != each.label == labels[each.place]
    sure = [each.confidence for each in found]
    assert sure == sorted(sure, reverse=True)
    wrong = probabilities.argmax(1) != labels
    assert sure[0] == probabilities[wrong].max()


def test_a_projection_is_scikit_learns_up_to_its_signs():
    features = CHANCE.normal(size=(60, 12)) @ CHANCE.normal(size=(12, 12))
    judge = PCA(2).fit(features)
    mine = projected(features)
    np.testing.assert_allclose(np.abs(mine.points), np.abs(judge.transform(features)), atol=1e-9)
    np.testing.assert_allclose(mine.shares, judge.explained_variance_ratio_[:2])
    np.testing.assert_allclose(projected(features).points, mine.points)


def test_too_little_to_lay_out_is_refused():
    with pytest.raises(SpecError, match="^1 pictures of 12 numbers each cannot be laid out"):
        projected(np.zeros((1, 12)))


def test_features_that_are_all_alike_lie_on_one_point():
    assert projected(np.ones((5, 3))).points.tolist() == [[0, 0]] * 5
