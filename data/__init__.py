"""How the registers of the package are made from the official files."""
