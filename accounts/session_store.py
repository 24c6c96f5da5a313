"""Where sessions are kept: in the database, under the hash of their key, with what "My sessions" shows about them.

The browser alone has the key. Django's own store keeps it in the open; ours differs in that and in the columns beside the data.
"""

from typing import Any

from django.contrib.sessions.backends import db

from accounts.domain.secrets import secret_sha256
from accounts.models import StaffSession
from core import clock
from core.pages.access import SIGNED_IN_AT

ADDRESS, BROWSER = "address", "browser"
_PERSON = "_auth_user_id"


class SessionStore(db.SessionStore):
    """Django's store of sessions over ``StaffSession``."""

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        """The table of the sessions."""
        return StaffSession

    def exists(self, session_key: str) -> bool:
        """Whether there is a session of this key."""
        return StaffSession.objects.filter(session_key=secret_sha256(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> StaffSession:
        """The row that keeps ``data``: whose it is and since when stands beside, so that a person finds their own."""
        person = data.get(_PERSON)
        return StaffSession(
            session_key=secret_sha256(self._get_or_create_session_key()),  # type: ignore[attr-defined]  # Django's own
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            staff_id=person,
            signed_in_at=(data.get(SIGNED_IN_AT) or clock.now()) if person else None,
            last_seen_at=clock.now(),
            address=data.get(ADDRESS),
            browser=data.get(BROWSER, ""),
        )

    def delete(self, session_key: str | None = None) -> None:
        """End the session of this key, or this one; one that has ended already is no fault."""
        key = session_key or self.session_key
        if key is not None:
            StaffSession.objects.filter(session_key=secret_sha256(key)).delete()

    def _get_session_from_db(self) -> StaffSession | None:
        if self.session_key is None:
            return None
        found = StaffSession.objects.filter(
            session_key=secret_sha256(self.session_key), expire_date__gt=clock.now()
        ).first()
        if found is None:
            self._session_key = None
        return found
