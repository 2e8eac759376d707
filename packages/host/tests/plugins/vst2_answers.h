/* What vst2_witness.c answers to the questions of its dispatcher: included there, behind its variables. */

static intptr_t can_do(const char *what)
{
#ifndef BARE
    if (strcmp(what, "bypass") == 0 || strcmp(what, "sendVstMidiEvent") == 0 || strcmp(what, "receiveVstEvents") == 0)
        return 1;
#endif
    return strcmp(what, "offline") == 0 ? -1 : 0;
}

static intptr_t pin(int32_t index, struct vst2_pin *to, int32_t count, const char *what)
{
#ifdef BARE
    return 0;
#endif
    if (index >= count)
        return 0;
    snprintf(to->label, sizeof to->label, "%s %c", index < 2 ? what : "Side", index % 2 ? 'R' : 'L');
    to->flags = VST2_PIN_IS_ACTIVE | (index < 2 ? VST2_PIN_IS_STEREO : 0);
    return 1;
}

static intptr_t properties(int32_t index, struct vst2_param_info *to)
{
#ifdef BARE
    return 0;
#endif
    if (index == 1) {
        strcpy(to->label, "Number of voices");
        to->flags = VST2_PARAM_HAS_INTEGERS | VST2_PARAM_HAS_CATEGORY;
        to->maximum = 4;
        to->category = 1;
        strcpy(to->category_label, "Voices");
        return 1;
    }
    if (index == 2) {
        strcpy(to->label, "Hold");
        to->flags = VST2_PARAM_IS_SWITCH;
        return 1;
    }
    return 0;
}

static intptr_t string_to_param(int32_t index, const char *text)
{
    int percent;
    if (index != 0 || sscanf(text, "%d %%", &percent) != 1)
        return 0;
    params[program][0] = (float)percent / 100.0f;
    return 1;
}

static intptr_t key_name(struct vst2_midi_key *key)
{
#ifdef SYNTH
    if (key->key == 36)
        sprintf(key->name,
                witness.midi_programs_changed ? "Boom %d"
                : key->program == 0           ? "Kick"
                                              : "Kick %d",
                key->program);
#else
    (void)key;
    return 0;
#endif
    return 1;
}

#ifdef MIDI_PROGRAMS
/* Channels 0 and 9; the second program of 9 cannot be selected by MIDI. */
static intptr_t midi_program(int32_t channel, struct vst2_midi_program *to)
{
    if (channel != 0 && channel != 9)
        return 0;
#ifdef NAMELESS
    return 1;
#endif
    sprintf(to->name, "%s %d", channel == 9 ? "Kit" : "Sound", to->number);
    to->program = (int8_t)(channel == 9 && to->number == 1 ? -1 : to->number + 4);
    to->bank_high = channel == 9 ? -1 : 2;
    to->bank_low = channel == 9 ? -1 : 3;
    to->parent = channel == 9 ? -1 : to->number;
#ifdef OMNI
    to->flags = VST2_MIDI_PROGRAM_IS_OMNI;
#endif
    return 2;
}

static intptr_t midi_category(struct vst2_midi_category *to)
{
    strcpy(to->name, to->number == 0 ? "Keys" : "Organs");
    to->parent = to->number - 1;
    return 2;
}
#endif

static intptr_t midi(int32_t opcode, int32_t channel, void *to)
{
    switch (opcode) {
    case VST2_GET_MIDI_KEY_NAME:
        return key_name(to);
#ifdef MIDI_PROGRAMS
    case VST2_GET_MIDI_PROGRAM_NAME:
        return midi_program(channel, to);
    case VST2_GET_MIDI_PROGRAM_CATEGORY:
        return midi_category(to);
    case VST2_GET_CURRENT_MIDI_PROGRAM:
        return channel == 9 ? 1 : 0;
    case VST2_HAVE_MIDI_PROGRAMS_CHANGED:
        return channel == 9 && witness.midi_programs_changed;
#endif
    default:
        return channel < 0;
    }
}

static intptr_t shell_next(char *room)
{
    static int at;
    static const char *const plugins[] = {"First", "Second"};
    if (at == 2) {
        at = 0;
        return 0;
    }
    strcpy(room, plugins[at]);
    return 0x46697230 + at++; /* "Fir0", "Fir1" */
}

static intptr_t speakers(const struct vst2_speakers *in, const struct vst2_speakers *out)
{
    if (in->count > 4 || in->count != out->count)
        return 0;
    effect.inputs = in->count;
    effect.outputs = out->count;
    return 1;
}

