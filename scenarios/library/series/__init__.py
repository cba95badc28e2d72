"""Makes the synthetic series of the bundled scenarios, one module per site."""
