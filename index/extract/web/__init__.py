"""Web pages, books, e-mails and notebooks become text."""
