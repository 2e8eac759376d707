"""A VST3's factory: which classes a module has, and making objects of them (ipluginbase.h)."""

from __future__ import annotations

from dataclasses import dataclass

from isobooth.protocol.descriptors import PluginDescriptor
from isobooth.protocol.errors import PluginLoadError
from isobooth.protocol.phases import phase_name

from ..._core import ffi, lib
from ...plugin import CData, phase
from .features import features_of, split_categories
from .ids import id_text
from .interface import result_name, text16

AUDIO_CLASS = "Audio Module Class"
"""Category of the classes that are plugins (ivstaudioprocessor.h, kVstAudioEffectClass)."""
MOST_CLASSES = 10_000
"""Classes of one module that are looked at."""
_MOST_WARNINGS = 50
_NO_ID = bytes(16)


@dataclass(frozen=True)
class FactoryInfo:
    """Who made a module. All texts may be empty."""

    vendor: str = ""
    url: str = ""
    email: str = ""
    flags: int = 0
    """VST3_kUnicode and its like."""


@dataclass(frozen=True)
class ClassInfo:
    """What a factory says of one class."""

    cid: bytes
    """16 bytes, for ``Factory.create``."""
    category: str
    name: str
    index: int
    """Place among the factory's classes of all categories."""
    vendor: str = ""
    version: str = ""
    sdk_version: str = ""
    categories: tuple[str, ...] = ()
    """Sub-categories: ``Fx``, ``Dynamics``."""
    flags: int = 0
    """VST3_kDistributable: component and controller may live apart."""

    @property
    def id(self) -> str:
        """The class id as 32 upper-case hex digits."""
        return id_text(self.cid)

    def describe(self, path: str, index: int, info: FactoryInfo) -> PluginDescriptor:
        """What can be told without an instance; ``index`` is the place among the plugins of the file."""
        return PluginDescriptor(
            format="vst3",
            path=path,
            id=self.id,
            name=self.name or self.id,
            vendor=self.vendor or info.vendor,
            version=self.version,
            url=info.url,
            features=features_of(list(self.categories)),
            index=index,
        )


def _text(units: CData) -> str:
    """The text of a ``char[]`` or ``uint16_t[]`` that may lack its end. What is no UTF-8 or UTF-16 becomes U+FFFD."""
    if ffi.typeof(units).item.cname == "uint16_t":
        return text16(units)
    return bytes(ffi.buffer(units)).partition(b"\0")[0].decode("utf-8", "replace").strip()


