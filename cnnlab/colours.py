"""What colours mean in figures, told apart by colour-blind eyes too; `pages/shared/page.css` has those of pages."""

BLUE = "#0072B2"  # what goes in, and what stays in memory of it
ORANGE, DARK_ORANGE = "#E69F00", "#A86400"  # weights; what comes back to them
GREEN = "#009E73"  # what comes out
RED = "#B3261E"  # what is wrong
GRAY = "#7F7F7F"
SKY, YELLOW, PINK, VERMILION = "#56B4E9", "#F0E442", "#CC79A7", "#D55E00"  # any others
RUNS = (BLUE, VERMILION, GREEN, PINK, "#8A6D00", SKY, GRAY)  # runs beside each other, a hue each
CLASSES = (BLUE, ORANGE, GREEN, VERMILION, PINK, SKY, YELLOW, "#882255", "#8A6D00", GRAY)  # of pictures, a hue each


def rgb(colour: str) -> tuple[int, int, int]:
    """
    >>> rgb("#0072B2")
    (0, 114, 178)
    """
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue
