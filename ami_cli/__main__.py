"""The `ami` command, also as `python -m ami_cli`."""

import gc

# Start-up makes no garbage worth collecting: 3 ms of some 80 without the collector.
gc.disable()
from ami_cli.shell import run  # noqa: E402

gc.enable()

if __name__ == "__main__":
    run()
