# SPDX-License-Identifier: BSD-3-Clause
#
# The store that nobody named: found as the command line finds it, through the environment and the manifest.
"""Finds the default store."""
from __future__ import annotations

import os
import pathlib
from typing import Any, Optional

from .errors import NO_STORE, NoStore
from .manifest import store_key

_DEFAULT = "dumbwaiter.store"


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
        store = store_key(text)
        return _DEFAULT if store is None else store
    settings = tomllib.loads(text).get("dumbwaiter", {})
    return settings.get("store", _DEFAULT) if isinstance(settings, dict) else None
