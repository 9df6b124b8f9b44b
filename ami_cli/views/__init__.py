"""What is shown: `result` says an Assessment once, `content` arranges it, the others render it."""
