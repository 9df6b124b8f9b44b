"""Holds the conversation: `flow` decides, `prompts` and `plain` ask the person."""
