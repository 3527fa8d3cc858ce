"""Plan + Proof -> what people read: terminal, JSON, Markdown. Decides nothing."""
