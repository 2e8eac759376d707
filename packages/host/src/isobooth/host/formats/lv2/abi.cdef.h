/* LV2 as a host sees it: what lv2_descriptor(index) of a library points to, and the structs of the extensions that travel
 * between host and plugin. Declared by us after the published interface; the names are ours, so that nothing collides with
 * installed headers. Atoms are in abi_atom.cdef.h. */

/* One thing that a host offers: a URI and, if that feature has data, a pointer to it. */
struct ib_lv2_feature {
    const char *uri;
    void *data;
};

/* Classes of calls (lv2core): "discovery" lv2_descriptor, extension_data; "instantiation" instantiate, cleanup, activate,
 * deactivate; "audio" run, connect_port. While one of the instantiation class runs, nothing else of the instance may; of
 * any class only one at a time. */
struct ib_lv2_descriptor {
    const char *uri;
    void *(*instantiate)(const struct ib_lv2_descriptor *descriptor, double sample_rate, const char *bundle_path,
                         const struct ib_lv2_feature *const *features);
    void (*connect_port)(void *handle, uint32_t port, void *data);
    void (*activate)(void *handle); /* may be NULL */
    void (*run)(void *handle, uint32_t frames);
    void (*deactivate)(void *handle); /* may be NULL */
    void (*cleanup)(void *handle);
    const void *(*extension_data)(const char *uri); /* may be NULL */
};

/* -- urid, uri-map ----------------------------------------------------------------------------------------------------- */

struct ib_lv2_urid_map {
    void *handle;
    uint32_t (*map)(void *handle, const char *uri); /* 0: failed */
};

struct ib_lv2_urid_unmap {
    void *handle;
    const char *(*unmap)(void *handle, uint32_t urid); /* NULL: no such number */
};

/* The older extension: numbers in the context of `map` (NULL: of none). */
struct ib_lv2_uri_map {
    void *callback_data;
    uint32_t (*uri_to_id)(void *callback_data, const char *map, const char *uri);
};

/* -- options ----------------------------------------------------------------------------------------------------------- */

#define IB_LV2_OPTIONS_INSTANCE 0
#define IB_LV2_OPTIONS_RESOURCE 1
#define IB_LV2_OPTIONS_BLANK 2
#define IB_LV2_OPTIONS_PORT 3

/* Bits of what get and set return. */
#define IB_LV2_OPTIONS_SUCCESS 0
#define IB_LV2_OPTIONS_UNKNOWN 1
#define IB_LV2_OPTIONS_BAD_SUBJECT 2
#define IB_LV2_OPTIONS_BAD_KEY 4
#define IB_LV2_OPTIONS_BAD_VALUE 8

/* Arrays of them end with one whose key is 0. */
struct ib_lv2_option {
    uint32_t context; /* IB_LV2_OPTIONS_* */
    uint32_t subject; /* 0 for the instance */
    uint32_t key;
    uint32_t size; /* of the value in bytes */
    uint32_t type;
    const void *value;
};

struct ib_lv2_options_interface {
    uint32_t (*get)(void *handle, struct ib_lv2_option *options);
    uint32_t (*set)(void *handle, const struct ib_lv2_option *options);
};

/* -- worker ------------------------------------------------------------------------------------------------------------ */

#define IB_LV2_WORKER_SUCCESS 0
#define IB_LV2_WORKER_UNKNOWN 1
#define IB_LV2_WORKER_NO_SPACE 2

struct ib_lv2_worker_interface {
    int (*work)(void *handle, int (*respond)(void *respond_handle, uint32_t size, const void *data),
                void *respond_handle, uint32_t size, const void *data);
    int (*work_response)(void *handle, uint32_t size, const void *body); /* may be NULL */
    int (*end_run)(void *handle);                                        /* may be NULL */
};

struct ib_lv2_worker_schedule {
    void *handle;
    int (*schedule_work)(void *handle, uint32_t size, const void *data);
};

/* -- state ------------------------------------------------------------------------------------------------------------- */

#define IB_LV2_STATE_IS_POD 1
#define IB_LV2_STATE_IS_PORTABLE 2
#define IB_LV2_STATE_IS_NATIVE 4

#define IB_LV2_STATE_SUCCESS 0
#define IB_LV2_STATE_UNKNOWN 1
#define IB_LV2_STATE_BAD_TYPE 2
#define IB_LV2_STATE_BAD_FLAGS 3
#define IB_LV2_STATE_NO_FEATURE 4
#define IB_LV2_STATE_NO_PROPERTY 5
#define IB_LV2_STATE_NO_SPACE 6

struct ib_lv2_state_interface {
    int (*save)(void *handle,
                int (*store)(void *state, uint32_t key, const void *value, size_t size, uint32_t type, uint32_t flags),
                void *state, uint32_t flags, const struct ib_lv2_feature *const *features);
    int (*restore)(void *handle,
                   const void *(*retrieve)(void *state, uint32_t key, size_t *size, uint32_t *type, uint32_t *flags),
                   void *state, uint32_t flags, const struct ib_lv2_feature *const *features);
};

/* Paths returned by these are the caller's to give to free_path. */
struct ib_lv2_state_map_path {
    void *handle;
    char *(*abstract_path)(void *handle, const char *absolute_path);
    char *(*absolute_path)(void *handle, const char *abstract_path);
};

struct ib_lv2_state_make_path {
    void *handle;
    char *(*path)(void *handle, const char *path);
};

struct ib_lv2_state_free_path {
    void *handle;
    void (*free_path)(void *handle, char *path);
};

/* -- log, resize-port -------------------------------------------------------------------------------------------------- */

struct ib_lv2_log {
    void *handle;
    int (*printf)(void *handle, uint32_t type, const char *format, ...);
    void (*vprintf)(void); /* in truth int (*)(void *, uint32_t, const char *, va_list), which cffi cannot say */
};

#define IB_LV2_RESIZE_SUCCESS 0
#define IB_LV2_RESIZE_UNKNOWN 1
#define IB_LV2_RESIZE_NO_SPACE 2

struct ib_lv2_resize_port {
    void *data;
    int (*resize)(void *data, uint32_t port, size_t size);
};
