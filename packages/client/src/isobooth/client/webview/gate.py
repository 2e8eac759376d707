"""Who may come in: secrets, what a request must carry, what every answer carries, and how much is taken.

There are two origins, so that the browser keeps the plugin's page away from everything but itself: the *frame* (ours,
with the websocket) and the *page* (the plugin's). Both listen on 127.0.0.1 only. A request names the right host, so
that no name of somebody else's that points here will do; it knows a secret of 128 bits; and a websocket comes from the
frame.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
MOST_MESSAGES_PER_SECOND = 200.0
MOST_AT_ONCE = 400
TICKET_SECONDS = 120.0


def new_secret() -> str:
    """128 bits that nobody guesses, as text that fits in an address."""
    return secrets.token_hex(16)


def is_same(given: str, secret: str) -> bool:
    """Compare without telling through time how much of it is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode())


@dataclass
class Site:
    """One of the two origins."""

    secret: str = field(default_factory=new_secret, repr=False)
    port: int = 0
    """Set once it listens."""

    @property
    def host(self) -> str:
        """What a Host header must say."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def origin(self) -> str:
        """What an Origin header must say."""
        return f"http://{self.host}"

    @property
    def root(self) -> str:
        """Address below which everything is."""
        return f"{self.origin}/{self.secret}/"

    def inside(self, path: str) -> str | None:
        """What follows the secret in a path; None for one without it."""
        _, _, rest = path.partition("/")
        given, slash, below = rest.partition("/")
        return below if slash and is_same(given, self.secret) else None

    def admits(self, hosts: Iterable[str], origins: Iterable[str], fetch_site: str) -> bool:
        """Do the headers of a request speak of this site? ``origins`` may be none: not every request has one."""
        return list(hosts) == [self.host] and set(origins) <= {self.origin} and fetch_site != "cross-site"


class Tickets:
    """Addresses that open once: what stands on a browser's command line can be read by others on this machine."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._valid: dict[str, float] = {}

    def issue(self) -> str:
        """A new one, good for TICKET_SECONDS."""
        ticket = new_secret()
        self._valid[ticket] = self._clock() + TICKET_SECONDS
        return ticket

    def redeem(self, given: str) -> bool:
        """Is this one good? It is not, afterwards."""
        now = self._clock()
        found = [ticket for ticket in self._valid if is_same(given, ticket)]
        good = any(self._valid.pop(ticket) >= now for ticket in found)
        self._valid = {ticket: end for ticket, end in self._valid.items() if end >= now}
        return good


class Allowance:
    """How long to wait before one more message is taken: so many a second, a few at once."""

    def __init__(
        self,
        rate: float = MOST_MESSAGES_PER_SECOND,
        burst: int = MOST_AT_ONCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._clock = clock
        self._left = self._burst
        self._then = clock()

    def take(self) -> float:
        """Take one; seconds to wait for it, 0 for none."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._then) * self._rate)
        self._then = now
        self._left -= 1.0
        return max(0.0, -self._left / self._rate)


# -- what answers carry -----------------------------------------------------------------------------------------------

_ALWAYS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def frame_headers(frame: Site, page_origin: str) -> dict[str, str]:
    """For everything of the frame: only its own scripts, only its own websocket, only the page inside."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": f"ws://{frame.host}",
        "frame-src": page_origin,
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        **_ALWAYS,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Content-Security-Policy": _policy(policy),
    }


def page_headers(frame: Site) -> dict[str, str]:
    """For everything of the plugin's: it may do what it likes with what it has, and reach nothing else."""
    policy = {
        "default-src": "'self' data: blob: 'unsafe-inline' 'unsafe-eval'",
        "connect-src": "'self' data: blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'none'",
        "frame-ancestors": frame.origin,
    }
    return {**_ALWAYS, "Content-Security-Policy": _policy(policy)}


def _policy(parts: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in parts.items())
