"""What only its holder knows: addresses of runs, keys to them, and who a visitor is. Only hashes are kept."""

import hashlib
import hmac
import re
import secrets

RUN_ID = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def token() -> str:
    """128 bits that nobody guesses, as 22 characters for a URL or the name of a folder."""
    return secrets.token_urlsafe(16)


def digest(secret: str) -> str:
    """The hash that is kept of a token; a token has enough bits to need no salt."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two digests are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
