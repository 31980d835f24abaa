"""A certificate authority for one run: PagerDuty's client insists on https.

`ca.pem` is what the bot trusts (`SSL_CERT_FILE`); the keys never leave this process, except
for the moment OpenSSL reads the server's from a private file.
"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import trustme


def server_context(directory: Path) -> tuple[ssl.SSLContext, Path]:
    """A TLS context for 127.0.0.1 and localhost, and the path of the authority's certificate."""
    directory.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    path = directory / "ca.pem"
    waiting = path.with_name(f".{path.name}.{os.getpid()}")
    authority.cert_pem.write_to_path(str(waiting))
    waiting.replace(path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context, path
