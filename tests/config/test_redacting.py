"""Forty planted secrets and personal values, logged in every way there is: none of them is in the lines."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from config.log_settings import _SHARED_PROCESSORS, processors_of
from config.redacting import GONE, redacted, redacted_text

BY_NAME = {
    "password": "correct horse battery staple", "new_password": "hunter2-hunter2", "client_secret": "cs_7f6a1b2c3d4e5f",
    "secret": "s3cr3t-of-ours", "access_token": "tok_9f8e7d6c5b4a", "refresh_token": "ref_123456789", "token": "plain-token-77",
    "Authorization": "Bearer abcdefghijklmnop", "Cookie": "countinghouse-session=ab12cd34ef", "Set-Cookie": "x=yz-verysecret",
    "api_key": "ak-00112233", "private_key": "MC4CAQAwBQYDK2VwBCIEI", "signing_key": "ed25519-zzzz", "csrf_token": "csrf-abc-xyz",
    "csrfmiddlewaretoken": "mwt-0987", "sessionKey": "sess-424242", "totp_secret": "JBSWY3DPEHPK3PXP", "otp": "492039",
    "recovery_code": "r3c0-very", "Signature": "sig1=:K2qGT5srn2OGbOIDzQ6kYT:", "wrapped_key": "wrapped-bytes",
    "COUNTINGHOUSE_VAULT_KEYS": "kek-1:AAECAwQFBgc", "plaintext": "clear as day",
    "full_name": "Maren Lindqvist", "legal_name": "Isidro Carmona", "date_of_birth": "1979-03-14", "birth_date": "1966-07-30",
    "address": "Kvarngatan 8, Stockholm", "national_id": "19790314-0000", "tax_id": "SE19790314", "email": "maren@mail.example",
    "phone": "+46 70 000 20 41", "passport_number": "P1234567", "iban": "CH9300762011623852957", "details": "Calle del Olmo 21",
}  # fmt: skip

IN_TEXT = {
    "GET /x HTTP/1.1 Authorization: Bearer eyJhbGciOiJFZERTQSJ9.e30.abc": "eyJhbGciOiJFZERTQSJ9",
    "connect postgres://cth_app:pa55-w0rd@db.example/countinghouse failed": "pa55-w0rd",
    "invitation for takumi.watanabe@mail.example sent": "takumi.watanabe",
    'body was {"client_secret": "cs_in_text", "amount": "1"}': "cs_in_text",
    "form: password=open+sesame&next=/ops/": "open+sesame",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----": "MC4CAQAwBQYDK2Vw",
    "DETAIL:  Failing row contains (1, Takumi Watanabe, (a), 4).": "Takumi Watanabe",
    "duplicate key\nDETAIL:  Key (full_name)=(Maren (the 2nd) Berg) already exists.": "Maren",
    "totp_secret='KRSXG5CTMVRXEZLU' was refused": "KRSXG5CTMVRXEZLU",
    "sessionid=abcd1234efgh; path=/": "abcd1234efgh",
}


@pytest.fixture(params=[True, False], ids=["production", "embedded"])
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """The house's logging, written here."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED_PROCESSORS, processors=processors_of(is_production=request.param)
        )
    )
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def none_of_them(text: str) -> None:
    planted = [*BY_NAME.values(), *IN_TEXT.values()]
    assert len(planted) >= 40
    assert [value for value in planted if value in text] == []


def test_no_planted_value_is_in_a_line_of_ours_by_name_nested_or_bound(lines: io.StringIO) -> None:
    log = structlog.get_logger("planted")
    for name, value in BY_NAME.items():
        log.warning("an event", **{name.replace("-", "_"): value})
        log.warning("deeper", request={"headers": [{name: value}], "n": 1})
    with structlog.contextvars.bound_contextvars(**{name.replace("-", "_"): value for name, value in BY_NAME.items()}):
        log.warning("bound")
    none_of_them(lines.getvalue())
    assert lines.getvalue().count(GONE) >= 3 * len(BY_NAME)


def test_no_planted_value_is_in_a_librarys_line_or_in_an_exception(lines: io.StringIO) -> None:
    foreign, log = logging.getLogger("library"), structlog.get_logger("planted")
    for text in IN_TEXT:
        foreign.warning("it said: %s", text)
        foreign.warning(text.replace("%", "%%"))
        log.warning(text)
        log.warning("with an error", error=text, causes=[text], cause=ValueError(text))
        try:
            raise ValueError(text)
        except ValueError:
            foreign.exception("failed")
            log.exception("failed")
    none_of_them(lines.getvalue())
    assert "ValueError" in lines.getvalue()
    assert "Traceback" in lines.getvalue()


def test_locals_of_a_traceback_are_not_written(lines: io.StringIO) -> None:
    def work(password: str) -> None:
        raise RuntimeError("something else")

    try:
        work(BY_NAME["password"])
    except RuntimeError:
        structlog.get_logger("planted").exception("failed")
    none_of_them(lines.getvalue())


def test_what_is_not_secret_is_written_as_it_is(lines: io.StringIO) -> None:
    structlog.get_logger("plain").warning(
        "order refused", order_id="019ab", amount="1.50", attempts=3, is_token=True, password=None, queues=["a", "b"]
    )
    text = lines.getvalue()
    for part in ("order refused", "019ab", "1.50", "attempts", "queues"):
        assert part in text
    assert GONE not in text


def test_bytes_are_counted_and_depth_is_bounded() -> None:
    assert redacted({"body": b"\x00\x01secret"}) == {"body": "[8 bytes]"}
    deep: dict[str, object] = {"n": "bottom"}
    for _ in range(20):
        deep = {"n": deep}
    assert "bottom" not in json.dumps(redacted(deep))


def test_text_without_secrets_stays() -> None:
    for text in ("connect postgres://cth_app@db.example/house", "order A-1 at 60000.50", "tokens: none left", "a@b"):
        assert redacted_text(text) == text
