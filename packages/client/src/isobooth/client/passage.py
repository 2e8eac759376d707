"""One array on its way through a plugin; where calls may wait, from a booth that dies to the one that takes its place.

What did not come back is played again by the new booth, so that nothing but the sound inside is lost; a block that
kills two booths in a row is left out.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from isobooth.protocol.events import Event, ParamValue, encode_events

from ._core import lib
from .stream import Job

if TYPE_CHECKING:
    from .arrays import Array
    from .player import Player

POLICIES = {"raise": lib.IB_POLICY_STOP, "bypass": lib.IB_POLICY_BYPASS, "silence": lib.IB_POLICY_SILENCE}
"""What the core does where blocks do not come back, by ``on_crash``."""
_DEATHS = frozenset({lib.IB_STATUS_CRASHED, lib.IB_STATUS_LATE})


def carry(player: Player, audio: Array, output: Array, frames: int, events: list[Event] | None, flags: int) -> None:
    """Push an array through; on failure raise, or fill the output as the policy says. Raises Reshaped.

    With a patient player, a death is waited out: the rest goes through the player that takes this one's place.
    """
    player.check_idle()
    before = dict(player.known) if player.is_patient else {}
    whole = times, encoded = player.outgoing.encode(events, frames)
    start, fatal = 0, -1
    while True:
        player.tune()
        job = _job(player, audio[:, start:], output[:, start:], frames - start, times, encoded, flags)
        is_fatal = False
        if player.is_dead:
            player.fail()
        else:
            status = player.push(job, start)
            player.judge(status, int(job.job.failed_sequence))
            if status not in _DEATHS or not player.is_patient:
                return  # the core has done all there was to do
            is_fatal = start + int(job.job.done) == fatal
            if is_fatal:
                job.run_dry(player.stream, int(player.stream.geometry.max_frames))
        place = start + int(job.job.done)
        is_left = place < frames or not is_fatal
        heir = player.recovery(place) if player.is_patient and is_left else None
        if heir is None or heir.stream.outputs < output.shape[0]:
            job.run_dry(player.stream, frames)
            return
        times, encoded = _what_is_left(heir, before, events, place, whole)
        if place:
            flags &= ~lib.IB_BLOCK_RESET
        player, start, fatal = heir, place, -1 if is_fatal else place


def _job(
    player: Player, audio: Array, output: Array, frames: int, times: list[int], encoded: list[bytes], flags: int
) -> Job:
    """One array with its events, as the policies say."""
    o = player.options
    return Job(
        audio,
        output,
        frames=frames,
        times=times,
        events=encoded,
        flags=flags | (lib.IB_BLOCK_CONTINUES if player.pieces else 0),
        policy=POLICIES[o.on_crash],
        is_bypassed=player.is_bypassed,
        is_resumed=player.is_patient,
        patience=o.timeout,
    )


def _what_is_left(
    heir: Player, before: dict[int, float], events: list[Event] | None, place: int, whole: tuple[list[int], list[bytes]]
) -> tuple[list[int], list[bytes]]:
    """Events from frame ``place`` on, behind what brings parameters to where they were there."""
    heir.reactivate()
    _, head = heir.outgoing.encode(None, 0)  # every parameter that was ever set, those of this call as at its end
    changes = [(heir.outgoing.id_of(event.parameter), event) for event in _plain(events or [])]
    there = {number: before[number] for number, _ in changes if number in before}
    there |= {number: event.value for number, event in changes if event.time < place}
    head += encode_events([ParamValue(number, value) for number, value in there.items()], int)[1]
    times, encoded = whole
    first = bisect_left(times, place)
    return [0] * len(head) + [time - place for time in times[first:]], head + encoded[first:]


def _plain(events: list[Event]) -> list[ParamValue]:
    """Changes of parameters for all notes, in order."""
    found = [one for one in events if isinstance(one, ParamValue) and one.key == one.note_id == -1]
    return sorted(found, key=lambda event: event.time)
