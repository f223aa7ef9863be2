"""A downloaded dataset's pictures as one plain array on disk, so that some of them can be seen without reading all."""

import numpy as np

from cnnlab.specs import Call

from .keeping import data_folder, pictures_file, refuse_damaged, replaced


def published(call: Call, own_test: bool) -> np.ndarray:
    """uint8 (N, C, H, W): the pictures for training, or those that the dataset keeps for testing.

    They are written down when they are first asked for, which takes as many bytes of the disk as there are in them.
    """
    path = pictures_file(call, own_test)
    if not path.is_file():
        refuse_damaged(call)
        pictures = _read(call, own_test)
        try:
            with replaced(path) as place, place.open("wb") as file:
                np.save(file, pictures)
        except OSError:  # a folder that only can be read, or a full disk: then they are read every time
            return pictures
    return np.load(path, mmap_mode="r")


def _read(call: Call, own_test: bool) -> np.ndarray:
    """torchvision's pictures with their channels first, whichever way it holds them."""
    pictures = np.asarray(call.build()(data_folder(), **call.spec.parts[own_test]).data)
    if pictures.ndim == 3:
        return pictures[:, None]
    return pictures if pictures.shape[1] == call.spec.shape[0] else np.moveaxis(pictures, -1, 1)
