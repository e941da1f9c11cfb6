"""Downloads: what cannot be reached is told at once, not after minutes of trying again."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError

CONNECT = 8.0  # seconds for a connection to come about
_UNREACHABLE = "cannot be reached"


class Unreachable(ConnectionError):
    """A machine that could not be reached; the message names it."""


class NoDataset(OSError):
    """A data set that is not on this machine and cannot be downloaded; the message says so."""


Unreachable.__module__, Unreachable.__qualname__ = "builtins", "ConnectionError"
NoDataset.__module__, NoDataset.__qualname__ = "builtins", "OSError"  # for the program's traceback


class _Net:
    """What is known of the network: addresses that failed, and the last file that was asked for."""

    def __init__(self) -> None:
        self.failed: dict[str, str] = {}
        self.closed = False
        self.url = ""

    def check(self, host: str) -> None:
        if self.closed:
            raise Unreachable(f"{host} {_UNREACHABLE}: the network is not to be used")
        if host in self.failed:
            raise Unreachable(self.failed[host])

    def fail(self, host: str, error: OSError) -> Unreachable:
        self.failed[host] = f"{host} {_UNREACHABLE} ({error})"
        return Unreachable(self.failed[host])


_net = _Net()


def fail_fast() -> None:
    """Bound the time for a connection, and try no machine again that could not be reached."""
    resolve, connect = socket.getaddrinfo, socket.socket.connect
    names: dict[str, str] = {}  # of numbered addresses

    def resolved(host: Any, *args: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if _local(name):
            return resolve(host, *args, **named)
        _net.check(name)
        try:
            found = resolve(host, *args, **named)
        except OSError as error:
            raise _net.fail(name, error) from error
        names.update({str(entry[4][0]): name for entry in found})
        return found

    def connected(self: socket.socket, address: Any) -> None:
        outward = self.family in (socket.AF_INET, socket.AF_INET6)
        host = names.get(str(address[0]), str(address[0])) if outward else ""
        own = self.gettimeout()
        if not outward or _local(host) or own == 0.0:  # the last does not wait, whatever comes
            connect(self, address)
            return
        _net.check(host)
        self.settimeout(CONNECT if own is None else min(own, CONNECT))
        try:
            connect(self, address)
        except OSError as error:
            raise _net.fail(host, error) from error
        finally:
            self.settimeout(own)

    socket.getaddrinfo = resolved
    socket.socket.connect = connected  # type: ignore[method-assign, assignment]
    sys.addaudithook(_seen)


def _seen(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "urllib.Request":
        _net.url = str(arguments[0])


def _local(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1", "", "None", "0.0.0.0")


@contextmanager
def closed_network() -> Iterator[None]:
    """Within, nothing is downloaded: every connection fails at once."""
    _net.closed = True
    try:
        yield
    finally:
        _net.closed = False


def is_network(error: BaseException) -> bool:
    """Whether a download that failed led to an error."""
    return any(isinstance(e, Unreachable | HTTPError) for e in chain(error))


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those that led to it."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def unreachable(error: BaseException) -> str:
    """What the program would download and cannot, where that is what went wrong; else ""."""
    if isinstance(error, NoDataset):
        return str(error)
    if isinstance(error, HTTPError):
        return f"would download {error.url}, which answers {error.code} ({error.reason})"
    if isinstance(error, Unreachable):
        return f"would download {_net.url or 'a file'}, and {error}"
    return ""
