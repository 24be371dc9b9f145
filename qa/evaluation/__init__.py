"""Answers to labelled questions are compared with the labels and summed up as metrics."""
