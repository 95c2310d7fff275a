# SPDX-License-Identifier: BSD-3-Clause
#
# The store that nobody named: found as the command line finds it, through the environment and the manifest.
"""Finds the default store."""
from __future__ import annotations

import os
import pathlib
import re
from typing import Any, Optional

from .errors import NO_STORE, NoStore

_DEFAULT = "dumbwaiter.store"

_STRING = r'"((?:[^"\\]|\\.)*)"|' + r"'([^']*)'"
_TABLE = re.compile(r"\s*\[\s*(.*?)\s*\]\s*(?:#.*)?$")
_STORE = re.compile(rf"\s*(?:store|\"store\"|'store')\s*=\s*(?:{_STRING})\s*(?:#.*)?$")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def find_store() -> str:
    """The store's folder: $DUMBWAITER_STORE, else what the manifest says. NoStore: there is neither."""
    named = os.environ.get("DUMBWAITER_STORE")
    if named:
        return named
    manifest = find_manifest()
    return str(manifest.parent / _store_of(manifest))


def find_manifest() -> pathlib.Path:
    """$DUMBWAITER_MANIFEST, else ./dumbwaiter.toml if it is root's or the caller's, else the user's, else /etc's."""
    named = os.environ.get("DUMBWAITER_MANIFEST")
    if named:
        return pathlib.Path(named)
    looked = ["./dumbwaiter.toml"]
    here = pathlib.Path("dumbwaiter.toml")
    try:
        # The link too: relative paths are taken from its folder.
        strangers = {here.lstat().st_uid, here.stat().st_uid} - {0, os.geteuid()}
        if not strangers:
            return here
        looked = [f"./dumbwaiter.toml (it belongs to uid {strangers.pop()}: name it to use it)"]
    except OSError:
        pass
    users = _users_manifest()
    for place in [*([users] if users else []), pathlib.Path("/etc/dumbwaiter/dumbwaiter.toml")]:
        if place.exists():
            return place
        looked.append(str(place))
    places = ", ".join(looked)
    raise NoStore(f"there is no manifest: name the store in DUMBWAITER_STORE (looked for {places})", NO_STORE)


def _users_manifest() -> Optional[pathlib.Path]:
    config, home = os.environ.get("XDG_CONFIG_HOME", ""), os.environ.get("HOME")
    folder = config if os.path.isabs(config) else home and os.path.join(home, ".config")
    return pathlib.Path(folder, "dumbwaiter", "dumbwaiter.toml") if folder else None


def _store_of(manifest: pathlib.Path) -> str:
    try:
        text = manifest.read_text("utf-8")
        store = _parse(text)
    except (OSError, ValueError) as reason:
        raise NoStore(f"{manifest}: {reason}; name the store in DUMBWAITER_STORE", NO_STORE) from None
    if not isinstance(store, str) or not store:
        raise NoStore(f"{manifest}: store is not the path of a folder", NO_STORE)
    return store


def _parse(text: str) -> Any:
    try:
        import tomllib
    except ImportError:
        return store_key(text)
    settings = tomllib.loads(text).get("dumbwaiter", {})
    return settings.get("store", _DEFAULT) if isinstance(settings, dict) else None


def store_key(text: str) -> str:
    """`store` of the table [dumbwaiter], for Pythons before 3.11. ValueError: it is written in a way that takes more
    of TOML than strings on one line."""
    table = ""
    if '"""' in text or "'''" in text:
        raise ValueError("strings of several lines are not read before Python 3.11")
    for line in text.splitlines():
        header = _TABLE.match(line)
        if header:
            table = header[1].strip("\"'")
            continue
        if table == "dumbwaiter":
            store = _STORE.match(line)
            if store:
                return _unescape(store[1]) if store[1] is not None else store[2]
            if re.match(r"\s*[\"']?store\b", line):
                raise ValueError("store is not a string of one line")
        if not table and re.match(r"\s*[\"']?dumbwaiter\b", line):
            raise ValueError("the settings are not a [dumbwaiter] table, which is not read before Python 3.11")
    return _DEFAULT


def _unescape(text: str) -> str:
    def plain(found: re.Match) -> str:
        code = found[1]
        if code[0] in "uU" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code not in _ESCAPED:
            raise ValueError(f"\\{code} is no escape")
        return _ESCAPED[code]

    return _ESCAPE.sub(plain, text)
