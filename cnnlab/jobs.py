"""All that may be asked of the workshop, by name."""

from collections.abc import Mapping

from cnnlab.summary import jobs as summary
from cnnlab.workshop import Kind

JOBS: Mapping[str, Kind] = {kind.name: kind for kind in (*summary.KINDS,)}
