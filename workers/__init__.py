"""What runs the parts of a build: this process, several processes, a Dask cluster."""
