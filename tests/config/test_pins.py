"""A pin with another value is an error with its id, and a process with such a one ends before it takes work."""

import base64
from ipaddress import ip_network

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import override_settings
from psycopg.conninfo import make_conninfo

from accounts.domain.rate_limits import parse_limits
from accounts.gateways.key_ring import installed_ring
from config.checks import PINS, TAG, check_vault, unknown_variables
from config.live_pins import LivePin, ask_postgres
from config.refusing import EXIT_CONFIGURATION, refuse_other_pins

OTHER_VALUES = {
    "CELERY_BROKER_URL": "redis://localhost",
    "CELERY_BROKER_TRANSPORT_OPTIONS": {},
    "CHANNEL_LAYERS": {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}},
    "DATABASES": {"default": {"ATOMIC_REQUESTS": True}},
    "INSTALLED_APPS": ["daphne"],
    "SILENCED_SYSTEM_CHECKS": ["house.E001"],
    "CELERY_RESULT_BACKEND": "rpc://",
    "RATE_LIMITS": parse_limits("orders=101/100"),
    "TRUSTED_PROXIES": [ip_network("::/0")],
    "CELERY_TASK_QUEUES": [type("Plain", (), {"queue_arguments": {}})()],
}


def ids() -> set[str]:
    return {message.id for message in run_checks(tags=[TAG])}


def test_every_pin_holds_as_it_is():
    assert ids() == set()


@pytest.mark.parametrize("pin", PINS, ids=lambda pin: pin.id)
def test_another_value_is_not_accepted(pin):
    now = getattr(settings, pin.setting, None)
    assert not pin.accepts(OTHER_VALUES.get(pin.setting, not now if isinstance(now, bool) else "other"))


def test_a_changed_setting_is_an_error_with_its_reason():
    with override_settings(CELERY_TASK_ACKS_LATE=False):
        messages = [message for message in run_checks(tags=[TAG]) if message.id == "house.E001"]
    assert len(messages) == 1
    assert "loses the task of a killed worker" in messages[0].msg


def test_a_variable_that_nobody_reads_is_an_error(monkeypatch):
    monkeypatch.setenv("COUNTINGHOUSE_FAST_MODE", "1")
    assert unknown_variables() == ["COUNTINGHOUSE_FAST_MODE"]
    assert "house.E030" in ids()


KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def ring_is_read_again():
    installed_ring.cache_clear()
    yield
    installed_ring.cache_clear()


@pytest.mark.parametrize(
    ("keys", "index_key", "wrong"),
    [
        ("", "", True),
        (f"one:{KEY}", "", True),
        ("one:short", f"index:{KEY}", True),
        (f"one:{KEY}", f"index:{KEY}", True),
        (f"one:{KEY}", f"index:{base64.b64encode(bytes(32)).decode()}", False),
    ],
)
def test_production_starts_with_keys_of_its_own_alone(keys, index_key, wrong, ring_is_read_again):
    with override_settings(IS_PRODUCTION=True, VAULT_KEYS=keys, VAULT_INDEX_KEY=index_key):
        messages = check_vault(None)
    assert [message.id for message in messages] == (["house.E033"] if wrong else [])
    assert not any(KEY in f"{message.msg}{message.hint}" for message in messages)


def test_the_keys_have_a_database_and_it_is_another_one():
    house = settings.DATABASES["default"]
    same = make_conninfo(dbname=house["NAME"], host=house["HOST"], port=house["PORT"] or None, user="cth_keys")
    for conninfo, found in (("", "house.E031"), (same, "house.E032")):
        with override_settings(KEYS_DATABASE=conninfo):
            assert [message.id for message in check_vault(None)] == [found]


def test_a_lost_durability_holds_in_test_mode_alone():
    pin = LivePin("postgresql", "fsync", "off", ("on",), "", is_durability=True)
    assert pin.holds()
    with override_settings(MODE="embedded"):
        assert not pin.holds()


@pytest.mark.django_db
def test_postgres_is_asked_itself():
    said = {pin.setting: pin for pin in ask_postgres()}
    assert said["TimeZone"].found == "UTC"
    assert said["server_encoding"].found == "UTF8"
    assert said["database"].found == "test_…"
    assert all(pin.holds() for pin in said.values())


@pytest.mark.django_db(transaction=True)
def test_a_process_with_another_pin_ends_with_status_78(capsys):
    refuse_other_pins()
    with override_settings(CELERY_TASK_REJECT_ON_WORKER_LOST=False), pytest.raises(SystemExit) as ended:
        refuse_other_pins()
    assert ended.value.code == EXIT_CONFIGURATION == 78
    assert "refused to start: house.E002" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_the_doctor_prints_every_pin_and_ends_with_78_when_one_differs(capsys):
    call_command("doctor")
    said = capsys.readouterr().out
    assert "all pins hold" in said
    assert "ok    house.E001" in said
    assert "synchronous_commit" in said
    with override_settings(CELERY_TIMEZONE="Europe/Paris"), pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 78
    assert "WRONG house.E012" in capsys.readouterr().out
