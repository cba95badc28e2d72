"""The electricity tariff of a plant: one file for each thing it may charge."""