class Factory:
    """The factory of one module, released by ``close``. ``path`` is for messages.

    Raises PluginLoadError where its table of functions has holes.
    """

    def __init__(self, pointer: CData, path: str) -> None:
        self._path = path
        self.warnings: list[str] = []
        with phase(lib.IB_PHASE_ENTRY):
            self._first: CData = self._checked(pointer, "IPluginFactory")
            self._extended: list[CData] = []
            self._second = self._query("IPluginFactory2")
            self._third = self._query("IPluginFactory3")
            self.info = self._read_info()
        with phase(lib.IB_PHASE_DESCRIBE):
            self.classes = self._read_classes()

    @property
    def plugins(self) -> list[ClassInfo]:
        """The classes that are plugins."""
        return [one for one in self.classes if one.category == AUDIO_CLASS]

    def set_context(self, context: CData) -> bool:
        """Give the factory the host's object, if it takes one; the factory may keep a reference until it is closed.

        Returns whether it did. A NULL context takes the object away again.
        """
        if self._third is None:
            return False
        with phase(lib.IB_PHASE_ENTRY):
            result = self._third.vtbl.setHostContext(self._third, ffi.cast("struct vst3_FUnknown *", context))
        return bool(result == lib.VST3_kResultOk)

    def create(self, cid: bytes, iid: CData) -> CData:
        """A new object of class ``cid``: one reference to its interface ``iid`` (lib.vst3_IComponent_iid), ``void *``.

        Raises PluginLoadError with what createInstance returned.
        """
        out = ffi.new("void **")
        with phase(lib.IB_PHASE_INSTANTIATE):
            result = self._first.vtbl.createInstance(self._first, ffi.new("uint8_t[16]", cid), iid, out)
        made: CData = out[0]
        if result == lib.VST3_kResultOk and made != ffi.NULL:
            return made
        if result == lib.VST3_kResultOk:
            cause = "createInstance returned kResultOk and no object"
        else:
            cause = f"createInstance returned {result_name(result)}"
        raise PluginLoadError(
            f"{self._path}: class {id_text(cid)} could not be created",
            path=self._path,
            plugin_id=id_text(cid),
            phase=phase_name(lib.IB_PHASE_INSTANTIATE),
            cause=cause,
            hint="what the plugin printed may say why",
        )

    def close(self) -> None:
        """Release the factory. A second call does nothing."""
        held, self._extended = [*self._extended, self._first], []
        self._second = self._third = None
        self._first = ffi.NULL
        with phase(lib.IB_PHASE_ENTRY):
            for pointer in held:
                if pointer != ffi.NULL:
                    pointer.vtbl.release(pointer)

    def _checked(self, pointer: CData, kind: str) -> CData:
        typed = ffi.cast(f"struct vst3_{kind} *", pointer)
        holes = _holes(typed)
        if not holes:
            return typed
        raise PluginLoadError(
            f"{self._path}: its factory lacks {', '.join(holes)}",
            path=self._path,
            phase=phase_name(lib.IB_PHASE_ENTRY),
            hint="the file is damaged, or was built against something that is not VST3",
        )

    def _query(self, kind: str) -> CData | None:
        out = ffi.new("void **")
        result = self._first.vtbl.queryInterface(self._first, getattr(lib, f"vst3_{kind}_iid"), out)
        if result != lib.VST3_kResultOk or out[0] == ffi.NULL:
            return None
        typed = ffi.cast(f"struct vst3_{kind} *", out[0])
        holes = _holes(typed)
        if holes:
            self.warnings.append(f"its {kind} lacks {', '.join(holes)} and is not used")
            return None
        self._extended.append(typed)
        return typed

    def _read_info(self) -> FactoryInfo:
        info = ffi.new("struct vst3_PFactoryInfo *")
        if self._first.vtbl.getFactoryInfo(self._first, info) != lib.VST3_kResultOk:
            return FactoryInfo()
        return FactoryInfo(_text(info.vendor), _text(info.url), _text(info.email), info.flags)

    def _read_classes(self) -> list[ClassInfo]:
        count = self._first.vtbl.countClasses(self._first)
        if count > MOST_CLASSES:
            self.warnings.append(f"it lists {count} classes; the first {MOST_CLASSES} are looked at")
        elif count < 0:
            self.warnings.append(f"it lists {count} classes, which cannot be")
        found: dict[bytes, ClassInfo] = {}
        for index in range(min(count, MOST_CLASSES)):
            one = self._read_class(index)
            if one is None:
                self.warnings.append(f"class {index} of its factory has no description and was left out")
            elif one.cid == _NO_ID:
                self.warnings.append(f"class {index} of its factory ({one.name!r}) has no id and was left out")
            elif one.cid in found:
                self.warnings.append(f"class {index} of its factory has the id of another, {one.id}, and was left out")
            else:
                found[one.cid] = one
        more = len(self.warnings) - _MOST_WARNINGS
        if more > 0:
            self.warnings[_MOST_WARNINGS:] = [f"... and {more} more warnings"]
        return list(found.values())

    def _read_class(self, index: int) -> ClassInfo | None:
        """The richest description that the factory gives of a class."""
        if self._third is not None:
            wide = ffi.new("struct vst3_PClassInfoW *")
            if self._third.vtbl.getClassInfoUnicode(self._third, index, wide) == lib.VST3_kResultOk:
                return _rich(wide, index)
        if self._second is not None:
            narrow = ffi.new("struct vst3_PClassInfo2 *")
            if self._second.vtbl.getClassInfo2(self._second, index, narrow) == lib.VST3_kResultOk:
                return _rich(narrow, index)
        plain = ffi.new("struct vst3_PClassInfo *")
        if self._first.vtbl.getClassInfo(self._first, index, plain) != lib.VST3_kResultOk:
            return None
        return ClassInfo(bytes(plain.cid), _text(plain.category), _text(plain.name), index)


def _rich(info: CData, index: int) -> ClassInfo:
    """Of a vst3_PClassInfo2 or vst3_PClassInfoW."""
    return ClassInfo(
        cid=bytes(info.cid),
        category=_text(info.category),
        name=_text(info.name),
        index=index,
        vendor=_text(info.vendor),
        version=_text(info.version),
        sdk_version=_text(info.sdkVersion),
        categories=tuple(split_categories(_text(info.subCategories))),
        flags=info.classFlags,
    )


def _holes(typed: CData) -> list[str]:
    if typed.vtbl == ffi.NULL:
        return ["its table of functions"]
    return [name for name, _ in ffi.typeof(typed.vtbl[0]).fields if getattr(typed.vtbl, name) == ffi.NULL]
