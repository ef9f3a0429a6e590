"""What a film costs and whether it keeps its promises, on real clips: `python -m tests.benchmarks.montage --help`."""
