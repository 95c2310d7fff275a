# SPDX-License-Identifier: BSD-3-Clause
#
# The package's face: what `import dumbwaiter` offers.
"""Reads the newest values, history and error reports that a dumbwaiter host keeps.

    import dumbwaiter
    dumbwaiter.get_value("count")

reads the default store: $DUMBWAITER_STORE, else the one of the manifest. `dumbwaiter.open(path)` opens any other.
"""
from __future__ import annotations

import os
from typing import Any, Dict, Optional, Tuple, Union

from .errors import Damaged, Denied, Error, NoStore, Unsupported
from .places import find_store
from .reading import Reading
from .store import Store
from .times import Time

__all__ = ["Damaged", "Denied", "Error", "NoStore", "Reading", "Store", "Time", "Unsupported", "get_value", "open"]

_default_stores: Dict[Tuple[Optional[str], Optional[str]], Store] = {}


def open(path: Union[str, "os.PathLike[str]"]) -> Store:  # noqa: A001
    """Opens the store in the folder `path` for reading. NoStore: there is none; Denied: no access."""
    return Store(path)


def get_value(name: str, default: Any = None) -> Any:
    """The newest value of a name in the default store, or `default` if there is none.

    The manifest is looked for at the first call only. NoStore: there is no store yet; the next call looks again."""
    place = os.environ.get("DUMBWAITER_STORE"), os.environ.get("DUMBWAITER_MANIFEST")
    store = _default_stores.get(place)
    if store is None:
        store = _default_stores.setdefault(place, Store(find_store()))
    return store.get_value(name, default)
