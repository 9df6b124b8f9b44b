"""What the README shows, made by the program itself."""
