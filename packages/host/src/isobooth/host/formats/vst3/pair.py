"""A component and its controller, from createInstance to their end, in the order that VST3 asks for."""

from __future__ import annotations

from isobooth.protocol.errors import PluginError, PluginLoadError, StateError

from ... import __version__
from ..._core import ffi, lib
from ...plugin import CData, phase
from .factory import Factory
from .interface import OK, Interface, Warn, check, query, result_name, wrap
from .streams import NoState, give, written

_LEAK_TEXT = 512


class Pair:
    """Both halves of one plugin, initialised and connected. ``close`` ends them, ``free`` frees what is left.

    A plugin may be one object in both roles, or lack a controller.
    """

    def __init__(self, factory: Factory, class_id: bytes, name: str, mailbox: CData, vst3: CData, warn: Warn) -> None:
        """Raises PluginError or PluginLoadError, which name the step; nothing of the plugin is left then."""
        self._factory, self._name, self._warn = factory, name, warn
        self._initialised: list[Interface] = []
        self._links: list[tuple[Interface, CData]] = []
        self._others: list[Interface] = []
        self._found: dict[tuple[str, str], Interface | None] = {}
        self._receiver: Interface | None = None
        self.controller: Interface | None = None
        self._has_component = False
        self.host: CData = lib.ib_vst3_host_new(mailbox, vst3, f"isobooth {__version__}".encode())
        if self.host == ffi.NULL:
            raise PluginError(f"there is no memory for the host's side of {name!r}")
        try:
            with phase(lib.IB_PHASE_INSTANTIATE):
                factory.set_context(lib.ib_vst3_host_context(self.host))
                self.component = wrap(factory.create(class_id, lib.vst3_IComponent_iid), "IComponent")
                self._has_component = True
                self._initialise(self.component, "component")
                self.processor = self._find_processor()
                self._find_controller()
                self._connect()
            self.first_state = self.component_state()
            """What the component's getState wrote at first, None if it has no state."""
            self.tell_controller(self.first_state)
        except (PluginError, PluginLoadError):
            self.close()
            if not self.left_over():
                self.free()
            raise

    # -- birth ----------------------------------------------------------------------------------------------------

    def _initialise(self, half: Interface, what: str) -> None:
        context = ffi.cast("struct vst3_FUnknown *", lib.ib_vst3_host_context(self.host))
        check(half.initialize(context), f"initialize() of its {what}", self._name)
        self._initialised.append(half)

    def _find_processor(self) -> Interface:
        found = query(self.component, "IAudioProcessor", self._warn)
        if found is None:
            raise PluginError(f"{self._name!r} cannot play: its component has no IAudioProcessor")
        self._others.append(found)
        return found

    def _find_controller(self) -> None:
        """One object in both roles is asked first (ivsteditcontroller.h); else the class that the component names."""
        found = query(self.component, "IEditController", self._warn)
        if found is None:
            found = self._create_controller()
        if found is None:
            return
        self.controller = found
        handler = lib.ib_vst3_host_handler(self.host)
        result = found.setComponentHandler(handler)
        if result != OK:
            self._warn(f"setComponentHandler() returned {result_name(result)}: it may not tell what its user changes")

    def _create_controller(self) -> Interface | None:
        class_id = ffi.new("uint8_t[16]")
        result = self.component.getControllerClassId(class_id)
        if result != OK or not any(class_id):
            self._warn(f"it has no controller (getControllerClassId: {result_name(result)}), so it has no parameters")
            return None
        controller = wrap(self._factory.create(bytes(class_id), lib.vst3_IEditController_iid), "IEditController")
        try:
            self._initialise(controller, "controller")
        except (PluginError, PluginLoadError):
            controller.release()
            raise
        return controller

    @property
    def is_one_object(self) -> bool:
        """Is the controller the component in its other role?"""
        return self.controller is not None and self.controller not in self._initialised

    def _connect(self) -> None:
        """Let both halves send each other messages, through proxies that keep them on the main thread."""
        if self.controller is None:
            return
        self._receiver = query(self.controller, "IDataExchangeReceiver", self._warn)
        if self._receiver is not None:
            lib.ib_vst3_host_set_receiver(self.host, self._receiver.pointer)
        if self.is_one_object:
            return
        ends = [query(self.component, "IConnectionPoint"), query(self.controller, "IConnectionPoint")]
        self._others += [end for end in ends if end is not None]
        first, second = ends
        if first is None or second is None:
            return
        for end, other in ((first, second), (second, first)):
            proxy = lib.ib_vst3_proxy_new(self.host, end.pointer, other.pointer)
            if proxy == ffi.NULL:
                raise PluginError(f"there is no memory to connect the halves of {self._name!r}")
            self._links.append((end, proxy))
        for end, proxy in self._links:
            result = end.connect(proxy)
            if result != OK:
                self._warn(f"a half of it refused to be connected: {result_name(result)}")

    def of_controller(self, kind: str) -> Interface | None:
        """Interface ``kind`` of the controller, None if there is none. Released by ``close``."""
        return self._find(self.controller, "controller", kind)

    def of_component(self, kind: str) -> Interface | None:
        """Interface ``kind`` of the component; the same."""
        return self._find(self.component, "component", kind)

    def _find(self, half: Interface | None, what: str, kind: str) -> Interface | None:
        if half is None:
            return None
        if (what, kind) not in self._found:
            found = self._found[what, kind] = query(half, kind, self._warn)
            if found is not None:
                self._others.append(found)
        return self._found[what, kind]

    # -- the component's state, which the controller has to know -----------------------------------------------------

    def component_state(self) -> bytes | None:
        """What the component's getState writes, None if it has no state. A failure is a warning."""
        try:
            with phase(lib.IB_PHASE_STATE_SAVE):
                return written(self.host, self.component.getState, "getState() of its component")
        except NoState:
            return None
        except StateError as error:
            self._warn(str(error))
            return None

    def tell_controller(self, state: bytes | None) -> None:
        """setComponentState: let the controller show what the component has become."""
        if self.controller is None or state is None:
            return
        with phase(lib.IB_PHASE_STATE_LOAD):
            give(self.host, self.controller.setComponentState, state, "setComponentState() of its controller")

    # -- end ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Disconnect, terminate, release: the controller first. A second call does nothing."""
        with phase(lib.IB_PHASE_DESTROY):
            for end, proxy in self._links:
                end.disconnect(proxy)
            for _, proxy in self._links:
                lib.ib_vst3_proxy_close(proxy)
            self._links = []
            self._release_others()
            controller, joined = self.controller, self.is_one_object
            if controller is not None:
                controller.setComponentHandler(ffi.NULL)
                self._end(controller, terminate=not joined)
                self.controller = None
            if self._has_component:
                self._has_component = False
                self._end(self.component, terminate=True)

    def _release_others(self) -> None:
        if self._receiver is not None:
            lib.ib_vst3_host_set_receiver(self.host, ffi.NULL)
            self._receiver.release()
            self._receiver = None
        for other in self._others:
            other.release()
        self._others, self._found = [], {}

    def _end(self, half: Interface, *, terminate: bool) -> None:
        if terminate and half in self._initialised:
            self._initialised.remove(half)
            half.terminate()
        half.release()

    def left_over(self) -> str:
        """Close the host's side, after ``close``: what the plugin should have given back, empty if it did."""
        if self.host == ffi.NULL:
            return ""
        self._factory.set_context(ffi.NULL)
        registered = lib.ib_vst3_host_close(self.host)
        text = ffi.new("char[]", _LEAK_TEXT)
        objects = lib.ib_vst3_host_leaks(self.host, text, _LEAK_TEXT)
        kept = [f"{registered} timers or descriptors"] if registered else []
        kept += [str(ffi.string(text).decode("utf-8", "replace"))] if objects else []
        return ", ".join(kept)

    def free(self) -> None:
        """Free the host's side, what the plugin still holds as well: only once no code of it can run any more."""
        host, self.host = self.host, ffi.NULL
        if host != ffi.NULL:
            lib.ib_vst3_host_close(host)
            lib.ib_vst3_host_free(host)
