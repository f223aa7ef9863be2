"""Numbers and sizes as people read them."""

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
PREFIXES = ("", "k", "M", "G", "T", "P", "E")
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def si(number: float) -> str:
    """A number with an SI prefix and three digits.

    >>> si(999), si(11_689_512), si(999_999)
    ('999', '11.7 M', '1 M')
    """
    power = 0
    while abs(number) >= 999.5 and power < len(PREFIXES) - 1:
        number, power = number / 1000, power + 1
    return f"{number:.3g} {PREFIXES[power]}".rstrip() if power else f"{number:,.0f}"


def binary(size: float) -> str:
    """Bytes in the largest unit of which there is one, with three digits, or four before the next unit.

    >>> binary(800), binary(46_827_520), binary(1023 * 1024), binary(3 << 30)
    ('800 B', '44.7 MiB', '1,023 KiB', '3.00 GiB')
    """
    power = 0
    while size >= 1024 and power < len(UNITS) - 1:
        size, power = size / 1024, power + 1
    digits = 0 if not power or size >= 99.95 else 1 if size >= 9.995 else 2
    return f"{size:,.{digits}f} {UNITS[power]}"
