"""Reports: a verdict as text for people and as JSON for tools."""
