"""The rules of the AMI, written once: read `criteria` first, then `entitlement` and `assess`."""
