"""Buses that change while a plugin is being activated for others."""

from types import SimpleNamespace

import pytest

from isobooth.client.renewal import MOST_ATTEMPTS, activate_anew
from isobooth.protocol.errors import PluginError, SegmentError


class Booth:
    """Refuses so many activations; ``tells`` of other buses before it answers what it is asked next."""

    is_dead = False

    def __init__(self, player, refusals, *, tells=True):
        self.player, self.refusals, self.tells = player, refusals, tells
        self.attempts = 0

    def activate(self, event_bytes):
        self.attempts += 1
        if self.attempts <= self.refusals:
            raise SegmentError("other channels") if self.attempts % 2 else PluginError("other buses")
        return event_bytes

    def ask(self, *_):
        self.player.rebuild = self.tells


def test_it_tries_again_where_others_are_told_of():
    player = SimpleNamespace(rebuild=True)
    booth = Booth(player, MOST_ATTEMPTS - 1)
    assert activate_anew(player, booth, 64) == 64
    assert booth.attempts == MOST_ATTEMPTS
    assert not player.rebuild


@pytest.mark.parametrize(("tells", "attempts"), [(False, 1), (True, MOST_ATTEMPTS)])
def test_it_gives_up_and_is_still_to_be_done(tells, attempts):
    player = SimpleNamespace(rebuild=True)
    booth = Booth(player, 100, tells=tells)
    with pytest.raises(SegmentError):
        activate_anew(player, booth, 64)
    assert booth.attempts == attempts
    assert player.rebuild


def test_news_that_come_with_the_activation_are_not_lost():
    player = SimpleNamespace(rebuild=True)
    booth = Booth(player, 0)
    booth.activate = lambda event_bytes: setattr(player, "rebuild", True) or event_bytes
    activate_anew(player, booth, 64)
    assert player.rebuild
