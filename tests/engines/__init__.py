"""Engines that hand out Arrow batches, each the real one."""
