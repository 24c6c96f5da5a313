"""One key signs; every key that ever signed stays known; a stranger's signature is none."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.gateways.manifest_keys import KeyUnusable, ManifestKeys


def test_what_is_signed_is_recognised_and_a_flipped_bit_is_not(tmp_path: Path) -> None:
    keys = ManifestKeys(tmp_path, may_create=True)
    key_id, signature = keys.current_id(), keys.sign(b"report")
    assert keys.is_signed(key_id, b"report", signature)
    assert not keys.is_signed(key_id, b"Report", signature)
    assert not keys.is_signed(key_id, b"report", bytes([signature[0] ^ 1]) + signature[1:])
    assert not keys.is_signed(key_id, b"report", b"")


def test_a_stranger_has_signed_nothing(tmp_path: Path) -> None:
    keys = ManifestKeys(tmp_path, may_create=True)
    stranger = Ed25519PrivateKey.generate()
    assert not keys.is_signed(keys.current_id(), b"report", stranger.sign(b"report"))
    assert not keys.is_signed("0123456789abcdef", b"report", stranger.sign(b"report"))
    assert not keys.is_signed("../signing", b"report", stranger.sign(b"report"))


def test_an_old_key_stays_known_after_a_new_one_came(tmp_path: Path) -> None:
    keys = ManifestKeys(tmp_path, may_create=True)
    old_id, old_signature = keys.current_id(), keys.sign(b"report")
    (tmp_path / "signing.pem").unlink()
    assert keys.current_id() != old_id
    assert keys.is_signed(old_id, b"report", old_signature)


def test_the_private_key_is_for_its_owner_only(tmp_path: Path) -> None:
    ManifestKeys(tmp_path, may_create=True).current()
    assert stat.S_IMODE((tmp_path / "signing.pem").stat().st_mode) == 0o600


def test_a_production_installation_does_not_make_up_a_key(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable):
        ManifestKeys(tmp_path, may_create=False).sign(b"report")


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: ManifestKeys(tmp_path, may_create=True).current_id(), range(16)))
    assert len(ids) == 1
