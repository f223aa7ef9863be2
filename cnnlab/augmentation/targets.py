"""Boxes, masks and key points beside a picture, as torchvision's transforms take them."""

from typing import Any

import torch
from torchvision import tv_tensors

from cnnlab.scene import Scene


def with_targets(scene: Scene) -> dict[str, Any]:
    """The scene as a sample: image (PIL), boxes (n, 4) XYXY, labels (n,), mask (H, W), keypoints (m, 2)."""
    size = (scene.image.height, scene.image.width)
    return {
        "image": scene.image,
        "boxes": tv_tensors.BoundingBoxes(list(scene.boxes), format="XYXY", canvas_size=size, dtype=torch.float32),
        "labels": torch.arange(len(scene.labels)),
        "mask": tv_tensors.Mask(torch.as_tensor(scene.mask)),
        "keypoints": tv_tensors.KeyPoints(list(scene.keypoints), canvas_size=size, dtype=torch.float32),
    }
