"""Command + checkout + rules -> Plan: which files change how, and what must come of it. Writes nothing."""
