"""Holds the rules of the AMI, written once: read `criteria`, then `entitlement` and `assess`."""
