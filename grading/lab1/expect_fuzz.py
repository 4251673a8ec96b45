"""What a right lab 1 reports in boot_fuzz_test.cpp: the same blocks, spoilt in the same way, and a parser of them."""
import struct

from grader.judging import expect
from grader.rng import MASK


class Invalid(Exception):
    """boot/multiboot2.hpp: InvalidArgument."""


class Block:
    """boot_block.hpp. `spoilt` says in words what is wrong."""

    def __init__(self, rng):
        self.data, self.tags, self.spoilt = bytearray(8), [], []
        kinds = [0, 1, 2, 3]
        rng.shuffle(kinds)
        for kind in kinds[:1 + rng.below(4)]:
            self.begin()
            self.add_tag(rng, kind)
            self.close()
        if rng.below(8):
            self.begin()
            self.data += struct.pack("<II", 0, 8)
        else:
            self.spoilt.append("no end tag")
        self.length = len(self.data)
        struct.pack_into("<II", self.data, 0, self.length, 0)

    def begin(self):
        self.data += b"\xff" * (-len(self.data) % 8)
        self.start = len(self.data)

    def close(self):
        size = len(self.data) - self.start
        struct.pack_into("<I", self.data, self.start + 4, size)
        self.tags.append((self.start, size))

    def add_tag(self, rng, kind):
        if kind == 0:
            self.data += struct.pack("<II", 1, 0) + name(rng)
        elif kind == 1:
            start, size = rng.below(1 << 30), rng.below(1 << 20)
            self.data += struct.pack("<IIII", 3, 0, start, start + size) + name(rng)
        elif kind == 2:
            entry_size = 24 + 8 * rng.below(2)
            self.data += struct.pack("<IIII", 6, 0, entry_size, 0)
            for _ in range(1 + rng.below(3)):
                base, length = rng.next() >> 16, rng.next() >> 20
                self.data += struct.pack("<QQII", base, length, 1 + rng.below(6), 0) + b"\xef\xbe\xad\xde" * ((entry_size - 24) // 4)
        else:
            self.data += struct.pack("<II", 100 + rng.below(100), 0)
            self.data += b"\x03" * rng.below(24)

    def spoil(self, rng):
        start, size = self.tags[rng.below(len(self.tags))]
        kind = rng.below(5)
        if kind == 0:
            self.set(0, draw_size(rng, len(self.data)), "total size")
        elif kind == 1:
            self.set(start + 4, draw_size(rng, size), f"size of the tag at {start}")
        elif kind == 2:
            offset, word = 8 + 4 * rng.below(4), draw_word(rng)
            if offset + 4 <= size:
                self.set(start + offset, word, f"word at {start + offset}")
        elif kind == 3:
            self.data[start + size - 1] = ord("x")
            self.spoilt.append(f"byte at {start + size - 1} = 'x'")
        else:
            self.length = rng.below(len(self.data) + 1)
            self.spoilt.append(f"cut to {self.length} of {len(self.data)} bytes")
            if rng.below(2) == 0:
                self.set(0, self.length, "total size")

    def set(self, offset, value, what):
        struct.pack_into("<I", self.data, offset, value)
        self.spoilt.append(f"{what} = {value:#x}")


def name(rng):
    letters = bytes(ord("a") + rng.below(26) for _ in range(8))
    return letters[:rng.below(8)] + b"\0"


def draw_size(rng, right):
    kind = rng.below(4)
    number = rng.below(32) if kind == 0 else right + rng.below(17) - 8 if kind == 1 else rng.next() if kind == 2 else \
        0xFFFFFFFF - rng.below(16)
    return number & 0xFFFFFFFF


def draw_word(rng):
    kind = rng.below(3)
    return 8 + 8 * rng.below(5) if kind == 0 else rng.next() & 0xFFFFFFFF | 1 if kind == 1 else 0xFFFFFFFF - rng.below(16)


def need(condition):
    if not condition:
        raise Invalid


def fields(form, data, offset):
    need(offset + struct.calcsize(form) <= len(data))
    return struct.unpack_from(form, data, offset)


def string(tag, offset):
    text, nul, _ = bytes(tag[offset:]).partition(b"\0")
    need(nul)
    return text.decode("latin-1")


def parsed(data):
    """The ranges, modules and command line of a block, or Invalid."""
    ranges, modules, command_line = [], [], ""
    total, _ = fields("<II", data, 0)
    need(8 <= total <= len(data))
    data, offset = data[:total], 8
    while True:
        kind, size = fields("<II", data, offset)
        need(8 <= size <= total - offset)
        tag = data[offset:offset + size]
        if kind == 0:
            return ranges, modules, command_line
        if kind == 1:
            command_line = string(tag, 8)
        if kind == 3:
            start, end = fields("<8xII", tag, 0)
            need(start <= end)
            modules.append((start, end, string(tag, 16)))
        if kind == 6:
            entry_size, _ = fields("<8xII", tag, 0)
            need(entry_size >= 24 and entry_size % 8 == 0 and (size - 16) % entry_size == 0)
            for at in range(16, size, entry_size):
                base, length, type_of_range, _ = fields("<QQII", tag, at)
                need(base + length <= MASK)
                ranges.append((base, length, type_of_range if 1 <= type_of_range <= 5 else 2))
        offset += (size + 7) // 8 * 8


@expect
def boot_fuzz(rng, run):
    for i in range(400):
        block = Block(rng)
        for _ in range(rng.below(4)):
            block.spoil(rng)
        case = ", ".join(block.spoilt) or "a right block"
        try:
            ranges, modules, command_line = parsed(bytes(block.data[:block.length]))
        except Invalid:
            yield f"outcome.{i}", "InvalidArgument", case
            continue
        yield f"outcome.{i}", "Success", case
        yield f"ranges.{i}", len(ranges), case
        yield f"sum_of_ranges.{i}", sum(base + 3 * length + 5 * kind for base, length, kind in ranges) & MASK, case
        yield f"modules.{i}", len(modules), case
        for start, end, text in modules:
            yield f"start.{i}", start, case
            yield f"end.{i}", end, case
            yield f"name.{i}", text, case
        yield f"command_line.{i}", command_line, case
