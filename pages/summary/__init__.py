"""The model summary."""
