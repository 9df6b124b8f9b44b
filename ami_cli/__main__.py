"""The `ami` command, also as `python -m ami_cli`."""

# Not `signal`, whose loading takes a millisecond in which Ctrl+C shows a traceback.
import _signal  # type: ignore[import-not-found]
import gc
import sys

# `python -m` puts the working folder first: a json.py there must not be loaded. With -P, or as
# the installed command, Python adds no such place.
if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]
# Ctrl+C while the program still loads ends it as it ends any command, without a traceback.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
# Start-up makes no garbage worth collecting: 3 ms of some 80 without the collector.
gc.disable()
from ami_cli.main import run  # noqa: E402

# The rows of a batch are many small objects without cycles: looking at them less often takes 2 %
# off a workbook.
gc.set_threshold(50_000, 20, 100)
gc.enable()

if __name__ == "__main__":
    run()
