"""The core of cnnlab: augmentations, layers, models and training as plain, reproducible values."""
