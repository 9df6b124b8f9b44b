"""Shows results: `result` puts an Assessment into words, `content` and `brief` arrange it, others
render."""
