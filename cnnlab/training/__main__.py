"""Run or resume a training run: `python -m cnnlab.training FOLDER`, also under torchrun.

Exit codes: 0 finished, 75 stopped or asked to leave, 76 another trainer has taken over the folder, 1 failed.
"""

import argparse
import sys
from pathlib import Path

from .process import main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m cnnlab.training", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    sys.exit(main(parser.parse_args().folder))
