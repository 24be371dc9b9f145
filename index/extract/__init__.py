"""One file becomes text, safely."""
