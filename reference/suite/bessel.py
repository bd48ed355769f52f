"""Answers the vmf_log_normalizer questions of a folder at 50 digits.

    bessel.py QDIR

Prints {case: {"out/log_c": [...], "grad/kappa": [...]}} as JSON. Files are read as
safetensors: 8 bytes of header length, a JSON header, raw data.
"""

import json
import os
import struct
import sys

import mpmath as mp

mp.mp.dps = 50


def read(path):
    with open(path, "rb") as f:
        content = f.read()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        raw = content[8 + length + begin : 8 + length + end]
        tensors[name] = struct.unpack(f"<{len(raw) // 8}d", raw)
    return json.loads(metadata["attrs"]), tensors


def log_c(d, kappa):
    """log C_d(kappa) and its derivative, -I_{d/2}(kappa)/I_{d/2-1}(kappa)."""
    nu, kappa = mp.mpf(d) / 2 - 1, mp.mpf(kappa)
    bessel = mp.besseli(nu, kappa, maxterms=10**6)
    value = nu * mp.log(kappa) - (nu + 1) * mp.log(2 * mp.pi) - mp.log(bessel)
    return value, -mp.besseli(nu + 1, kappa, maxterms=10**6) / bessel


def main():
    answers = {}
    for name in sorted(os.listdir(sys.argv[1])):
        attrs, tensors = read(os.path.join(sys.argv[1], name))
        pairs = [log_c(int(attrs["d"]), kappa) for kappa in tensors["in/kappa"]]
        answers[name.removesuffix(".safetensors")] = {
            "out/log_c": [float(value) for value, _ in pairs],
            "grad/kappa": [float(slope * ct) for (_, slope), ct in zip(pairs, tensors["ct/log_c"])],
        }
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
