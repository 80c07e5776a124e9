"""The submission folder: the tree of an eCTD, its checks, programs, checksums and manifest."""
