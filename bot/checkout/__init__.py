"""The files of a checkout: reads that never leave it, writes that happen all or not at all."""
