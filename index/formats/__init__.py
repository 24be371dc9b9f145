"""The readers of the file formats, each from bytes to an `Extract`; `documents` is their door."""
