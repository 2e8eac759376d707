/* IMessage: an id and an attribute list. */
#include "formats/vst3/objects.h"

#include <stdlib.h>
#include <string.h>

#define SHORT_ID 128 /* bytes of an id, with its end, that need no memory of their own */

struct message {
    struct ib_vst3_object object;
    struct vst3_IAttributeList *attributes; /* held; NULL: nobody has asked for it */
    char *long_id;                          /* NULL: the id is short */
    char short_id[SHORT_ID];
};

/* An id that was never set is empty. [any-thread] */
static const char *get_message_id(void *self)
{
    const struct message *message = (struct message *)ib_vst3_object_of(self);
    if (message == NULL)
        return "";
    return message->long_id != NULL ? message->long_id : message->short_id;
}

/* The new id may be the old one. [any-thread] */
static void set_message_id(void *self, const char *id)
{
    struct message *message = (struct message *)ib_vst3_object_of(self);
    if (message == NULL)
        return;
    size_t length = id != NULL ? strlen(id) + 1 : 0;
    char *long_id = NULL;
    if (length > SHORT_ID || message->long_id != NULL) {
        long_id = ib_on_audio_thread() || length > IB_VST3_MOST_ATTRIBUTE_BYTES ? NULL : malloc(length + 1);
        if (long_id == NULL) {
            ib_vst3_host_fault(message->object.host, IB_VST3_FAULT_MESSAGE_ID);
            return;
        }
    }
    char *to = long_id != NULL ? long_id : message->short_id;
    if (length != 0)
        memmove(to, id, length);
    else
        to[0] = '\0';
    free(message->long_id);
    message->long_id = long_id;
}

/* No reference of the plugin's own goes with it. [any-thread] */
static struct vst3_IAttributeList *get_attributes(void *self)
{
    struct message *message = (struct message *)ib_vst3_object_of(self);
    if (message == NULL)
        return NULL;
    if (message->attributes == NULL)
        message->attributes = ib_vst3_attributes_new(message->object.host);
    return message->attributes;
}

/* [any-thread] */
static int is_heavy(struct ib_vst3_object *object)
{
    return ((struct message *)object)->long_id != NULL;
}

/* [any-thread & !audio-thread, if it is heavy] */
static void destroy(struct ib_vst3_object *object)
{
    struct message *message = (struct message *)object;
    if (message->attributes != NULL)
        ib_vst3_attributes_drop(message->attributes);
    message->attributes = NULL;
    free(message->long_id);
    message->long_id = NULL;
    message->short_id[0] = '\0';
}

static const struct vst3_IMessage_vtbl vtbl = {IB_VST3_UNKNOWN, get_message_id, set_message_id, get_attributes};
static const struct ib_vst3_entry entries[] = {{vst3_FUnknown_iid, 0}, {vst3_IMessage_iid, 0}};

const struct ib_vst3_class ib_vst3_message_class = {
    .name = "IMessage",
    .size = sizeof(struct message),
    .slab = 64,
    .entry_count = sizeof entries / sizeof *entries,
    .entries = entries,
    .vtbls = {&vtbl},
    .is_heavy = is_heavy,
    .destroy = destroy,
};
