"""Over TLS: a certificate that is trusted, one that is not, and a server that never shakes hands."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from questions.coach import llm
from questions.coach.llm import ModelError, ModelSettings, model_grade
from tests.openai_server import OpenAIServer
from tests.questions.test_llm import REQUEST, Naps, grade


@pytest.fixture(autouse=True)
def _fresh_process() -> Iterator[None]:
    llm.forget_servers()
    yield
    llm.forget_servers()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "server.pem"
    path.write_bytes(private + made.public_bytes(pem))
    return path


@pytest.fixture
def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_trusted_server_grades(
    certificate: Path, server_side: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with OpenAIServer("ok", tls=server_side) as server:
        assert grade(server).score == 0.8


def test_a_certificate_that_is_not_trusted_ends_at_once(server_side: ssl.SSLContext) -> None:
    with OpenAIServer("ok", tls=server_side) as server:
        with pytest.raises(ModelError) as raised:
            grade(server)
        assert server.calls == []
    assert (raised.value.kind, raised.value.retry_helps, raised.value.attempts) == ("certificate", False, 1)


@pytest.mark.timeout(30)
def test_the_deadline_holds_in_the_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = ModelSettings(f"https://127.0.0.1:{silent.getsockname()[1]}/v1", "", "scripted-1", 1)
        with pytest.raises(ModelError) as raised:
            model_grade(REQUEST, settings, sleep=Naps())
    assert raised.value.kind == "timeout"
