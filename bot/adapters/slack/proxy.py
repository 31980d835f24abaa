"""Which proxy an address is reached by.

slack_sdk takes HTTPS_PROXY for every address and never looks at NO_PROXY; aiohttp's own
`trust_env` looks, but also takes passwords from ~/.netrc. So the answer is found here, and
both are told.
"""

from __future__ import annotations

import ipaddress
import urllib.request
from urllib.parse import urlsplit


def proxy_for(url: str) -> str | None:
    """The proxy's address by the usual variables; None for loopback and for NO_PROXY's hosts."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all") or None


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
