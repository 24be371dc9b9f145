"""HTTP routes: requests are checked and answered with JSON or files."""
