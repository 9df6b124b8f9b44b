"""The words that options and arguments take where they are no answers of a student."""

COLORS = ("auto", "always", "never")
SHELLS = ("bash", "zsh", "fish", "powershell")
SCHEMAS = ("answers", "result")
FORMATS = ("csv", "jsonl", "xlsx", "parquet")
# Of CSV files people have; every other that Python knows is taken too.
ENCODINGS = ("utf-8", "utf-16", "cp1252", "mac-roman", "cp850", "iso8859-15")
