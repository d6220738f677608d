"""How a source varies: sums over its epochs, V, η, and the most different pair of epochs.

Plain Python; a measurement's flux density and error are in Jy (Jy/beam for peaks).
"""
