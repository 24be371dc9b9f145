"""Readers of HTML and of formats that contain it: e-books, e-mails and notebooks."""
