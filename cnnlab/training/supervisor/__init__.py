"""Runs that outlive the page: one process per folder of runs owns their queue, starts them and watches them.

Pages use `Client`; nothing here needs torch.
"""

from .client import Client, Ticket
from .launchers import LAUNCHERS, Launcher, Need
from .line import Place

__all__ = ["LAUNCHERS", "Client", "Launcher", "Need", "Place", "Ticket"]
