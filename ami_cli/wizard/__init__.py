"""The conversation: `flow` decides, `prompts` and `lines` speak with the person."""
