"""What developers run: nothing of the product imports it."""
