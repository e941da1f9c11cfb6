"""Programs that are trained by benchmarks only."""
