"""Addresses of the servers that the suite runs on."""

from urllib.parse import urlsplit


def redis_beside(address: str, steps: int) -> str:
    """Another of the sixteen databases of this Redis; an address without a number means the first."""
    parts = urlsplit(address)
    return parts._replace(path=f"/{(int(parts.path.strip('/') or 0) + steps) % 16}").geturl()
