"""Runs that outlive the page: one process per folder of runs owns their queue, starts them and watches them.

Pages use `Client`; nothing here needs torch.
"""

from .client import Client, Place, Ticket
from .launchers import LAUNCHERS, Launcher, Need

__all__ = ["LAUNCHERS", "Client", "Launcher", "Need", "Place", "Ticket"]
