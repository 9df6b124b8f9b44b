"""Shows results: `result` puts an Assessment into words, `content` arranges it, others render."""
