"""The stages that make sources of images: jobs, each of which can be run again."""
