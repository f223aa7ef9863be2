"""The statistics of scikit-learn's 8×8 digits that LinearTransformation whitens with."""

import torch
from sklearn.datasets import load_digits


def digits_mean():
    """The average digit, 64 values from 0 to 1."""
    return torch.tensor(load_digits().data / 16, dtype=torch.float32).mean(dim=0)


def digits_whitening_matrix():
    """The ZCA matrix (64, 64) that makes the digits' pixels uncorrelated, of variance 1 (pixels never inked: 0)."""
    digits = torch.tensor(load_digits().data / 16, dtype=torch.float32)
    values, vectors = torch.linalg.eigh(torch.cov(digits.T))
    return vectors @ torch.diag((values + 1e-3).rsqrt()) @ vectors.T
