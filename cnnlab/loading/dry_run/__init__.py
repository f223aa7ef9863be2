"""The real loader on the chosen data, run before a training run is: does it work, how fast, and does chance repeat itself."""
