"""Reader of PDFs, with text recognition for scanned pages."""
