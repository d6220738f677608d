"""The commands that belong to no collection. Each module is loaded when it is needed."""
