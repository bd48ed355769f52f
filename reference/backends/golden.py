"""Golden files, for a backend in Python: reading, checking, writing, the command line.

A safetensors file is 8 bytes of little-endian header length, a JSON header and raw
little-endian data. Needs NumPy only.
"""

import json
import os
import re
import struct
import sys
import traceback

import numpy as np

FORMAT = "entrec-golden/1"
LACKING = 3  # exit status: the backend does not have the operation
DTYPES = {"F64": np.dtype("<f8"), "F32": np.dtype("<f4")}


class Refused(Exception):
    """The question's shapes or attributes cannot be."""


class Lacking(Exception):
    """The backend does not have the operation."""


class Malformed(Exception):
    """The file is not a question."""


class Question:
    """op, attrs, ins and cts (name to float64 array), wrt (names)."""

    def __init__(self, path):
        metadata, tensors = read(path)
        if metadata.get("format") != FORMAT:
            raise Malformed(f'{path}: metadata "format": found {metadata.get("format")!r}, expected {FORMAT!r}')
        self.metadata = metadata
        self.op = metadata["op"]
        self.attrs = json.loads(metadata["attrs"])
        self.wrt = self.attrs.get("wrt", [])
        self.ins = {name[3:]: x for name, x in tensors.items() if name.startswith("in/")}
        self.cts = {name[3:]: x for name, x in tensors.items() if name.startswith("ct/")}


def read(path):
    """Returns the metadata and the tensors of a file."""
    with open(path, "rb") as f:
        content = f.read()
    try:
        (length,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8 : 8 + length].decode())
        metadata = header.pop("__metadata__", {})
        tensors = {}
        for name, t in header.items():
            begin, end = (8 + length + offset for offset in t["data_offsets"])
            if end > len(content):
                raise ValueError(f"{name} ends beyond the file")
            tensors[name] = np.frombuffer(content[begin:end], DTYPES[t["dtype"]]).reshape(t["shape"])
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as e:
        raise Malformed(f"{path}: header: {type(e).__name__}: {e}") from None
    return metadata, tensors


def write(path, metadata, tensors):
    """Writes a file, wholly or not at all."""
    header, data = {"__metadata__": metadata}, b""
    for name in sorted(tensors):
        x = tensors[name]
        raw = np.ascontiguousarray(x).tobytes()
        header[name] = {
            "dtype": {8: "F64", 4: "F32"}[x.dtype.itemsize],
            "shape": list(x.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)
    os.replace(path + ".part", path)


# What an operation takes. Inputs are "x(n,i) bias(o)?": a letter is one size
# throughout, * any shape (the same wherever it stands), | between alternatives, ?
# after what may be absent, ! after a constant, which has no gradient. Attributes are
# "name:KIND" with a KIND of the table below or words (the first may be the default:
# name?:word|word).
KINDS = {
    "positive": lambda v: number(v) and v > 0,
    "least0": lambda v: number(v) and v >= 0,
    "number": lambda v: number(v),
    "fraction": lambda v: number(v) and 0 <= v <= 1,
    "below1": lambda v: number(v) and 0 <= v < 1,
    "half": lambda v: number(v) and -0.5 <= v <= 0.5,
    "count0": lambda v: number(v) and v == int(v) and v >= 0,
    "count1": lambda v: number(v) and v == int(v) and v >= 1,
    "count2": lambda v: number(v) and v == int(v) and v >= 2,
    "bool": lambda v: isinstance(v, bool),
}


def number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


def need(condition, reason):
    if not condition:
        raise Refused(reason)


def check(q, inputs, attributes):
    """Refuses a question whose inputs or attributes are not those of its operation."""
    sizes, known = {}, {}
    for name, shapes, flags in re.findall(r"(\w+)\(([^)]*)\)([?!]*)", inputs):
        known[name] = flags
        if name not in q.ins:
            need("?" in flags, f"input {name} is missing")
            continue
        found = q.ins[name].shape
        need(0 not in found, f"input {name} is empty")
        fits = [s for s in shapes.split("|") if s == "*" or len(s.split(",")) == len(found)]
        need(fits, f"input {name}: found shape {found}, expected ({shapes})")
        for letter, size in [("*", found)] if fits[0] == "*" else zip(fits[0].split(","), found):
            expected = sizes.setdefault(letter, int(letter) if letter.isdigit() else size)
            need(expected == size, f"input {name}: found shape {found}, expected ({shapes}) with {letter} = {expected}")
    for name in q.ins:
        need(name in known, f"there is no input {name}")
    for name in q.wrt:
        need(name in q.ins and "!" not in known[name], f"wrt: {name} has no gradient")
    need(not q.wrt or q.cts, "gradients are asked for, but there is no cotangent")
    names = {"wrt"}
    for spec in attributes.split():
        name, kind = spec.split(":")
        if name.endswith("?"):
            name = name[:-1]
            q.attrs.setdefault(name, kind.split("|")[0])
        names.add(name)
        need(name in q.attrs, f"attribute {name} is missing")
        v = q.attrs[name]
        ok = KINDS[kind](v) if kind in KINDS else v in kind.split("|")
        need(ok, f"attribute {name}: found {v!r}, expected {kind}")
    for name in q.attrs:
        need(name in names, f"there is no attribute {name}")


def main(answer, question_path, answer_path, device, versions):
    """Answers a file or a folder. answer maps a Question to the tensors of its answer,
    by their full names, and raises Refused or Lacking. In a folder it leaves out what it
    cannot answer, and declares in backend.json what it lacks and what it is: its device
    and versions of its parts, by name. Returns the exit status."""
    if not os.path.isdir(question_path):
        return answer_file(answer, question_path, answer_path)
    os.makedirs(answer_path, exist_ok=True)
    lacking = {}
    for name in sorted(os.listdir(question_path)):
        case, extension = os.path.splitext(name)
        if extension == ".safetensors":
            try:
                if answer_file(answer, os.path.join(question_path, name), os.path.join(answer_path, name)) == LACKING:
                    lacking[case] = "there is no such operation"
            except Exception:  # a mistake in the backend: the others can still be answered
                traceback.print_exc()
    declaration = {"lacks": {"cases": lacking}, "device": device, "versions": versions}
    with open(os.path.join(answer_path, "backend.json"), "w") as f:
        json.dump(declaration, f)
    return 0


def answer_file(answer, question_path, answer_path):
    q = Question(question_path)
    try:
        tensors = answer(q)
    except Lacking:
        print(f"{question_path}: {q.op} is unsupported", file=sys.stderr)
        return LACKING
    except Refused as e:
        print(f"{question_path}: {q.op}: {e}", file=sys.stderr)
        return 1
    write(answer_path, q.metadata, tensors)
    return 0
