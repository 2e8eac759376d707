"""What a plugin asks of the transport through ITransportControl (ivsttransportcontrol.h), in the protocol's words."""

from __future__ import annotations

from isobooth.protocol.abilities import TransportRequested

from ..._core import lib

_BEFORE: dict[int, list[TransportRequested]] = {
    lib.VST3_Action_PlaybackStart: [TransportRequested(action="start")],
    lib.VST3_Action_PlaybackStop: [TransportRequested(action="stop")],
    lib.VST3_Action_PlaybackStopAndLocate: [TransportRequested(action="stop")],
    lib.VST3_Action_RecordOnPlaybackStart: [
        TransportRequested(action="record", values=[1.0]),
        TransportRequested(action="start"),
    ],
    lib.VST3_Action_RecordOff: [TransportRequested(action="record", values=[0.0])],
    lib.VST3_Action_RecordOffPlaybackStop: [
        TransportRequested(action="record", values=[0.0]),
        TransportRequested(action="stop"),
    ],
    lib.VST3_Action_RecordOffPlaybackStopAndLocate: [
        TransportRequested(action="record", values=[0.0]),
        TransportRequested(action="stop"),
    ],
    lib.VST3_Action_CycleOn: [TransportRequested(action="enable-loop", values=[1.0])],
    lib.VST3_Action_CycleOff: [TransportRequested(action="enable-loop", values=[0.0])],
}
"""What comes before the jump, if the action has one."""

_AFTER: dict[int, list[TransportRequested]] = {
    lib.VST3_Action_LocateAndPlaybackStart: [TransportRequested(action="start")],
    lib.VST3_Action_LocateAndRecordOnPlaybackStart: [
        TransportRequested(action="record", values=[1.0]),
        TransportRequested(action="start"),
    ],
}


def requests(action: int, position_type: int, position: float) -> list[TransportRequested]:
    """Of the numbers and the value of an IB_VST3_NOTICE_TRANSPORT, in the order in which they are to be done.

    ``position`` is in quarter notes; ``position_type`` is -1 for actions that have none.
    """
    jump = [TransportRequested(action="jump", values=[position])] if position_type >= 0 else []
    return [*_BEFORE.get(action, []), *jump, *_AFTER.get(action, [])]
