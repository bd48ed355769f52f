"""Reads event files with Python's standard library alone, apart from the program that writes
them: every record's checksums are held against a bitwise CRC-32C."""

import base64
import json
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def check(data, found):
    crc = crc32c(data)
    if found != ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF:
        raise ValueError("a checksum is wrong")


def records(text):
    at = 0
    while at < len(text):
        length, crc = struct.unpack_from("<QI", text, at)
        check(text[at : at + 8], crc)
        data = text[at + 12 : at + 12 + length]
        check(data, struct.unpack_from("<I", text, at + 12 + length)[0])
        yield data
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = data[at : at + 8], at + 8
        elif kind == 5:
            value, at = data[at : at + 4], at + 4
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            raise ValueError(f"wire type {kind}")
        yield key >> 3, value


def event(data):
    found = {"step": 0, "scalars": [], "images": []}
    for field, value in fields(data):
        if field == 1:
            found["time"] = struct.unpack("<d", value)[0]
        elif field == 2:
            found["step"] = value
        elif field == 3:
            found["version"] = value.decode()
        elif field == 7:
            found["session"] = dict(fields(value))[1]
        elif field == 5:
            for _, v in fields(value):
                of = dict(fields(v))
                tag = of[1].decode()
                if 2 in of:
                    found["scalars"].append({"tag": tag, "value": struct.unpack("<f", of[2])[0]})
                if 4 in of:
                    i = dict(fields(of[4]))
                    found["images"].append({"tag": tag, "height": i[1], "width": i[2], "colors": i[3], "png": base64.b64encode(i[4]).decode()})
    return found


x = []
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        x.append([event(data) for data in records(file.read())])
json.dump(x, sys.stdout)
