"""Oracles: every measure once more in plain Python, slow and obviously correct.

They were written from the questions and formulas in the headers of the SQL files, not from the SQL.
Money is whole USD, mass whole kg, shares and HHI run from 0 to 1, and ``None`` is unknown.
"""
