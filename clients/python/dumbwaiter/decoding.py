# SPDX-License-Identifier: BSD-3-Clause
#
# Payloads to Python values. JSON by the standard library's parser, raw as it is, the rest by the library's walk.
"""Decodes the payloads of records."""
from __future__ import annotations

import ctypes
import json
from ctypes import c_bool, c_double, c_int, c_int64, c_uint32, c_uint64, c_void_p, py_object
from typing import Any, Iterator, List, Optional

from .errors import DAMAGED, Damaged
from .library import Handle, RawReading, last_error, library, undisturbed
from .times import Time

RAW, JSON, MSGPACK, CBOR = range(4)
NAMES = {RAW: "raw", JSON: "json", MSGPACK: "msgpack", CBOR: "cbor"}


class _ArrayOf(c_uint64):
    """Opens an array of this many elements. As a subclass ctypes hands it out as it is, unlike a number."""


class _MapOf(c_uint64):
    """Opens a map of this many entries."""


class _TimeOf(c_int64):
    """A time, in nanoseconds."""


def _callback(argument: Any, method: Any = list.append) -> Any:
    return ctypes.CFUNCTYPE(c_void_p, py_object, argument)(method)


def _text(tokens: List[Any], at: int, length: int) -> int:
    tokens.append(ctypes.string_at(at, length).decode("utf-8", "surrogateescape"))
    return 0


def _bytes(tokens: List[Any], at: int, length: int) -> int:
    tokens.append(ctypes.string_at(at, length))
    return 0


_NULL = ctypes.CFUNCTYPE(c_int, py_object)
_SPAN = ctypes.CFUNCTYPE(c_int, py_object, c_void_p, c_uint64)


def _null(tokens: List[Any]) -> int:
    tokens.append(None)
    return 0


_CALLBACKS = [
    _NULL(_null),
    _callback(c_bool),
    _callback(c_int64),
    _callback(c_uint64),
    _callback(c_double),
    _SPAN(_text),
    _SPAN(_bytes),
    _callback(_TimeOf),
    _callback(_ArrayOf),
    _callback(_MapOf),
    _SPAN(_text),
    None,  # close: the counts say it all
]


class _Visitor(ctypes.Structure):
    """dw_visitor: each callback appends one token."""

    _fields_ = [("struct_size", c_uint32), ("callbacks", c_void_p * len(_CALLBACKS))]


_VISITOR = _Visitor(
    ctypes.sizeof(_Visitor),
    (c_void_p * len(_CALLBACKS))(*(callback and ctypes.cast(callback, c_void_p) for callback in _CALLBACKS)),
)


def _build(token: Any, rest: Iterator[Any]) -> Any:
    kind = type(token)
    if kind is _ArrayOf:
        return [_build(next(rest), rest) for _ in range(token.value)]
    if kind is _MapOf:
        return {next(rest): _build(next(rest), rest) for _ in range(token.value)}
    return Time.from_unix_ns(token.value) if kind is _TimeOf else token


def _walk(handle: Optional[Handle], serializer: int, payload: bytes) -> Any:
    raw = RawReading()
    raw.serializer, raw.length = serializer, len(payload)
    raw.data = ctypes.cast(payload, c_void_p)
    while True:
        tokens: List[Any] = []
        walk = library().dw_reading_walk
        code = undisturbed(walk, handle, ctypes.byref(raw), ctypes.addressof(_VISITOR), tokens)
        if code:
            raise last_error(code)
        rest = iter(tokens)
        try:
            return _build(next(rest), rest)
        except (StopIteration, TypeError):
            # A signal came through another thread, and its handler raised in a callback: a token is missing.
            continue


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


_parse_json = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _json(payload: bytes) -> Any:
    try:
        return _parse_json(payload.decode("utf-8"))
    except (ValueError, RecursionError) as reason:
        raise Damaged(f"the value is no JSON: {reason}", DAMAGED) from None


def _raw(payload: bytes) -> Any:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload


def decode(handle: Optional[Handle], serializer: int, payload: bytes) -> Any:
    """The value: None, bool, int, float, str, bytes, Time, list or dict. Damaged: it does not decode."""
    if serializer == JSON:
        return _json(payload)
    if serializer == RAW:
        return _raw(payload)
    return _walk(handle, serializer, payload)
