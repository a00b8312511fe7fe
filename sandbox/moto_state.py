"""moto's memory, kept in the store: everything it holds for an account is one pickled value.

One value per account, and not one per service, because backends share objects (a load balancer holds its subnets): what
is one object must stay one object. References to backends themselves are written as names and looked up again, so that
state is restored *into* the live backends and nothing holds a stale copy of one.
"""

from __future__ import annotations

import hashlib
import io
import logging
import pickle
import threading
from collections import defaultdict
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakValueDictionary

import dill  # type: ignore[import-untyped] # comes with Pulumi, without types
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key
from cryptography.x509 import Certificate, load_der_x509_certificate
from moto import backends
from moto.awslambda_simple.models import lambda_simple_backends
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.models import DEFAULT_ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from sandbox.store import Store

logger = logging.getLogger(__name__)

_PREFIX = "moto/"
_LOCKS = {type(threading.Lock()): threading.Lock, type(threading.RLock()): threading.RLock}
_PRIVATE_KEYS = (RSAPrivateKey, EllipticCurvePrivateKey)  # of KMS and ACM

BackendName = tuple[str, str, str]
"""moto's package, account, region (or partition)."""


class MotoState:
    """Saves what changed, restores everything. The caller holds the sandbox's lock round every call."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._saved: dict[str, bytes] = {}

    def restore(self) -> None:
        """Bring back all accounts. Called once, before the first request."""
        for key in self._store.keys(_PREFIX):
            value = cast("bytes", self._store.get(key))
            for name, state in _Unpickler(io.BytesIO(value)).load().items():
                _backend(name).__dict__.update(state)
            self._saved[key] = _digest(value)
        _restore_bucket_names()

    def save(self) -> None:
        """Write every account whose state is not what was written last; it is on file when this returns."""
        changed = {}
        for account, states in _live_states().items():
            key = f"{_PREFIX}{account}"
            value = _pickled(states)
            digest = _digest(value)
            if self._saved.get(key) != digest:
                changed[key] = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
                self._saved[key] = digest
        if changed:
            self._store.put_pickled(changed)


def _live_states() -> dict[str, dict[BackendName, dict[str, Any]]]:
    states: dict[str, dict[BackendName, dict[str, Any]]] = {}
    live: list[BackendDict[Any]] = list(vars(BackendDict)["_instances"])  # moto has no public list of them
    for backend_dict in live:
        for account, region, backend in backend_dict.iter_backends():
            if (
                account == DEFAULT_ACCOUNT_ID
            ):  # where moto puts what it needs to find its URLs; nobody can sign in to it
                continue
            states.setdefault(account, {})[_package(backend), account, region] = backend.__dict__
    return states


def _pickled(states: dict[BackendName, dict[str, Any]]) -> bytes:
    try:
        return _dump(states)
    except Exception:
        # One service's state does not pickle: keep the others', and say which one will be lost.
        logger.exception("not everything of moto's state can be stored; looking for what can")
    return _dump({name: state for name, state in states.items() if _pickles(name, state)})


def _pickles(name: BackendName, state: dict[str, Any]) -> bool:
    try:
        _dump(state)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others' state must be kept
        logger.warning("state of %s is not stored and will be lost at a restart: %s", "/".join(name), error)
        return False
    return True


def _dump(value: object) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: object) -> BackendName | None:
        if isinstance(value, BaseBackend):
            return (_package(value), value.account_id, value.region_name)
        return None

    def reducer_override(self, value: Any) -> Any:  # noqa: ANN401 - the signature of pickle
        if isinstance(value, FunctionType) and "<" in value.__qualname__:  # a lambda or an inner function
            return dill.loads, (dill.dumps(value),)
        if type(value) in _LOCKS:
            return _LOCKS[type(value)], ()
        if isinstance(value, defaultdict) and type(value) is not defaultdict:
            return _rebuilt_dict, (type(value), value.default_factory), vars(value), None, iter(value.items())
        if isinstance(value, WeakValueDictionary):
            return WeakValueDictionary, (), None, None, iter(value.items())
        return _as_der(value)


def _rebuilt_dict(kind: type[defaultdict[Any, Any]], factory: Callable[[], Any] | None) -> defaultdict[Any, Any]:
    """A dictionary of moto's own class, whose constructor pickle does not know how to call."""
    made = kind.__new__(kind)
    defaultdict.__init__(made, factory)
    return made


def _as_der(value: object) -> Any:  # noqa: ANN401 - as of `reducer_override`
    """Keys and certificates, which pickle knows nothing of."""
    if isinstance(value, _PRIVATE_KEYS):
        return _private_key, (value.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),)
    if isinstance(value, Certificate):  # of ACM
        return _certificate, (value.public_bytes(Encoding.DER),)
    return NotImplemented


def _private_key(content: bytes) -> PrivateKeyTypes:
    return load_der_private_key(content, password=None)


def _certificate(content: bytes) -> Certificate:
    return load_der_x509_certificate(content)


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, name: BackendName) -> BaseBackend:
        return _backend(name)


def _package(backend: BaseBackend) -> str:
    return type(backend).__module__.split(".")[1]


def _backend(name: BackendName) -> BaseBackend:
    """The live backend of that name, made without moto's initial content if it is not there yet."""
    package, account, region = name
    # moto's own index of backends does not find the one that runs no code.
    found_by_name = lambda_simple_backends if package == "awslambda_simple" else backends.get_backend(package)  # type: ignore[call-overload]
    backend_dict = cast("BackendDict[Any]", found_by_name)
    regions = backend_dict[account]
    if region not in list(regions.keys()):
        kind: type[BaseBackend] = backend_dict.backend
        empty = kind.__new__(kind)
        BaseBackend.__init__(empty, region, account)
        regions[region] = empty
    found: BaseBackend = regions[region]
    return found


def _restore_bucket_names() -> None:
    """Bucket names are global, so moto has an index of their owners beside the backends."""
    s3: Any = backends.get_backend("s3")
    for account, partition, backend in s3.iter_backends():
        for bucket in backend.buckets:
            s3.bucket_accounts[bucket] = (partition, account)


def _digest(value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=16).digest()
