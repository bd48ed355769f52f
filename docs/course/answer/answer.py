"""Lets a function of a few lines answer the golden suite about one operation: it reads
the questions, refuses those that are wrong, and writes the answers. Needs NumPy."""

import json
import os
import struct
import sys

import numpy as np


def _read(path):
    with open(path, "rb") as f:
        content = f.read()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:end])
    meta = header.pop("__metadata__")
    tensors = {}
    for name, t in header.items():
        lo, hi = t["data_offsets"]
        tensors[name] = np.frombuffer(content[end + lo:end + hi], "<f8").reshape(t["shape"]).astype("f8")
    return meta["op"], json.loads(meta["attrs"]), tensors


def _write(path, tensors):
    header, data = {}, b""
    for name, x in tensors.items():
        x = np.asarray(x, "<f8")
        raw = x.tobytes()
        header[name] = {"dtype": "F64", "shape": list(x.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


class Refused(Exception):
    pass


def _expect(holds, what):
    if not holds:
        raise Refused("expected " + what)


def _answer(question, answer, op, inputs, attrs, output, f, least, fixed):
    found, given, tensors = _read(question)
    if found != op:
        raise NotImplementedError(found)
    wrt = given.pop("wrt", [])
    x = {name[3:]: t for name, t in tensors.items() if name.startswith("in/")}
    ct = tensors.get("ct/" + output)
    _expect(set(x) == set(inputs) and set(given) == set(attrs), "other inputs or attributes")
    lengths = {}
    for name, axes in inputs.items():
        axes = axes.split()
        _expect(x[name].ndim == len(axes), name + " of other axes")
        for axis, n in zip(axes, x[name].shape):
            n_expected = int(axis) if axis.isdigit() else lengths.setdefault(axis, n)
            _expect(n == n_expected and n >= max(1, least.get(axis, 1)), name + " of another shape")
    for name, choices in attrs.items():
        v = given[name]
        if choices:
            _expect(v in choices, "another " + name)
        else:
            _expect(isinstance(v, (int, float)) and not isinstance(v, bool), "a number for " + name)
            _expect(v >= least[name] if name in least else v > 0, "a larger " + name)
    _expect(not wrt or ct is not None and len(set(wrt)) == len(wrt) and set(wrt) <= set(inputs) - set(fixed), "another wrt")
    out, grads = f(x, given, ct)
    _expect(ct is None or np.shape(out) == ct.shape, "a cotangent of the output's shape")
    result = {"out/" + output: out}
    for name in wrt:
        result["grad/" + name] = grads[name]
    _write(answer, result)


def main(op, inputs, attrs, output, f, least={}, fixed=()):
    """Answers the questions that the arguments name, two files or two folders.

    inputs has the axes of each input, such as "k d": a letter is the same length
    everywhere, a digit its own. attrs has the choices of a word, or None for a number
    above 0; least has the least of numbers that may be lower, and of letters; fixed are
    inputs that have no gradient. f(x, attrs, ct) returns the output and the gradients of sum(ct * output) by
    name; ct is None where none are asked for."""
    if len(sys.argv) != 3:
        sys.exit("found %d arguments, expected QUESTION ANSWER: entrec course check calls this program" % (len(sys.argv) - 1))
    question, answer = sys.argv[1:]
    if not os.path.isdir(question):
        try:
            _answer(question, answer, op, inputs, attrs, output, f, least, fixed)
        except NotImplementedError:
            sys.exit(3)
        return
    for name in sorted(os.listdir(question)):
        try:
            _answer(os.path.join(question, name), os.path.join(answer, name), op, inputs, attrs, output, f, least, fixed)
        except (NotImplementedError, Refused):
            pass
