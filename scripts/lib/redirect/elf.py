"""What no tool changes in an object: the type of a symbol. ELF of 64 bits, little-endian."""

from __future__ import annotations

import struct
from collections.abc import Collection
from pathlib import Path

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
SYMBOL_TABLE = 2  # SHT_SYMTAB
THREAD_LOCAL = 6  # STT_TLS


def mark_thread_local(path: Path, names: Collection[str]) -> None:
    """A linker's script defines symbols without a type, in whatever section they are; those that
    use one as a thread-local variable need it to be one."""
    image = bytearray(path.read_bytes())
    header = HEADER.unpack_from(image)
    start, size, count = header[6], header[11], header[12]
    sections = [SECTION.unpack_from(image, start + at * size) for at in range(count)]
    for section in sections:
        if section[1] == SYMBOL_TABLE:
            mark(image, section[4], section[5], sections[section[6]][4], names)
    path.write_bytes(image)


def mark(image: bytearray, start: int, size: int, strings: int, names: Collection[str]) -> None:
    for at in range(start, start + size, SYMBOL.size):
        name, info, *rest = SYMBOL.unpack_from(image, at)
        begin = strings + name
        text = image[begin : image.index(0, begin)].decode()
        if text in names:
            SYMBOL.pack_into(image, at, name, info & 0xF0 | THREAD_LOCAL, *rest)
