"""A network reads a question with a passage: does the passage answer it, and with which words?"""
