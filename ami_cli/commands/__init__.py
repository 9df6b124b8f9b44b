"""The commands: options in, one call, one view, one exit code."""
