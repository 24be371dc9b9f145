"""Tables of what every document answers: their cells, their pictures and their routes."""