#ifdef CHUNKS
static intptr_t get_chunk(int32_t is_program, void **to)
{
    *to = is_program ? (void *)params[program] : (void *)params;
    intptr_t size = is_program ? sizeof params[0] : sizeof params;
    return witness.chunk_bytes != 0 ? witness.chunk_bytes : size;
}

static intptr_t set_chunk(int32_t is_program, const void *from, intptr_t size)
{
    if (size != (intptr_t)(is_program ? sizeof params[0] : sizeof params))
        return 0;
    memcpy(is_program ? params[program] : (float *)params, from, (size_t)size);
    return 1;
}
#endif

static void display(int32_t index, char *to)
{
    sprintf(to, "%d", (int)(params[program][index] * 100.0f + 0.5f));
    if (index == 3) /* careless */
        memset(to, 'x', 8000);
}

static intptr_t category(void)
{
#ifdef SHELL
    if (current_id == 0)
        return VST2_CATEGORY_SHELL;
#endif
#ifdef SYNTH
    return VST2_CATEGORY_SYNTH;
#else
    return VST2_CATEGORY_MASTERING;
#endif
}

static intptr_t texts(int32_t opcode, int32_t index, intptr_t value, char *text)
{
    static const char *const param_names[] = {"Gain", "Voices", "Hold", ""};
    (void)value;
    switch (opcode) {
    case VST2_GET_EFFECT_NAME:
        strcpy(text, "Witness");
        return 1;
    case VST2_GET_VENDOR:
        strcpy(text, "isobooth \xC3\xA9t\xC3\xA9");
        return 1;
    case VST2_GET_PRODUCT:
        strcpy(text, "Latin \xE9t\xE9");
        return 1;
    case VST2_GET_PARAM_NAME:
        strcpy(text, param_names[index]);
        return 0;
    case VST2_GET_PARAM_LABEL:
        strcpy(text, index == 0 ? "%" : "");
        return 0;
    case VST2_GET_PARAM_DISPLAY:
        display(index, text);
        return 0;
    case VST2_GET_PROGRAM_NAME:
        strcpy(text, names[program]);
        return 0;
    case VST2_GET_PROGRAM_NAME_AT:
        strcpy(text, names[index]);
        return 1;
    case VST2_SET_PROGRAM_NAME:
        snprintf(names[program], sizeof names[program], "%s", text);
        return 0;
    default:
        return midi(opcode, index, text);
    }
}

static intptr_t answer(int32_t opcode, int32_t index, intptr_t value, void *ptr)
{
    switch (opcode) {
    case VST2_SET_PROGRAM:
        program = (int)value;
        return 0;
    case VST2_GET_PROGRAM:
        return program;
    case VST2_BEGIN_SET_PROGRAM:
        return witness.began++;
    case VST2_END_SET_PROGRAM:
        return witness.ended++;
    case VST2_CAN_DO:
        return can_do(ptr);
    case VST2_GET_INPUT_PIN:
        return pin(index, ptr, effect.inputs, "In");
    case VST2_GET_OUTPUT_PIN:
        return pin(index, ptr, effect.outputs, "Out");
    case VST2_GET_PARAM_INFO:
        return properties(index, ptr);
    case VST2_STRING_TO_PARAM:
        return string_to_param(index, ptr);
    case VST2_CAN_BE_AUTOMATED:
        return index != 3;
    case VST2_GET_CATEGORY:
        return category();
    case VST2_GET_VENDOR_VERSION:
        return 0x010203;
    case VST2_GET_TAIL:
        return 4800;
    case VST2_SET_SPEAKERS:
        return speakers((const struct vst2_speakers *)value, ptr);
    case VST2_SHELL_NEXT:
        return shell_next(ptr);
    case VST2_PROCESS_EVENTS:
        note_events(ptr);
        return 1;
    case VST2_SET_BYPASS:
        witness.bypass = (int32_t)value;
        return 1;
    case VST2_BEGIN_LOAD_BANK:
        return witness.refuse_bank;
    case VST2_IDLE:
        witness.idles++;
        return witness.idles_left-- > 1;
#ifdef CHUNKS
    case VST2_GET_CHUNK:
        return get_chunk(index, ptr);
    case VST2_SET_CHUNK:
        return set_chunk(index, ptr, value);
#endif
    default:
        return texts(opcode, index, value, ptr);
    }
}
