"""The `ami` command, also as `python -m ami_cli`."""

import gc
import sys

# `python -m` puts the working folder first: a json.py there must not be loaded. With -P, or as
# the installed command, Python adds no such place.
if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]
import signal

# Ctrl+C while the program still loads ends it as it ends any command, without a traceback.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
# Start-up makes no garbage worth collecting: 3 ms of some 80 without the collector.
gc.disable()
from ami_cli.main import run  # noqa: E402

gc.enable()

if __name__ == "__main__":
    run()
