/* Host extensions through which plugins tell about presets, notes, voices, knobs and layouts. All of them are for the main
 * thread; what they say is kept for Python. */
#include "formats/clap/extras.h"

#include "formats/clap/heard.h"

/* Note what is to be read again. [main-thread] */
static void changed(const struct clap_host *host, uint32_t what)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_EXTRAS_THREAD))
        return;
    clap->extras.changed |= what;
    ib_ask(clap->mailbox, IB_ASK_CALLBACK);
}

void ib_clap_ask(struct ib_clap *clap, uint32_t bits)
{
    ib_ask(clap->mailbox, bits);
}

void ib_clap_buses_read(struct ib_clap *clap)
{
    uint32_t before = __atomic_fetch_and(&clap->mailbox->asked, ~(uint32_t)IB_ASK_BUSES, __ATOMIC_ACQ_REL);
    if ((before & IB_ASK_BUSES) != 0 && (before & IB_ASK_RESTART) == 0)
        __atomic_store_n(&clap->mailbox->restart, 0, __ATOMIC_RELEASE);
}

/* -- preset-load ------------------------------------------------------------------------------------------------------- */

/* [main-thread] */
static void preset_error(const struct clap_host *host, uint32_t kind, const char *location, const char *load_key,
                         int32_t os_error, const char *message)
{
    ib_clap_said(host, &(struct ib_clap_remark){
                           .kind = IB_CLAP_PRESET_ERROR,
                           .numbers = {kind, os_error},
                           .texts = {IB_CLAP_TEXT(location), IB_CLAP_TEXT(load_key), IB_CLAP_TEXT(message)},
                       });
}

/* [main-thread] */
static void preset_loaded(const struct clap_host *host, uint32_t kind, const char *location, const char *load_key)
{
    ib_clap_said(host, &(struct ib_clap_remark){
                           .kind = IB_CLAP_PRESET_LOADED,
                           .numbers = {kind},
                           .texts = {IB_CLAP_TEXT(location), IB_CLAP_TEXT(load_key)},
                       });
}

const struct clap_host_preset_load ib_clap_host_preset_load = {preset_error, preset_loaded};

/* -- surround, ambisonic, audio-ports-config --------------------------------------------------------------------------- */

/* [main-thread & !active] */
static void layout_changed(const struct clap_host *host)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_EXTRAS_THREAD))
        return;
    if (ib_clap_state(clap) == IB_CLAP_ACTIVE)
        ib_clap_fault(clap, IB_CLAP_FAULT_LAYOUT_ACTIVE);
    clap->stale |= IB_CLAP_STALE_BUSES;
    ib_ask(clap->mailbox, IB_ASK_BUSES);
}

/* [main-thread] */
static void configs_rescan(const struct clap_host *host)
{
    changed(host, IB_CLAP_CHANGED_CONFIGS);
}

const struct clap_host_surround ib_clap_host_surround = {layout_changed};
const struct clap_host_ambisonic ib_clap_host_ambisonic = {layout_changed};
const struct clap_host_audio_ports_config ib_clap_host_audio_ports_config = {configs_rescan};

/* -- note-name, voice-info, remote-controls ---------------------------------------------------------------------------- */

/* [main-thread] */
static void note_names_changed(const struct clap_host *host)
{
    changed(host, IB_CLAP_CHANGED_NOTE_NAMES);
}

/* [main-thread] */
static void voices_changed(const struct clap_host *host)
{
    changed(host, IB_CLAP_CHANGED_VOICES);
}

/* [main-thread] */
static void pages_changed(const struct clap_host *host)
{
    changed(host, IB_CLAP_CHANGED_PAGES);
}

/* [main-thread] */
static void suggest_page(const struct clap_host *host, uint32_t page_id)
{
    ib_clap_said(host, &(struct ib_clap_remark){.kind = IB_CLAP_PAGE, .numbers = {page_id}});
}

const struct clap_host_note_name ib_clap_host_note_name = {note_names_changed};
const struct clap_host_voice_info ib_clap_host_voice_info = {voices_changed};
const struct clap_host_remote_controls ib_clap_host_remote_controls = {pages_changed, suggest_page};

/* -- track-info -------------------------------------------------------------------------------------------------------- */

/* [main-thread] */
static bool get_track(const struct clap_host *host, struct clap_track_info *info)
{
    struct ib_clap *clap = ib_clap_of(host);
    if (!ib_clap_check_main(clap, IB_CLAP_FAULT_EXTRAS_THREAD) || info == NULL || !clap->extras.has_track)
        return false;
    *info = clap->extras.track;
    return true;
}

const struct clap_host_track_info ib_clap_host_track_info = {get_track};
