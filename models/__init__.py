"""The planning problem: components, policies, and the model built from them."""
