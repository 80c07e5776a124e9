"""What leaves the house: the folder of a stage, and the manifest of a build."""
