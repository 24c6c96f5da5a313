"""Signing a checkpoint's note with the installation's key, and checking one."""

from collections.abc import Iterable

from compliance.domain.signed_note import Checkpoint, SignedNote, key_id_of
from compliance.gateways.manifest_keys import ManifestKeys, is_signed_by


def sign_note(checkpoint: Checkpoint, keys: ManifestKeys) -> SignedNote:
    """The checkpoint under the signature of the current key, which is named as the origin is."""
    key_id = key_id_of(checkpoint.origin, keys.current_public_key())
    return SignedNote(checkpoint, checkpoint.origin, key_id, keys.sign(checkpoint.text().encode()))


def is_note_signed(note: SignedNote, public_keys: Iterable[bytes]) -> bool:
    """Whether one of ``public_keys`` (32 bytes each) has signed the note under the id that the note gives."""
    text = note.checkpoint.text().encode()
    return any(
        key_id_of(note.key_name, key) == note.key_id and is_signed_by(key, text, note.signature) for key in public_keys
    )
