"""Comparison of two datasets or two folders of datasets: what differs, where, and by how much."""
