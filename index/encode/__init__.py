"""Text becomes a unit vector."""
