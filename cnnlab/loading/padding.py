"""Pictures of unequal size as one batch."""

import math

import torch
from torch.utils.data import default_collate


def padded(samples, multiple=1):
    """Pictures (C, H, W) of unequal size with their labels as (images, padding, labels).

    images (N, C, H, W) are as large as the largest, up to the next `multiple`, with zeros to the right and below;
    padding (N, H, W) is True where they are.
    """
    pictures = [picture for picture, _ in samples]
    height, width = (math.ceil(max(p.shape[side] for p in pictures) / multiple) * multiple for side in (1, 2))
    images = pictures[0].new_zeros(len(pictures), len(pictures[0]), height, width)
    padding = torch.ones(len(pictures), height, width, dtype=torch.bool)
    for row, picture in enumerate(pictures):
        images[row, :, : picture.shape[1], : picture.shape[2]] = picture
        padding[row, : picture.shape[1], : picture.shape[2]] = False
    return images, padding, default_collate([label for _, label in samples])
