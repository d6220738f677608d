"""The archive in the Virtual Observatory: cone search, image search, links, capabilities."""
