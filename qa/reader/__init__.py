"""A network reads a question with a passage: does it answer, and with which words?"""
