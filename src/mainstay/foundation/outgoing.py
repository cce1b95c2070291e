"""One POST to an address somebody named: to public hosts only, to the very address that was
checked, without following redirects. The rest of the product calls nobody.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from mainstay.foundation.errors import AddressNotAllowed

PATIENCE = 5.0
"""Seconds to wait for a connection, and for each part of the answer."""
READ = 1_024
"""Bytes of the answer that are looked at."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked(url: str) -> SplitResult:
    """The parts of an address we may call: https, a host, no name or password, no fragment.

    Raises ``AddressNotAllowed``. Where private hosts are allowed, http is too.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressNotAllowed(url=url) from error
    schemes = ("https", "http") if settings.WEBHOOKS_TO_PRIVATE else ("https",)
    plain = parts.username is None and parts.password is None and not parts.fragment
    is_clean = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in schemes or not parts.hostname or not plain or not is_clean or port == 0:
        raise AddressNotAllowed(url=url)
    return parts


def resolve(host: str, port: int) -> str:
    """The IP address to call. Raises ``AddressNotAllowed`` if any of the host's is not public, and
    ``OSError`` where there is none.
    """
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a part of the name is empty or too long
        raise AddressNotAllowed(url=host) from error
    found = [str(entry[4][0]) for entry in entries]
    if not settings.WEBHOOKS_TO_PRIVATE:
        for text in found:
            if not is_public(ipaddress.ip_address(text.partition("%")[0])):
                raise AddressNotAllowed(url=host)
    return found[0]


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet, and so is the IPv4 address it may stand for."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if not all(is_public(one) for one in inner if one is not None):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not address.is_multicast


class _Pinned(http.client.HTTPConnection):
    """A connection to one IP address, by the name it was looked up under."""

    def __init__(self, parts: SplitResult) -> None:
        secure = parts.scheme == "https"
        super().__init__(
            str(parts.hostname), parts.port or (443 if secure else 80), timeout=PATIENCE
        )
        self._secure = secure

    def connect(self) -> None:
        """Connect to the address that was checked: a second look-up could tell another."""
        raw = socket.create_connection((resolve(self.host, self.port), self.port), PATIENCE)
        if not self._secure:
            self.sock = raw
            return
        try:
            self.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host)
        except BaseException:
            raw.close()
            raise


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send it; the status of the answer, a redirect as any other.

    Raises ``AddressNotAllowed``; ``OSError`` or ``HTTPException`` where no answer came.
    """
    parts = checked(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _Pinned(parts)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read(READ)
        return answer.status
    finally:
        connection.close()
