"""The guest's generator of test inputs, once more: SplitMix64 as in labs/lab1-boot/lib/random.hpp.

Both sides draw the same numbers from the run's seed, so the host knows every input without being told.
"""
from __future__ import annotations

from typing import Any, List

MASK = (1 << 64) - 1


class Random:
    """One stream of 64-bit numbers. With `name` it is the stream that the test of this name draws from."""

    def __init__(self, seed: int, name: str = "") -> None:
        self.state = seed & MASK
        if name:
            hashed = 0xCBF29CE484222325
            for byte in name.encode():
                hashed = ((hashed ^ byte) * 0x100000001B3) & MASK
            self.state ^= hashed

    def next(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound: int) -> int:
        """0 .. bound - 1."""
        return self.next() % bound

    def shuffle(self, items: List[Any]) -> None:
        """Any order of the items with equal chance (Fisher and Yates)."""
        for left in range(len(items), 1, -1):
            drawn = self.below(left)
            items[left - 1], items[drawn] = items[drawn], items[left - 1]
