"""Images, visibilities, sources and light curves of the radio sky: the collection `radio`."""
