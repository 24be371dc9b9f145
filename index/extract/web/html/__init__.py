"""Reader of web pages, one step of the conversion to Markdown a module; other readers use it."""
