"""The augmentation playground."""
