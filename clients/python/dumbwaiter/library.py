# SPDX-License-Identifier: BSD-3-Clause
#
# libdumbwaiter.so.0 as ctypes sees it: where it is found, its structs and its functions.
"""The reader library's C interface."""
from __future__ import annotations

import ctypes
import functools
import os
import pathlib
import signal
import threading
from ctypes import POINTER, c_char_p, c_int, c_int32, c_int64, c_uint32, c_uint64, c_void_p, py_object
from typing import Any, Callable, List, Optional

from .errors import NO_STORE, NoStore, error_of

NAME = "libdumbwaiter.so.0"


class RawReading(ctypes.Structure):
    """dw_reading. Its buffer belongs to it and goes with it."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("state", c_uint32),
        ("sequence", c_uint64),
        ("due", c_int64),
        ("started", c_int64),
        ("finished", c_int64),
        ("fresh_until", c_int64),
        ("serializer", c_uint32),
        ("outcome", c_uint32),
        ("data", c_void_p),
        ("length", c_uint64),
        ("reserved", c_uint64 * 8),
    ]

    def __init__(self) -> None:
        super().__init__(struct_size=ctypes.sizeof(RawReading))

    def payload(self) -> Optional[bytes]:
        """A copy of the bytes; None where the library gave none, of a damaged record."""
        return None if self.data is None else ctypes.string_at(self.data, self.length)


class OwnedReading(RawReading):
    """A reading whose buffer the library fills."""

    def __del__(self) -> None:
        clear_reading(self)


# Each callback's context is a Python object. A callback of void* that returns None returns 0 to C, so a method like
# list.append can be one: it runs no Python code, where a signal's handler could raise and the item be lost.
EACH = ctypes.CFUNCTYPE(c_int, py_object, c_char_p, POINTER(RawReading))
EACH_NAME = ctypes.CFUNCTYPE(c_void_p, py_object, c_char_p)

_SIGNATURES = {
    "dw_reader_open": [c_char_p, POINTER(c_void_p)],
    "dw_reader_allow_plugins": [c_void_p, c_char_p],
    "dw_get_value": [c_void_p, c_char_p, POINTER(RawReading)],
    "dw_get_history": [c_void_p, c_char_p, c_uint64, EACH, py_object],
    "dw_get_errors": [c_void_p, c_char_p, c_uint64, EACH, py_object],
    "dw_get_value_fresh": [c_void_p, c_char_p, c_uint64, c_uint64, POINTER(RawReading)],
    "dw_wait": [c_void_p, c_char_p, c_uint64, c_uint64, POINTER(RawReading)],
    "dw_each_name": [c_void_p, EACH_NAME, py_object],
    "dw_reading_walk": [c_void_p, POINTER(RawReading), c_void_p, py_object],
}


def _installed_beside() -> List[str]:
    """Libraries of the prefix that this module is installed in: PREFIX/lib*/python3*/.../dumbwaiter."""
    for folder in pathlib.Path(__file__).resolve().parents:
        if folder.name.startswith("lib"):
            patterns = (f"{folder.name}/{NAME}", f"{folder.name}/*-linux-*/{NAME}", f"lib*/{NAME}")
            return [str(file) for pattern in patterns for file in sorted(folder.parent.glob(pattern))]
    return []


def _open_library() -> ctypes.CDLL:
    named = os.environ.get("DUMBWAITER_LIBRARY")
    tried = []
    for place in [named] if named else [*_installed_beside(), NAME]:
        try:
            return ctypes.CDLL(place)
        except OSError as reason:
            tried.append(str(reason))
    raise NoStore(f"{NAME} cannot be loaded ({'; '.join(tried)}); name it in DUMBWAITER_LIBRARY", NO_STORE)


@functools.lru_cache(maxsize=None)
def library() -> ctypes.CDLL:
    """The library, loaded at the first call. NoStore: there is none."""
    lib = _open_library()
    for name, arguments in _SIGNATURES.items():
        function = getattr(lib, name)
        function.argtypes, function.restype = arguments, c_int32
    lib.dw_reader_close.argtypes, lib.dw_reader_close.restype = [c_void_p], None
    lib.dw_reading_clear.argtypes, lib.dw_reading_clear.restype = [POINTER(RawReading)], None
    lib.dw_reader_error.argtypes, lib.dw_reader_error.restype = [], c_char_p
    lib.dw_reading_media_type.argtypes, lib.dw_reading_media_type.restype = [POINTER(RawReading)], c_char_p
    return lib


def clear_reading(reading: RawReading) -> None:
    """Gives the reading's buffer back."""
    if reading.reserved[0]:
        library().dw_reading_clear(ctypes.byref(reading))


def last_error(code: int):
    """The exception for the call that just failed on this thread."""
    return error_of(code, library().dw_reader_error().decode("utf-8", "replace"))


class Handle:
    """An open dw_reader. It closes with the last reference, so never under a call of another thread."""

    __slots__ = ("_as_parameter_", "_close")

    def __init__(self, path: str) -> None:
        self._as_parameter_ = None
        lib = library()
        pointer = c_void_p()
        self._close = lib.dw_reader_close
        code = lib.dw_reader_open(os.fsencode(path), ctypes.byref(pointer))
        if code:
            raise last_error(code)
        self._as_parameter_ = pointer

    def __del__(self) -> None:
        if self._as_parameter_ is not None:
            self._close(self._as_parameter_)


# Those whose handlers are likely to raise. Fewer cost less: each is made an enumerator at every turn.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2)


def undisturbed(function: Callable[..., int], *arguments: Any) -> int:
    """Calls a function with callbacks. In one of them ctypes would print what a signal's handler raises, and go on
    without that callback's record: so signals wait until the end."""
    if threading.current_thread() is not threading.main_thread():
        return function(*arguments)
    held = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # Apart from the look before, as a handler may still raise here, when the mask is changed already.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        return function(*arguments)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
