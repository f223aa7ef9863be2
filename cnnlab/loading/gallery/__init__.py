"""The pictures of a dataset as they are: page by page, class by class, their numbers, twins among them, odd files."""
