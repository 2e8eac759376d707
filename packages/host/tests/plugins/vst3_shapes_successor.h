/* SUCCESSOR: vst3_shapes.c as a plugin that takes the place of "older-plugin-001" (IRemapParamID) and lets controllers of
 * MIDI 2.0 drive its parameters (IMidiMapping2). */

#ifndef MIDI2_COUNT
#define MIDI2_COUNT 4
#endif

static int moved; /* since restartComponent(kParamIDMappingChanged) */

static int32_t new_id(void *self, const uint8_t *class_id, uint32_t old, uint32_t *id)
{
    (void)self;
    *id = old == 100 ? 1 : old == 101 ? (moved ? 5 : 2) : old == 1 ? 5 : old == 200 ? 999 : UINT32_MAX;
    return memcmp(class_id, "older-plugin-001", 16) == 0 && *id != UINT32_MAX ? VST3_kResultOk : VST3_kResultFalse;
}

static uint32_t two(void *self, int32_t direction)
{
    (void)self;
    return direction == VST3_kInput ? MIDI2_COUNT : 0;
}

static int32_t list_two(void *self, int32_t direction, const struct vst3_Midi2ControllerParamIDAssignmentList *list)
{
    static const struct vst3_Midi2ControllerParamIDAssignment MAP[] = {
        {1, 0, 0, {0x80, 1}}, {2, 0, 2, {3, 4}}, {1, 0, 16, {0, 0}}, {1, -1, 0, {0, 0}}};
    (void)self;
    if (direction != VST3_kInput || list->count < 4)
        return VST3_kResultFalse;
    memcpy(list->map, MAP, sizeof MAP);
    for (uint32_t i = 4; i < list->count; i++)
        list->map[i] = MAP[2];
    return VST3_kResultOk;
}

static uint32_t none(void *self, int32_t direction)
{
    (void)self, (void)direction;
    return 0;
}

static int32_t list_none(void *self, int32_t direction, const struct vst3_Midi1ControllerParamIDAssignmentList *list)
{
    (void)self, (void)direction, (void)list;
    return VST3_kResultFalse;
}

static const struct vst3_IRemapParamID_vtbl REMAP = {query, add, drop, new_id};
static const struct vst3_IMidiMapping2_vtbl MAPPING = {query, add, drop, two, list_two, none, list_none};

static void *successor_face(struct shape *me, const uint8_t *iid)
{
    me->remap = (struct face){&REMAP, me};
    me->mapping = (struct face){&MAPPING, me};
    return vst3_same_id(iid, vst3_IRemapParamID_iid)   ? &me->remap
           : vst3_same_id(iid, vst3_IMidiMapping2_iid) ? &me->mapping
                                                       : NULL;
}
