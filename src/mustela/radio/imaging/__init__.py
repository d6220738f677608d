"""Reading images of the radio sky: what they say, how noisy they are, pictures, cutouts."""
