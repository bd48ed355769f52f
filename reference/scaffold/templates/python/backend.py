#!/usr/bin/env python3
"""A backend of the golden suite, with the standard library alone.

    backend.py QUESTION ANSWER     files, or folders with files of the same names
    backend.py                     a server: questions on standard input, answers on standard output

Add operations to OPS. What they take stands in ops.json, by which questions are checked.
"""

import json
import math
import os
import struct
import sys

REFUSED, LACKS = 1, 3


class Refused(Exception):
    """The question must be refused."""


class Lacks(Exception):
    """There is no such operation here."""


# Each operation takes the inputs and cotangents (name to Tensor) and attributes, and returns
# its outputs and gradients by their full names. Gradients that are not asked for are dropped.


class Tensor:
    def __init__(self, shape, data):
        self.shape, self.data = list(shape), list(data)


def relu(ins, cts, attrs):
    x = ins["x"]
    answer = {"out/y": Tensor(x.shape, (max(v, 0.0) for v in x.data))}
    if "y" in cts:
        answer["grad/x"] = Tensor(x.shape, (g if v > 0 else 0.0 for v, g in zip(x.data, cts["y"].data)))
    return answer


OPS = {"relu": relu}


# The format: 8 bytes of little-endian header length, a JSON header, raw little-endian data.

KINDS = {"F64": ("d", 8), "F32": ("f", 4)}


def parse(content):
    """Returns the operation, its attributes, inputs and cotangents."""
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    meta = header.pop("__metadata__")
    if meta["format"] != "entrec-golden/1":
        raise Refused(f"found format {meta['format']}, expected entrec-golden/1")
    ins, cts = {}, {}
    for name, t in header.items():
        kind, size = KINDS[t["dtype"]]
        begin, end = t["data_offsets"]
        data = struct.unpack_from(f"<{(end - begin) // size}{kind}", content, 8 + length + begin)
        prefix, _, rest = name.partition("/")
        {"in": ins, "ct": cts}.get(prefix, {})[rest] = Tensor(t["shape"], data)
    return meta["op"], json.loads(meta["attrs"]), ins, cts


def dump(tensors):
    """Returns the content of an answer's file, in float32."""
    header, data = {}, b""
    for name in sorted(tensors):
        t = tensors[name]
        raw = struct.pack(f"<{len(t.data)}f", *(float32(v) for v in t.data))
        header[name] = {"dtype": "F32", "shape": t.shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def float32(v):
    """v as struct packs it: what is too large is infinite."""
    try:
        struct.pack("<f", v)
        return v
    except OverflowError:
        return math.copysign(math.inf, v)


# What must be refused.


def need(holds, reason):
    if not holds:
        raise Refused(reason)


def check(spec, attrs, ins, cts):
    """Refuses what the operation, described in ops.json, does not take."""
    sizes = {}
    for name, i in spec["inputs"].items():
        if name not in ins:
            need(i.get("optional"), f"input {name} is missing")
            continue
        shape = ins[name].shape
        need(0 not in shape and len(ins[name].data) == math.prod(shape), f"input {name} is empty")
        fits = [s.split(",") for s in i["shapes"] if s == "*" or len(s.split(",")) == len(shape)]
        need(fits, f"input {name}: found shape {shape}, expected {i['shapes']}")
        for letter, size in [("*", shape)] if fits[0] == ["*"] else zip(fits[0], shape):
            expected = sizes.setdefault(letter, int(letter) if letter.isdigit() else size)
            need(size == expected, f"input {name}: found shape {shape}, expected {i['shapes']} with {letter} = {expected}")
    for name in ins:
        need(name in spec["inputs"], f"there is no input {name}")
    known = spec.get("attributes", {})
    for name, a in known.items():
        if name not in attrs and "default" in a:
            attrs[name] = a["default"]
        need(name in attrs and suits(a, attrs[name]), f"attribute {name}: found {attrs.get(name)}, expected {a}")
    wrt = attrs.get("wrt", [])
    for name in attrs:
        need(name in known or name == "wrt", f"there is no attribute {name}")
    need(len(set(wrt)) == len(wrt), "wrt has a name twice")
    for name in wrt:
        need(name in ins and not spec["inputs"][name].get("constant"), f"wrt: {name} has no gradient")
    need(cts or not wrt, "gradients are asked for, but there is no cotangent")


def suits(a, v):
    if a["kind"] == "flag":
        return isinstance(v, bool)
    if a["kind"] == "choice":
        return v in a["of"]
    if isinstance(v, bool) or not isinstance(v, (int, float)) or not math.isfinite(v):
        return False
    if a["kind"] == "whole" and (v != int(v) or abs(v) > 2**31):
        return False
    return a.get("least", v) <= v <= a.get("most", v) and v > a.get("above", -math.inf) and v < a.get("below", math.inf)


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ops.json")) as f:
    SPECS = json.load(f)


def answer(content):
    """Returns the content of the answer to a question's file."""
    op, attrs, ins, cts = parse(content)
    if op not in OPS:
        raise Lacks(f"there is no operation {op}")
    check(SPECS[op], attrs, ins, cts)
    wrt = attrs.pop("wrt", [])
    tensors = OPS[op](ins, cts, attrs)
    for name, ct in cts.items():
        need("out/" + name in tensors and tensors["out/" + name].shape == ct.shape, f"cotangent {name} is of no output")
    return dump({name: t for name, t in tensors.items() if name.startswith("out/") or name[5:] in wrt})


# The modes.


def one(question, to):
    with open(question, "rb") as f:
        content = f.read()
    content = answer(content)
    with open(to, "wb") as f:
        f.write(content)


def folder(questions, answers):
    lacking = {}
    for name in sorted(os.listdir(questions)):
        if not name.endswith(".safetensors"):
            continue
        try:
            one(os.path.join(questions, name), os.path.join(answers, name))
        except Lacks as e:
            lacking[name[: -len(".safetensors")]] = str(e)
        except Exception as e:  # leave this answer out: it is asked again
            print(f"{name}: {type(e).__name__}: {e}", file=sys.stderr)
    with open(os.path.join(answers, "backend.json"), "w") as f:
        json.dump({"lacks": {"cases": lacking}, "versions": {"python": sys.version.split()[0]}}, f)


def serve():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(8)) == 8:
        content = source.read(struct.unpack("<Q", head)[0])
        try:
            status, content = 0, answer(content)
        except Lacks as e:
            status, content = LACKS, str(e).encode()
        except Refused as e:
            status, content = REFUSED, str(e).encode()
        sink.write(struct.pack("<BQ", status, len(content)) + content)
        sink.flush()


def main(args):
    if not args:
        return serve()
    if len(args) != 2:
        sys.exit(__doc__)
    if os.path.isdir(args[0]):
        return folder(*args)
    try:
        one(*args)
    except Lacks as e:
        print(e, file=sys.stderr)
        sys.exit(LACKS)
    except Refused as e:
        print(e, file=sys.stderr)
        sys.exit(REFUSED)


if __name__ == "__main__":
    main(sys.argv[1:])
