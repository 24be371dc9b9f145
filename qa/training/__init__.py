"""Trains the reader, and fits the weights and thresholds that rank and accept answers."""
