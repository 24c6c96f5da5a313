"""How the back office is put together of the apps' screens."""
