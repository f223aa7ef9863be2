"""What all tests share: how property tests draw.

`make test` draws the same examples on every run and machine, so that red means a change of the code; `make test-all`
draws fresh ones (--hypothesis-profile fresh) and prints what repeats a failure.
"""

from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("fresh", deadline=None, print_blob=True)
settings.load_profile("fixed")
