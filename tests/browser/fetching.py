"""Pictures as bytes."""


def fetched(images) -> list[bytes]:
    """What the images that a locator finds show, fetched from their addresses."""
    sources = images.evaluate_all("images => images.map(image => image.src)")
    return [images.page.request.get(source).body() for source in sources]
