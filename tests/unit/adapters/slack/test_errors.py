"""What became of the certificate is said, because it is the one network error one can mend."""

import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from bot.adapters.slack.errors import translated
from bot.errors import Temporary

pytestmark = pytest.mark.unit


def test_a_certificate_nobody_trusts_names_the_variable_that_mends_it() -> None:
    key = ConnectionKey("slack.com", 443, True, True, None, None, None)
    broken = aiohttp.ClientConnectorCertificateError(key, ssl.SSLError("self-signed"))
    error = translated("auth.test", broken)
    assert isinstance(error, Temporary)
    assert "SSL_CERT_FILE" in error.hint
