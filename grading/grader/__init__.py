"""The autograder's modules; the command is ../grade. Standard library only, Python 3.9 or newer."""
