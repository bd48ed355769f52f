"""Runs a file of Python with a folder of modules, as python FILE does with that of the
file: nothing is imported from the current folder. Where it fails, one line says where."""

import sys

sys.path[:] = [p for p in sys.path if p]  # '' is the current folder

import os
import runpy
import traceback

modules, file = sys.argv[1:3]
del sys.argv[1:3]
folder = os.path.dirname(file)
sys.path[:0] = [modules, folder]
try:
    runpy.run_path(file, run_name="__main__")
except Exception as e:
    places = [(f.filename, f.lineno) for f in traceback.extract_tb(e.__traceback__)]
    text = str(e)
    if isinstance(e, SyntaxError):
        places.append((e.filename or "", e.lineno))
        text = e.msg
    place = next(("%s:%d: " % (os.path.basename(f), n) for f, n in reversed(places) if os.path.dirname(f) == folder and n), "")
    sys.exit(place + ": ".join([type(e).__name__] + [" ".join(text.split())] * bool(text)))
